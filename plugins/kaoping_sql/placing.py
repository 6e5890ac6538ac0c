"""Places among all where facts are in memory: what decides about them is judged first, then who wins what.

What reads a place of the subject itself is judged after that: the place is a column beside its facts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import date

from kaoping.evaluation.addressed import related
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.run import Evaluation
from kaoping.facts.frame import Frame
from kaoping.scheme.model import ParameterValue
from kaoping_sql import stretches
from kaoping_sql.compiler import Compiler
from kaoping_sql.emit import quoted
from kaoping_sql.encode import FIRST, LAST, day_number
from kaoping_sql.opinion import DECIDING, SectionStatement, relations_of
from kaoping_sql.places import Around, Places
from kaoping_sql.prizes import TooWideError, prizes_of
from kaoping_sql.ranking import functions
from kaoping_sql.tables import FrameTables, Placed
from kaoping_sql.words import too_wide

WHO = "CREATE TEMP TABLE who (key INTEGER PRIMARY KEY, id TEXT UNIQUE, since INTEGER, until INTEGER)"


def around_in_memory(plan: Plan, frame: Frame, parameters: Mapping[str, ParameterValue] | None = None) -> Around:
    """What places hang on beside what is judged."""
    machine = Evaluation(plan, frame, parameters).machine
    types = plan.catalogue.members(plan.main.type)

    def gone(day: date) -> Iterator[str]:
        return (one.id for one in frame.of_type(types, day) if not one.on_file(frame.period.end))

    def parts(path: str, day: date) -> Iterator[tuple[str, str]]:
        for member in frame.of_type(types, day):
            for group in sorted(related(frame, member.id, path.split("."), day))[:1]:
                yield member.id, group

    return Around(frame.bars.keys(), gone, parts, lambda _: machine)


def placing(plan: Plan, frame: Frame, parameters: Mapping[str, ParameterValue] | None = None) -> Placed:
    """A function that finds what everybody wins by some rules, each in a window or ""."""

    def find(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str, int]]:
        tables = FrameTables(plan, frame)
        statement = SectionStatement(Compiler(plan, frame, tables, parameters), plan.main, False, DECIDING)
        with closing(sqlite3.connect(":memory:")) as connection:
            functions(connection)
            stretches.functions(connection)
            rows = list(statement.row.all())
            tables.load(connection, rows, relations_of(rows))
            take_in(connection, "deciding", statement, statement.sql())
            connection.execute(WHO)
            on_file = [one for one in tables.subjects(plan.main.type) if one.on_file(frame.period.end)]
            days = [(day_number(one.since, FIRST), day_number(one.until, LAST + 1)) for one in on_file]
            keys = [(tables.keys[one.id], one.id) for one in on_file]
            connection.executemany(
                "INSERT INTO who VALUES (?, ?, ?, ?)", [(*key, *span) for key, span in zip(keys, days, strict=True)]
            )
            around = around_in_memory(plan, frame, parameters)
            bare = Compiler(plan, frame, tables, parameters).machine
            places = Places(connection, plan, statement, bare, around, ("deciding", "who"))
            return {
                (rule, at): dict(connection.execute(f"SELECT id, {won} FROM {table} AS t JOIN who USING (key)"))
                for rule, at in sorted(wanted)
                for table, won in [place_table(places, rule, at)]
            }

    return find


def take_in(connection: sqlite3.Connection, name: str, statement: SectionStatement, query: str) -> int:
    """What a statement gives of each subject, added to a table of this name; gives of how many."""
    columns = "".join(f", {quoted(one).sql(dialect='sqlite')}" for one in statement.ranges)
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} (key INTEGER PRIMARY KEY{columns})")
    return connection.execute(f"INSERT INTO {name} {query}").rowcount


def place_table(places: Places, rule: str, at: str, alias: str = "t") -> tuple[str, str]:
    """The table of a rule in a window, and what of it says which prizes a subject may have, nothing where it is not.

    Raises:
        NoFormError: what is ranked by does not fit.
    """
    typed = places.plan.cohort[rule]
    try:
        return places.table(rule, at), f"coalesce({alias}.won, {prizes_of(typed).nothing})"
    except TooWideError:
        raise too_wide(64, typed.rule.place) from None
