"""Statements kept from one evaluation to the next, since compiling one takes longer than judging a county by it.

What a statement hangs on is asked before it is used again: the scheme and its catalogue, the period, what is closed and
published, parameters, the program itself (its key), and what it was told of the facts: scales of numbers, how large
they are and how many records there are at most, with room for more. Where one of these is another, it is compiled anew.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from kaoping import __version__
from kaoping.evaluation.plan import Plan, Section
from kaoping.facts.frame import Frame
from kaoping.facts.types import Catalogue, ValueType
from kaoping.facts.workdays import OfficialDays
from kaoping.scheme.model import ParameterValue
from kaoping.settings import cache_folder
from kaoping_sql.answers import Answers
from kaoping_sql.rows import Bounds, Column, Known
from kaoping_sql.slots import Slot

MOST_FILES, MOST_IN_MEMORY = 50, 8
"""How many statements are kept; those that were made longest ago go first."""


@dataclass(frozen=True)
class Kept:
    """A statement with what it needs to be used again.

    Attributes:
        text: its SQL.
        answers: what the columns of its rows say.
        tables, relations: what it reads.
        bounds: (table, column, scale and ends of its numbers) that it was compiled for.
        counts: record types and relations to how many of them one subject may have.
    """

    text: str
    answers: Answers
    tables: Mapping[str, Mapping[str, Column]]
    relations: tuple[str, ...]
    bounds: tuple[tuple[str, Column, Bounds], ...]
    counts: Mapping[str, int]

    def fits(self, known: Known) -> bool:
        """Are the facts such as it was compiled for?"""
        return all(known.most(name) <= count for name, count in self.counts.items()) and all(
            bounds.scale == now.scale and bounds.low <= now.low and now.high <= bounds.high
            for table, column, bounds in self.bounds
            for now in [known.bounds(table, column)]
        )


class Noted:
    """What a compiler asks of the facts, noted; with `room`, numbers may be about twice as large, and records as many.

    A statement holds for all facts within what it was told, so that with room it is not compiled anew for each import.
    """

    def __init__(self, known: Known, room: bool) -> None:
        self.known = known
        self.room = room
        self._bounds: dict[tuple[str, str], tuple[str, Column, Bounds]] = {}
        self.counts: dict[str, int] = {}

    def bounds(self, table: str, column: Column) -> Bounds:
        """The scale and the ends of a column of numbers."""
        found = self.known.bounds(table, column)
        if self.room:
            found = Bounds(found.scale, -_more(-found.low), _more(found.high))
        self._bounds[table, column.name] = (table, column, found)
        return found

    def most(self, name: str) -> int:
        """How many records of a type, or members of a relation, one subject has at most."""
        found = self.known.most(name)
        self.counts[name] = _more(found) if self.room else found
        return self.counts[name]

    def asked(self) -> tuple[tuple[str, Column, Bounds], ...]:
        """What was asked of columns."""
        return tuple(self._bounds.values())


def _more(number: int) -> int:
    """The next power of two; 0 for what is below 0."""
    return 1 << number.bit_length() if number > 0 else 0


def asking(plan: Plan, section: Section, frame: Frame, parameters: Mapping[str, ParameterValue], points: bool) -> str:
    """Everything a statement hangs on but the facts and the program, as text."""
    official = plan.catalogue.official
    told = (
        plan.scheme,
        replace(plan.catalogue, official=OfficialDays()),
        [(year, one.source, one.holidays, sorted(one.workdays)) for year, one in sorted(official.years.items())],
        sorted(official.off),
        sorted(official.worked),
        plan.feeds,
        section.type,
        frame.period,
        frame.today,
        sorted(frame.closed),
        sorted(frame.published.items()),
        sorted(frame.calendars.items()),
        sorted(parameters.items()),
        points,
    )
    return repr(told)


class Statements:
    """Statements in memory and, for other processes, in files: a line with the digest, a line of JSON.

    A file counts only where its digest agrees with its name and its content. One that is damaged, or a folder that
    cannot be read or written, is as if nothing were kept.
    """

    def __init__(self, place: Path | None = None) -> None:
        self._place = place
        self._known: dict[str, Kept] = {}

    @property
    def place(self) -> Path:
        """The folder of the files."""
        return self._place or cache_folder() / "statements"

    @cached_property
    def program(self) -> str:
        """The program that compiles: what it consists of, and where it runs."""
        lines = [platform.python_version(), sqlite3.sqlite_version, version("sqlglot"), __version__]
        for package in ("kaoping", "kaoping_sql"):
            lines += sorted(_sources(str(files(package))))
        return "\n".join(lines)

    def find(self, asked: str, plan: Plan, known: Known) -> Kept | None:
        """The statement for what is asked, where the facts say the same of themselves as then."""
        key = self._key(asked)
        found = self._known.get(key) or _read(self._file(key), key, plan)
        if found is None or not found.fits(known):
            return None
        self._remember(key, found)
        return found

    def keep(self, asked: str, plan: Plan, made: Kept) -> None:
        """Keep a statement; where no file can be written, in memory alone."""
        key = self._key(asked)
        self._remember(key, made)
        if _decoded(text := _encoded(made), plan) == made:
            _write(self._file(key), key, text)

    def _key(self, asked: str) -> str:
        return sha256(f"{self.program}\n{asked}".encode()).hexdigest()

    def _file(self, key: str) -> Path:
        return self.place / f"{key}.json"

    def _remember(self, key: str, found: Kept) -> None:
        self._known.pop(key, None)
        self._known[key] = found
        while len(self._known) > MOST_IN_MEMORY:
            del self._known[next(iter(self._known))]


def _sources(package: str) -> Iterable[str]:
    """What tells one state of a package's files from another: what Python itself goes by where it compiled them."""
    for where, _, names in os.walk(package):
        for name in names:
            if name.endswith(".py"):
                path = os.path.join(where, name)  # noqa: PTH118 - three hundred files at every start
                state = os.stat(path)  # noqa: PTH116 - as above
                yield f"{path[len(package) :]} {state.st_size} {state.st_mtime_ns}"


# --- files


def _read(file: Path, key: str, plan: Plan) -> Kept | None:
    try:
        digest, _, text = file.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    return _decoded(text, plan) if digest == _digest(key, text) else None


def _write(file: Path, key: str, text: str) -> None:
    if not file.is_absolute():  # nobody's home is known: nothing is left lying where the program was started
        return
    draft = file.with_name(f".{secrets.token_hex(8)}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.write_text(f"{_digest(key, text)}\n{text}", encoding="utf-8")
        draft.replace(file)
        kept = sorted(file.parent.glob("*.json"), key=lambda one: one.stat().st_mtime_ns)
        for old in kept[:-MOST_FILES]:
            old.unlink(missing_ok=True)
    except OSError:
        return
    finally:
        _gone(draft)


def _gone(draft: Path) -> None:
    try:
        draft.unlink(missing_ok=True)
    except OSError:
        return


def _digest(key: str, text: str) -> str:
    return sha256(f"{key}\n{text}".encode()).hexdigest()


def _encoded(made: Kept) -> str:
    data = {
        "text": made.text,
        "answers": asdict(made.answers),
        "tables": {name: [_told(column) for column in read.values()] for name, read in made.tables.items()},
        "relations": made.relations,
        "bounds": [(table, _told(column), asdict(bounds)) for table, column, bounds in made.bounds],
        "counts": made.counts,
    }
    return json.dumps(data, ensure_ascii=False)


def _told(column: Column) -> dict[str, Any]:
    """A column without the fact and type, which the catalogue has."""
    plain = {"name", "kind", "at", "item", "as_of", "record"}
    return {name: getattr(column, name) for name in plain} | {"fact": column.fact.id if column.fact else ""}


def _decoded(text: str, plan: Plan) -> Kept:
    data = json.loads(text)
    catalogue, answers = plan.catalogue, data["answers"]
    return Kept(
        data["text"],
        Answers(
            answers["section"],
            tuple((tuple(key), _slot(made)) for key, made in answers["slots"]),
            tuple((criterion, at) for criterion, at in answers["outcomes"]),
            tuple(answers["rules"]),
            tuple((rule, at) for rule, at in answers["triggers"]),
            tuple((tuple(key), _slot(one), _slot(full)) for key, one, full in answers["earned"]),
            tuple(answers["options"]),
        ),
        {
            name: {told["name"]: _column(catalogue, name, told) for told in columns}
            for name, columns in data["tables"].items()
        },
        tuple(data["relations"]),
        tuple((table, _column(catalogue, table, told), Bounds(**bounds)) for table, told, bounds in data["bounds"]),
        data["counts"],
    )


def _slot(data: dict[str, Any]) -> Slot:
    return Slot(data["name"], data["kind"], tuple(data["options"]))


def _column(catalogue: Catalogue, table: str, told: dict[str, Any]) -> Column:
    owner = table.partition(".")[0]
    fact = catalogue.fact(owner, told["fact"]) if told["fact"] else None
    record = catalogue.record(owner, told["record"]) if told["kind"] == "field" else None
    kind = fact.type if fact else record.fields[told["name"]] if record else None
    if told["kind"] == "own" and told["name"] == "id":
        kind = ValueType("text")
    return Column(told["name"], told["kind"], kind, fact, told["at"], told["item"], told["as_of"], told["record"])
