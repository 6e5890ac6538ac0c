"""An account of every subject, by one statement in SQLite: compiled, or as it was kept when it was compiled before."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing

from kaoping.evaluation.accounts import Account
from kaoping.evaluation.plan import Plan, Section
from kaoping.facts.frame import Frame
from kaoping.scheme.model import ParameterValue
from kaoping_sql import stretches
from kaoping_sql.kept import Kept, Statements, asking
from kaoping_sql.rows import Row
from kaoping_sql.tables import FrameTables, Placed
from kaoping_sql.words import NoFormError, failed

WORTH_POINTS = 5000
"""Subjects from which the short way is worth the time to compile it."""


def accounts(
    plan: Plan,
    frame: Frame,
    parameters: Mapping[str, ParameterValue] | None = None,
    points: bool | None = None,
    statements: Statements | None = None,
) -> Iterator[Account]:
    """What SQLite finds of every subject on file on the period's last day, section by section.

    Args:
        plan: the scheme.
        frame: the facts.
        parameters: values that stand in for the scheme's own.
        points: rows without blanks go the short way; None: where there are rows enough to be worth it.
        statements: those that were compiled before; None: each is compiled anew.

    Raises:
        NoFormError: something in the plan has no SQL form; it is named with its place.
        EngineFailedError: the database could not finish.
    """
    part = frame.period.kind != plan.scheme.period
    for section in [plan.main] if part else plan.sections():
        tables = FrameTables(plan, frame, _placing(plan, frame, parameters))
        on_file = {
            tables.keys[subject.id]: subject.id
            for subject in tables.subjects(section.type)
            if subject.on_file(frame.period.end)
        }
        apart = len(on_file) >= WORTH_POINTS if points is None else points
        statement = _statement(plan, section, frame, tables, parameters or {}, apart, statements)
        with closing(sqlite3.connect(":memory:")) as connection:
            stretches.functions(connection)
            tables.load(
                connection,
                [Row(name, columns=dict(read)) for name, read in statement.tables.items()],
                statement.relations,
            )
            connection.execute("PRAGMA query_only = ON")
            try:
                rows = connection.execute(statement.text)
                of_row = statement.answers.reader([column[0] for column in rows.description])
                for row in rows:
                    if row[0] in on_file:
                        yield of_row(on_file[row[0]], row)
            except sqlite3.Error as error:
                raise failed("failed", problem=str(error)) from error


def _placing(plan: Plan, frame: Frame, parameters: Mapping[str, ParameterValue] | None) -> Placed:
    def find(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str, int]]:
        from kaoping_sql.placing import placing  # noqa: PLC0415 - SQLGlot is only needed where places are read

        return placing(plan, frame, parameters)(wanted)

    return find


def _statement(
    plan: Plan,
    section: Section,
    frame: Frame,
    tables: FrameTables,
    parameters: Mapping[str, ParameterValue],
    points: bool,
    statements: Statements | None,
) -> Kept:
    """The statement that was kept; else one that is compiled, and kept."""
    asked = asking(plan, section, frame, parameters, points) if statements else ""
    if statements and (found := statements.find(asked, plan, tables)):
        return found
    from kaoping_sql.opinion import made  # noqa: PLC0415 - SQLGlot is only needed to compile

    if not statements:
        return made(plan, section, frame, tables, parameters, points)
    try:
        new = made(plan, section, frame, tables, parameters, points, room=True)
    except NoFormError:  # perhaps for want of bits, of which room takes some: without, it says what is wrong
        new = made(plan, section, frame, tables, parameters, points)
    statements.keep(asked, plan, new)
    return new
