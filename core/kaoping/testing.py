"""A pytest plugin for authors: every case of every ``*.cases.yaml`` beside its scheme is a test of its own.

Switched on with ``pytest -p kaoping.testing``, or with ``addopts = "-p kaoping.testing"`` in a project's settings. A
case that does not hold says what was expected and what was found, with the line of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kaoping.cases import Case, read_cases, run_case
from kaoping.errors import KaopingError
from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.plan import Plan
from kaoping.plugins import load_plugins
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import CASES, SUFFIX, read_scheme
from kaoping.settings import load_settings
from kaoping.texts import language_of, say


class CaseFailedError(Exception):
    """A worked case does not hold; each argument is one difference in words."""


class CasesFile(pytest.File):
    """A file of worked cases."""

    def collect(self) -> Iterator[CaseItem]:
        """The cases, as tests named like them."""
        plan = plan_beside(self.path)
        for case in read_cases(self.path.read_text(encoding="utf-8"), str(self.path)):
            yield CaseItem.from_parent(self, name=case.id, plan=plan, case=case)


class CaseItem(pytest.Item):
    """One worked case."""

    def __init__(self, *, plan: Plan, case: Case, **more: Any) -> None:
        super().__init__(**more)
        self.plan = plan
        self.case = case

    def runtest(self) -> None:
        """Evaluate it and compare; one that nobody has confirmed proves nothing, and is skipped."""
        if not self.case.confirmed:
            pytest.skip(say("boundaries.unconfirmed", language_of()))
        differences = run_case(self.plan, self.case).differences
        if differences:
            raise CaseFailedError(
                *(f"{one.place}: {one.subject} {one.what}: {one.expected} / {one.found}" for one in differences)
            )

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was expected and found; anything else as pytest shows it."""
        if isinstance(excinfo.value, CaseFailedError):
            return "\n".join([self.case.title.get(language_of(), ""), *map(str, excinfo.value.args)])
        if isinstance(excinfo.value, KaopingError):
            return excinfo.value.text(language_of())
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands."""
        line = self.case.table.place.line
        return self.path, None if line is None else line - 1, f"{self.plan.scheme.id}: {self.name}"


def plan_beside(cases: Path) -> Plan:
    """The plan of the scheme beside a file of cases, with every scheme that is installed and active.

    Raises:
        KaopingError: the file beside it is no scheme.
    """
    file = cases.with_name(cases.name.removesuffix(CASES) + SUFFIX)
    text = file.read_text(encoding="utf-8")
    scheme = read_scheme(text, str(file), cases.read_text(encoding="utf-8"), str(cases))
    others = [one for one in load_plugins(load_settings()).schemes.values() if one.id != scheme.id]
    return compile_scheme(scheme, merge_catalogue(base_catalogue(), [*others, scheme]))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CasesFile | None:
    """Collect files of worked cases that stand beside their scheme."""
    beside = file_path.with_name(file_path.name.removesuffix(CASES) + SUFFIX)
    if file_path.name.endswith(CASES) and beside.exists():
        return CasesFile.from_parent(parent, path=file_path)
    return None
