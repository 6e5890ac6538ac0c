"""A new scheme as a plugin package that passes at once: the scheme, worked cases, a test and a README."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from kaoping.cases import read_cases, run_case
from kaoping.errors import EnvironmentError, UsageError
from kaoping.evaluation.compile import compile_scheme
from kaoping.office.desk import Desk
from kaoping.office.schemes import catalogue_with, read_file

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SCHEME = """\
# {name}: replace the document, its headings and the rules by your own. docs/language.md says what a file may hold.
scheme: {name}
edition: "1"
title: {{zh: {name}, en: {name}}}
source: {{document: 文件名称（示例）}}
subject: community
period: year
in_force: {{from: 2024-01-01}}

parameters:
  floor_good: {{value: 85, unit: 分, source: 第一条, title: {{zh: 优良最低分, en: Lowest good score}}}}
  floor_fair: {{value: 60, unit: 分, source: 第一条, title: {{zh: 合格最低分, en: Lowest fair score}}}}
  plaque_lasts: {{value: 12 months, source: 第三条, title: {{zh: 挂牌期限, en: How long the plaque hangs}}}}

facts:
  {fact}_score:
    {{type: number, min: 0, max: 100, unit: 分, better: higher, source: 第一条,
     title: {{zh: {name}得分, en: Score of {name}}}}}
  {fact}_incident:
    {{type: boolean, source: 第二条, title: {{zh: {name}年内发生责任事故, en: An incident in the year of {name}}}}}

grade:
  score: total
  bands:
    good: total >= floor_good
    fair: total >= floor_fair
    poor: otherwise
  titles:
    good: {{zh: 优良, en: Good}}
    fair: {{zh: 合格, en: Fair}}
    poor: {{zh: 不合格, en: Poor}}
  vetoes:
    - id: incident
      when: {fact}_incident
      at_most: fair
      title: {{zh: 发生责任事故，不得评为优良, en: After an incident no community is good}}
      source: 第二条

measures:
  total: {{value: {fact}_score, round: 1, unit: 分, source: 第一条, title: {{zh: 总分, en: Total}}}}

consequences:
  plaque:
    title: {{zh: 挂牌, en: A plaque is hung}}
    when: grade == 'good'
    to: subject
    kind: incentive
    lasts: plaque_lasts
    source: 第三条
"""
CASES = """\
scheme: {name}
cases:
- case: exactly-good
  title: {{zh: 恰为85分，优良，挂牌十二个月, en: Exactly 85 is good and hangs a plaque for twelve months}}
  period: "2025"
  subjects: {{it: {{values: {{{fact}_score: 85, {fact}_incident: false}}}}}}
  publish_on: 2026-01-15
  expect: {{it: {{grade: good, raw_grade: good, score: 85, status: final, consequences: [plaque]}}}}
  ledger:
    - {{of: it, on: 2026-01-15, active: [plaque]}}
    - {{of: it, on: 2027-01-14, active: [plaque]}}
    - {{of: it, on: 2027-01-15, ended: [plaque]}}

- case: just-below-good
  title: {{zh: 差0.1分，只是合格, en: A tenth below is only fair}}
  period: "2025"
  subjects: {{it: {{values: {{{fact}_score: 84.9, {fact}_incident: false}}}}}}
  expect: {{it: {{grade: fair, no_consequences: [plaque]}}}}

- case: half-a-tenth-below
  title: {{zh: 84.95分四舍五入为85分，优良, en: 84.95 rounds to 85 and is good}}
  period: "2025"
  subjects: {{it: {{values: {{{fact}_score: 84.95, {fact}_incident: false}}}}}}
  expect: {{it: {{grade: good, score: 85}}}}

- case: exactly-fair
  title: {{zh: 恰为60分，合格, en: Exactly 60 is fair}}
  period: "2025"
  subjects: {{it: {{values: {{{fact}_score: 60, {fact}_incident: false}}}}}}
  expect: {{it: {{grade: fair}}}}

- case: just-below-fair
  title: {{zh: 差0.1分，不合格, en: A tenth below is poor}}
  period: "2025"
  subjects: {{it: {{values: {{{fact}_score: 59.9, {fact}_incident: false}}}}}}
  expect: {{it: {{grade: poor}}}}

- case: an-incident-caps
  title: {{zh: 发生责任事故，分数再高也只是合格, en: After an incident any score is fair at most}}
  period: "2025"
  subjects: {{it: {{values: {{{fact}_score: 99, {fact}_incident: true}}}}}}
  expect: {{it: {{grade: fair, raw_grade: good, no_consequences: [plaque]}}}}

- case: not-known-yet
  title: {{zh: 不知有没有事故，等级未定, en: Until the incident is known the grade is open}}
  period: "2025"
  subjects: {{it: {{values: {{{fact}_score: 99}}}}}}
  expect: {{it: {{grade: none, possible_grades: [good, fair], status: incomplete, missing: [{fact}_incident]}}}}
"""
INIT = '''\
"""The scheme {name}."""

from importlib.resources import files

from kaoping.hookspecs import hookimpl
from kaoping.scheme.model import Scheme
from kaoping.scheme.reader import read_schemes


@hookimpl
def kaoping_schemes() -> list[Scheme]:
    return read_schemes(files(__name__))
'''
PROJECT = """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "kaoping-{name}"
version = "1.0"
description = "kaoping scheme: {name}."
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["kaoping"]

# The name on the left is the plugin's, as in `kaoping plugin enable {name}`.
[project.entry-points.kaoping]
{name} = "{package}"

[tool.hatch.build.targets.wheel]
packages = ["{package}"]

# Every worked case is a test of its own.
[tool.pytest.ini_options]
addopts = ["-p", "kaoping.testing"]
"""
README = """\
# kaoping-{name}

The scheme `{name}` for kaoping.

- `{package}/{name}.yaml`: what the scheme says.
- `{package}/{name}.cases.yaml`: worked cases, facts and the grade they must give.
- `{package}/__init__.py`: hands the files to kaoping. A scheme needs no other Python.

While you write:

    kaoping scheme check {package}/{name}.yaml --prove
    kaoping scheme test {package}/{name}.yaml --mutate
    pytest

Use it where it is, then as everybody else will:

    kaoping plugin install --editable .
    kaoping plugin enable {name}
    kaoping template {name} -p 2025 -o tables
"""


def new(desk: Desk, name: str, output: Path, *, source: str | None, dry_run: bool) -> dict[str, Any]:
    """Write a plugin package for a new scheme, from a skeleton or as a copy of another scheme.

    Raises:
        UsageError: the name is none, is taken, or the folder is there already.
    """
    if not _NAME.fullmatch(name):
        raise UsageError("insight.new-name", name=name)
    plugins = desk.plugins
    if name in plugins.schemes:
        raise UsageError("insight.new-taken", name=name)
    folder = output / f"kaoping-{name}"
    if folder.exists():
        raise UsageError("insight.new-there", folder=folder)
    facts = {"name": name, "package": f"kaoping_{name.replace('-', '_')}", "fact": name.replace("-", "_")}
    if source is not None:
        copied = plugins.scheme(source)
        scheme = re.sub(rf"(?m)^scheme:\s*{re.escape(source)}\s*$", f"scheme: {name}", copied.text, count=1)
        cases = re.sub(rf"(?m)^scheme:\s*{re.escape(source)}\s*$", f"scheme: {name}", copied.cases_text, count=1)
    else:
        scheme, cases = SCHEME.format(**facts), CASES.format(**facts)
    inside = Path(facts["package"])
    files = {
        Path("pyproject.toml"): PROJECT.format(**facts),
        Path("README.md"): README.format(**facts),
        inside / "__init__.py": INIT.format(**facts),
        inside / f"{name}.yaml": scheme,
        inside / f"{name}.cases.yaml": cases,
    }
    if not dry_run:
        try:
            for path, text in files.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text, encoding="utf-8")
        except OSError as error:
            raise EnvironmentError("office.cannot-write", folder=folder, problem=error) from error
    return {
        "name": name,
        "folder": str(folder),
        "files": [str(path) for path in files],
        "from": source,
        "cases": None if dry_run else _passing(desk, folder / inside / f"{name}.yaml"),
        "dry_run": dry_run,
    }


def _passing(desk: Desk, file: Path) -> int:
    """How many cases hold; all of them must."""
    scheme = read_file(file)
    plan = compile_scheme(scheme, catalogue_with(desk.plugins, scheme))
    found = [run_case(plan, case) for case in read_cases(scheme.cases_text, scheme.cases_file)]
    assert not [one for one in found if one.differences], "what was just written passes"
    return len(found)
