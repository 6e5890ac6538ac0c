"""A round evaluates every scheme that fits a period, those that feed others first; one that fails hides no other."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_world import Office

from kaoping.errors import UsageError
from kaoping.office import evaluations, imports
from kaoping.office.databases import init
from kaoping.office.desk import Desk
from kaoping.office.evaluations import How
from kaoping.office.rounds import evaluate_all, in_order
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_scheme
from kaoping_cli.pages.rounds import evaluated

PLUGIN = """\
from importlib.resources import files
from kaoping.hookspecs import hookimpl
from kaoping.scheme.reader import read_schemes

@hookimpl
def kaoping_schemes():
    return read_schemes(files(__name__))
"""
TITLES = "titles: {A: {zh: 甲, en: A}, B: {zh: 乙, en: B}}"


def scheme(name, rest, *, facts="", period="year", in_force="2020-01-01"):
    """A scheme of orchards."""
    return f"""\
scheme: {name}
edition: "1"
title: {{zh: {name}, en: {name}}}
source: {{document: 试}}
subject: orchard
period: {period}
in_force: {{from: {in_force}}}
subject_types: {{orchard: {{zh: 果园, en: Orchard}}}}
facts:
  points: {{type: number, min: 0, max: 100, title: {{zh: 分数, en: Points}}}}
{facts}{rest}"""


def fed(name, source, more=""):
    fact = f"{name.replace('-', '_')}_of"
    title = f"{{zh: {source}的等级, en: Grade of {source}}}"
    declared = f"  {fact}: {{type: [A, B], from: {source}.grade, title: {title}}}\n"
    return scheme(name, f"{more}grade: {{bands: {{A: {fact} == 'A', B: otherwise}}, {TITLES}}}\n", facts=declared)


FLOOR = "parameters: {floor: {values: {SINCE: 60}, source: 一, title: {zh: 下限, en: Floor}}}\n"
GRADE = f"grade: {{bands: {{A: points >= floor, B: otherwise}}, {TITLES}}}\n"
FILES = {
    "above": fed("orchard-above", "orchard-base"),
    "base": scheme("orchard-base", FLOOR.replace("SINCE", "2020-01-01") + GRADE),
    "late": scheme("orchard-late", FLOOR.replace("SINCE", "2030-01-01") + GRADE),
    "monthly": scheme("orchard-monthly", FLOOR.replace("SINCE", "2020-01-01") + GRADE, period="month"),
    "new": scheme("orchard-new", FLOOR.replace("SINCE", "2020-01-01") + GRADE, in_force="2027-01-01"),
    "waits": fed("orchard-waits", "orchard-late"),
}


@pytest.fixture
def desk(shelf, tmp_path):
    """A desk with a plugin of six schemes and two orchards on file, 70 and 50 points."""
    files = {f"orchards/{name}.yaml": text for name, text in FILES.items()}
    shelf.add("our-orchards", {"orchards": "orchards"}, {"orchards/__init__.py": PLUGIN, **files})
    shelf.enable("orchards")
    desk = Desk(tmp_path / "kaoping.db", "李", clock=lambda: datetime(2026, 2, 1, tzinfo=UTC), language="en")
    init(desk, dry_run=False)
    (tmp_path / "subjects.csv").write_text("subject,type,title\ny1,orchard,东园\ny2,orchard,西园\n", encoding="utf-8")
    (tmp_path / "values.csv").write_text("subject,period,points\ny1,2025,70\ny2,2025,50\n", encoding="utf-8")
    done = imports.import_paths(desk, [tmp_path / "subjects.csv", tmp_path / "values.csv"], correct=None, dry_run=False)
    assert done["errors"] == []
    return desk


def run(desk, period="2025", engine="reference", *, dry_run=False):
    return evaluate_all(desk, period, How(engine, dry_run=dry_run))


def by_state(data):
    found = {}
    for one in data["schemes"]:
        if one["scheme"].startswith("orchard-"):
            found.setdefault(one["state"], []).append(one["scheme"])
    return found


def test_what_feeds_is_evaluated_before_what_is_fed_and_a_failure_hides_no_other(desk):
    data = run(desk)
    assert by_state(data) == {
        "evaluated": ["orchard-base", "orchard-above"],
        "failed": ["orchard-late"],
        "waiting": ["orchard-waits"],
        "left_out": ["orchard-monthly", "orchard-new"],
    }
    found = {one["scheme"]: one for one in data["schemes"]}
    assert found["orchard-above"]["grades"] == {"A": 1, "B": 1}
    assert found["orchard-above"]["statuses"] == {"final": 2}
    assert found["orchard-waits"]["why"] == "it takes the results of schemes that were not evaluated: orchard-late"
    assert [one["code"] for one in found["orchard-late"]["errors"]] == ["engines.parameter-not-in-force"]
    assert (found["orchard-monthly"]["reason"], found["orchard-new"]["reason"]) == (
        "period-does-not-fit",
        "not-in-force",
    )
    assert found["property-abcd"]["reason"] == "no-subjects"
    assert (data["evaluated"], data["failed"], data["waiting"]) == (2, 1, 1)
    assert data["exit_code"] == 1
    stored = evaluations.list_stored(desk, None, None)["evaluations"]
    assert [one["scheme"] for one in stored] == ["orchard-base", "orchard-above"]
    assert [one["evaluation"] for one in data["schemes"] if one["state"] == "evaluated"] == [1, 2]


def test_a_dry_run_feeds_as_the_real_one_does_and_stores_nothing(desk):
    tried = {one["scheme"]: one for one in run(desk, dry_run=True)["schemes"]}
    assert tried["orchard-above"]["grades"] == {"A": 1, "B": 1}
    assert tried["orchard-above"]["evaluation"] is None
    assert evaluations.list_stored(desk, None, None)["evaluations"] == []
    done = {one["scheme"]: one for one in run(desk)["schemes"]}
    assert tried["orchard-above"]["result_digest"] == done["orchard-above"]["result_digest"]


def test_an_engine_that_differs_fails_its_schemes_and_the_round_ends_with_four(desk, shelf):
    source = Path(__file__).parents[1] / "examples" / "kaoping-contrary-engine" / "kaoping_contrary_engine"
    files = {f"kaoping_contrary_engine/{path.name}": path.read_text(encoding="utf-8") for path in source.glob("*.py")}
    shelf.add("contrary", {"contrary": "kaoping_contrary_engine"}, files)
    shelf.enable("contrary")
    data = run(replace(desk), engine="contrary")  # a desk keeps the plugins it began with
    assert by_state(data)["failed"] == ["orchard-base", "orchard-late"]
    assert by_state(data)["waiting"] == ["orchard-above", "orchard-waits"]
    assert data["exit_code"] == 4


def test_the_bar_moves_scheme_by_scheme(desk):
    heard = []
    run(Desk(desk.database, "李", desk.clock, "en", lambda *told: heard.append(told)))
    steps = list(dict.fromkeys(step for step, _, _ in heard))
    assert steps == [
        "[1/4] evaluating orchard-base for 2025 ...",
        "[2/4] evaluating orchard-late for 2025 ...",
        "[3/4] evaluating orchard-above for 2025 ...",
    ]
    done = [count for _, count, _ in heard]
    assert done == sorted(done)
    assert {total for _, _, total in heard} == {4000}


def test_a_period_nobody_judges_is_refused(desk):
    with pytest.raises(UsageError) as caught:
        run(desk, "2025W07")
    assert caught.value.text("zh") == "没有方案按 2025W07 这样的周期考评"
    assert caught.value.text("en") == "no scheme judges a period such as 2025W07"
    assert caught.value.hint("en") == "the periods of schemes: kaoping scheme list"
    with pytest.raises(UsageError) as caught:
        run(desk, "2025Q9")
    assert caught.value.key == "facts.not-a-period"


def test_schemes_come_as_they_are_but_for_what_feeds():
    texts = {name: FILES[name] for name in ("waits", "above", "late", "base")}
    schemes = [read_scheme(text, f"{name}.yaml") for name, text in texts.items()]
    catalogue = merge_catalogue(base_catalogue(), schemes)
    order = [one.id for one in in_order(schemes, catalogue)]
    assert order == ["orchard-late", "orchard-base", "orchard-waits", "orchard-above"]


@pytest.mark.parametrize(
    ("language", "out", "err"),
    [
        (
            "zh",
            "方案           编号  对象  结果        未定  引擎数\n"
            "---------------------------------------------------\n"
            "orchard-base      1     2  甲 1、乙 1     0       1\n"
            "orchard-late               失败\n"
            "orchard-above     2     2  甲 1、乙 1     0       1\n"
            "orchard-waits              等待\n\n"
            "1 个方案不适用，不按这样的周期考评\n"
            "1 个方案不适用，不在施行期内：orchard-new\n"
            "2025 全面测算：2 个方案完成，1 个失败，1 个等待，2 个不适用\n"
            "某个方案的细节：kaoping evaluation show 编号\n",
            "orchard-waits 没有测算：取用的方案没有测算出来：orchard-late\n",
        ),
        (
            "en",
            "scheme         number  subjects  result    open  opinions\n"
            "---------------------------------------------------------\n"
            "orchard-base        1         2  A 1, B 1     0         1\n"
            "orchard-late                     failed\n"
            "orchard-above       2         2  A 1, B 1     0         1\n"
            "orchard-waits                    waiting\n\n"
            "1 schemes left out, they judge other periods\n"
            "1 schemes left out, not in force then: orchard-new\n"
            "Round of 2025: 2 schemes evaluated, 1 failed, 1 waiting, 2 left out\n"
            "details of one: kaoping evaluation show NUMBER\n",
            "orchard-waits was not evaluated: it takes the results of schemes that were not evaluated: orchard-late\n",
        ),
    ],
)
def test_the_summary_is_one_table(desk, language, out, err, monkeypatch, capsys):
    data = run(Desk(desk.database, "李", desk.clock, language))
    data["schemes"] = [one for one in data["schemes"] if one["scheme"].startswith("orchard-")]
    data["left_out"] = 2
    monkeypatch.setenv("KAOPING_LANG", language)
    capsys.readouterr()
    evaluated(data)
    told = capsys.readouterr()
    assert told.out == out
    assert told.err.endswith(err)


@pytest.mark.parametrize("arguments", [[], ["property-abcd", "--all"]])
def test_one_scheme_or_all_is_asked_for(tmp_path, arguments):
    ran = Office(tmp_path, "zh").run("evaluate", *arguments, "-p", "2025")
    assert (ran.code, ran.err) == (
        2,
        "错误：要么写方案编号，要么写 --all [cli.scheme-or-all]\n"
        "提示：例如：kaoping evaluate property-abcd -p 2025，或 kaoping evaluate --all -p 2025\n",
    )


def test_the_command_says_what_came_of_it_as_one_object(tmp_path):
    office = Office(tmp_path)
    office.json("db", "init")
    (tmp_path / "subjects.csv").write_text("subject,type,title\nk1,community,湖滨\n", encoding="utf-8")
    office.json("import", "subjects.csv")
    data = office.json("evaluate", "--all", "-p", "2025", "--engine", "reference", "--dry-run")
    run = {one["scheme"]: one for one in data["schemes"] if one["state"] == "evaluated"}
    assert data["evaluated"] == len(run)
    assert {"harmonious-community-six-star", "healthy-community"} <= set(run)
    assert data["dry_run"] is True
    assert office.json("evaluation", "list")["evaluations"] == []
