"""Everybody in a frame judged, wherever it comes from: results in a file, and as a sheet to be read."""

from __future__ import annotations

import csv
import errno
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from kaoping.errors import EnvironmentError, UsageError
from kaoping.evaluation.accounts import Account
from kaoping.evaluation.plan import Section
from kaoping.evaluation.values import NO_VALUE, Value, ends, present
from kaoping.facts.types import Title
from kaoping.facts.values import number_text
from kaoping.intake.escape import escaped
from kaoping.office.desk import Desk
from kaoping.office.frames import keeper_for, plan_of
from kaoping.office.titles import title_data, titles
from kaoping.texts import has_text

COLUMNS = ("subject", "grade", "before-vetoes", "score", "score-to", "vetoes", "not-met", "unknown")


def evaluate(
    desk: Desk,
    frame: Path,
    output: Path,
    *,
    where: str = "",
    memory: str = "",
    table: Path | None = None,
    tailoring: str | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Judge everybody in a frame into a file; no database of facts is needed.

    Args:
        desk: for whom.
        frame: a folder that was exported, or the file of a frame.
        output: where the results go, as whole numbers (docs/scale.md says which).
        where: the database; "" for the one that reads such a frame.
        memory: how much of it the database may take.
        table: a CSV to be written too, a row for each subject: grade, score, what is not met and not known.
        tailoring: by which the frame was made.
        force: replace what is there.

    Raises:
        UsageError: `output` or `table` is there already, or they are one file or the frame; there is no such frame or
            database.
        EnvironmentError: a file cannot stand where it is to be.
        DataError: the frame is not as it should be; there are no results then.
    """
    for file in (output, table):
        if file and file.exists() and not force:
            raise UsageError("office.results-exist", file=file)
    if not frame.exists():
        raise UsageError("office.no-frame-at", path=frame)
    _check_apart(frame, output, table)
    for file in (output, table):
        if file and file.exists() and not (file.is_file() or file.is_dir()):  # such as a device
            raise EnvironmentError("office.cannot-write", folder=file, problem=os.strerror(errno.EINVAL))
        if file and not file.absolute().parent.is_dir():
            raise EnvironmentError("office.cannot-write", folder=file.parent, problem=os.strerror(errno.ENOENT))
        if file and file.is_dir() and not (where == "spark" and file is output and _is_of_spark(file)):
            raise EnvironmentError("office.cannot-write", folder=file, problem=os.strerror(errno.EISDIR))
    plugins = desk.plugins
    keeper = keeper_for(plugins)
    data = keeper.frame_data(str(frame))
    plan = plan_of(desk, plugins, data["scheme"], tailoring)
    tell = desk.steps("office.judging-frame", path=frame)
    found = keeper.judge_frame(plan, str(frame), str(output), where=where, memory=memory, tell=tell)
    if table:
        told = desk.steps("office.writing-table", path=table)
        accounts = keeper.accounts_of(plan, str(frame), str(output), found.where)
        sheet = _Sheet(desk, plan.section(data["section"]))
        _write(table, desk, map(sheet.row, accounts), lambda done: told(done, found.subjects))
    return {
        "scheme": plan.scheme.id,
        "title": title_data(plan.scheme.title),
        "edition": plan.scheme.edition,
        "period": data["period"],
        "section": data["section"],
        "database": found.where,
        "version": found.version,
        "subjects": found.subjects,
        "grades": [{"grades": list(grades), "subjects": many} for grades, many in found.grades.items()],
        "digest": found.digest,
        "output": str(output),
        "table": str(table) if table else None,
        "places": bool(plan.cohort),
        "titles": titles(plan.scheme, plan.catalogue),
    }


def _check_apart(frame: Path, output: Path, table: Path | None) -> None:
    """Nothing is written over what is read, nor over what was just written.

    Raises:
        UsageError: something would be.
    """
    read = frame.resolve()
    taken = {read: frame}
    for file in (output, table):
        if file is None:
            continue
        place = file.resolve()
        over = frame if read in place.parents else taken.get(place)
        if over:
            raise UsageError("office.results-over", file=file, over=over)
        taken[place] = file


def _is_of_spark(folder: Path) -> bool:
    """Did Spark write the folder, so that new results may stand in its place, or is it empty?"""
    return (folder / "_SUCCESS").exists() or not any(folder.iterdir())


def _write(path: Path, desk: Desk, rows: Iterable[list[str]], told: Callable[[int], None]) -> None:
    """A sheet that opens in Excel; the former one stays until this one is whole."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with unfinished.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([desk.say(f"office.column-{name}") for name in COLUMNS])
            for number, row in enumerate(rows, 1):
                writer.writerow([escaped(cell) for cell in row])
                if number % 1000 == 0:
                    told(number)
        unfinished.replace(path)
    except OSError as error:
        raise EnvironmentError("office.cannot-write", folder=path, problem=error.strerror) from error
    finally:
        unfinished.unlink(missing_ok=True)


class _Sheet:
    """What a sheet says of each subject, in the language of a desk."""

    def __init__(self, desk: Desk, section: Section) -> None:
        self.desk = desk
        self.score = (section.grade.score, "") if section.grade else None
        grades = section.grade.merit if section.grade else ()
        self.grades = {
            grade: self._title(section.grade.titles.get(grade, Title(grade))) for grade in grades if section.grade
        }
        self.criteria = {one.rule.id: self._title(one.rule.title) for one in section.criteria}
        self.vetoes = {f"veto:{veto.id}": self._title(veto.title) for veto, _ in section.vetoes}

    def row(self, account: Account) -> list[str]:
        """The cells of a subject."""
        low, high = _ends(account.measures.get(self.score)) if self.score else ("", "")
        lowered = account.raw_grades != account.grades
        return [
            account.subject,
            self._possible(account.grades),
            self._possible(account.raw_grades) if lowered else "",
            low,
            high if high != low else "",
            "; ".join(title for name, title in self.vetoes.items() if lowered and account.rules.get(name)),
            *(self._named(account, outcome) for outcome in ("not_met", "unknown")),
        ]

    def _possible(self, grades: frozenset[str]) -> str:
        """The grades still possible, best first."""
        merit = list(self.grades)
        ordered = sorted(grades, key=lambda grade: merit.index(grade) if grade in merit else len(merit))
        return " / ".join(self.grades.get(grade) or self._outcome(grade) for grade in ordered)

    def _named(self, account: Account, wanted: str) -> str:
        """The criteria with an outcome, with the window or item where there are several."""
        found = [key for key, outcome in account.outcomes.items() if outcome == wanted]
        return "; ".join(f"{self.criteria[name]} ({at})" if at else self.criteria[name] for name, at in found)

    def _outcome(self, gate: str) -> str:
        key = f"office.outcome-{gate}"
        return self.desk.say(key) if has_text(key) else gate

    def _title(self, title: Title) -> str:
        return title_data(title)[self.desk.language]


def _ends(score: Value | None) -> tuple[str, str]:
    """The ends of a score, where it has any."""
    if score is None or score is NO_VALUE:
        return "", ""
    low, high = (None if end is None else number_text(end) for end in ends(present(score)))
    return low or "", high or ""
