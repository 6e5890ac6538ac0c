"""Evaluating with a tailoring: the result names it, is kept with its text, and stands beside the original."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from cli_world import Office

from kaoping.errors import Problems, UsageError
from kaoping.office import evaluations, explanations, imports, ledger, publications, schemes, suppositions
from kaoping.office.cases import test as run_cases
from kaoping.office.databases import check as check_database
from kaoping.office.databases import init
from kaoping.office.desk import Desk
from kaoping.office.evaluations import How
from kaoping.office.facts import close_period
from kaoping.office.fragile import fragile as fragile_of
from kaoping.office.impact import impact as impact_of
from kaoping.office.rounds import evaluate_all
from kaoping.store.connection import create, open_store
from kaoping.store.evaluations import list_evaluations
from kaoping.store.migrations import MIGRATIONS
from kaoping_cli.pages import fragile as threads
from kaoping_cli.pages import impact as weighing
from kaoping_cli.pages import suppositions as supposing
from kaoping_cli.pages import tailoring as page

PLUGIN = """\
from importlib.resources import files
from kaoping.hookspecs import hookimpl
from kaoping.scheme.reader import read_schemes

@hookimpl
def kaoping_schemes():
    return read_schemes(files(__name__))
"""
SCHEME = """\
scheme: good-orchard
edition: "1"
title: {zh: 好果园, en: Good orchards}
source: {document: 果园办法}
subject: orchard
period: year
subject_types: {orchard: {zh: 果园, en: Orchard}}
decisions:
  by-points:
    zh: 按分数评
    en: Graded by points
    why: {zh: 办法没有写, en: The text does not say}
    parameters: [floor, basis]
parameters:
  floor: {value: 60, unit: 分, source: 一, title: {zh: 好果园最低分, en: Lowest score of a good orchard}}
  basis: {value: points, one_of: [points, inspection], decision: by-points, title: {zh: 评定依据, en: Basis}}
  sign_lasts: {value: 24 months, source: 二, title: {zh: 挂牌期限, en: How long the sign hangs}}
facts:
  points: {type: number, min: 0, max: 100, title: {zh: 分数, en: Points}}
  passed: {type: boolean, title: {zh: 验收合格, en: Passed}}
  fenced: {type: boolean, title: {zh: 有围栏, en: Fenced}}
measures:
  reaches:
    {value: points >= floor if basis == 'points' else passed, decision: by-points, title: {zh: 达到, en: Reaches}}
criteria:
  has_fence: {require: fenced, source: 一, title: {zh: 有围栏, en: Fenced}}
grade:
  bands: {good: reaches and meets_all, plain: otherwise}
  titles: {good: {zh: 好, en: Good}, plain: {zh: 一般, en: Plain}}
consequences:
  sign:
    title: {zh: 挂牌, en: A sign}
    when: grade == 'good'
    to: subject
    kind: incentive
    lasts: sign_lasts
    source: 二
"""
TAILORING = """\
tailoring: hills
title: {zh: 山区果园标准, en: Orchards in the hills}
of: {scheme: good-orchard, edition: "1"}
authority: 山区农业局
document: 山农〔2025〕1号
in_force: {from: 2025-01-01}
parameters: {floor: 70, sign_lasts: 6 months}
criteria: {leave_out: [has_fence]}
"""
CASES = """\
scheme: good-orchard
cases:
- case: seventy-is-good-here
  title: {zh: 70分为好，69分不是, en: 70 is good here and 69 is not}
  period: "2025"
  subjects: {a: {values: {points: 70}}, b: {values: {points: 69}}}
  expect: {a: {grade: good}, b: {grade: plain}}
"""


@pytest.fixture
def desk(shelf, tmp_path):
    """Four orchards: points 65, 75, 75 and 90, the third without a fence; a tailoring in the folder."""
    shelf.add("our-orchards", {"orchards": "orchards"}, {"orchards/__init__.py": PLUGIN, "orchards/good.yaml": SCHEME})
    shelf.enable("orchards")
    desk = Desk(tmp_path / "kaoping.db", "李", clock=lambda: datetime(2026, 2, 1, tzinfo=UTC), language="en")
    init(desk, dry_run=False)
    rows = [("o1", 65, "true"), ("o2", 75, "true"), ("o3", 75, "false"), ("o4", 90, "true")]
    (tmp_path / "subjects.csv").write_text(
        "subject,type,title\n" + "".join(f"{name},orchard,{name}园\n" for name, _, _ in rows), encoding="utf-8"
    )
    (tmp_path / "values.csv").write_text(
        "subject,period,points,fenced\n" + "".join(f"{name},2025,{points},{fence}\n" for name, points, fence in rows),
        encoding="utf-8",
    )
    paths = [tmp_path / "subjects.csv", tmp_path / "values.csv"]
    assert imports.import_paths(desk, paths, correct=None, dry_run=False)["errors"] == []
    put(desk, TAILORING)
    return desk


def put(desk, text, name="hills"):
    folder = desk.database.parent / "tailorings"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / f"{name}.yaml"


def evaluate(desk, tailoring="hills", **how):
    return evaluations.evaluate(desk, "good-orchard", "2025", How("reference", **how), tailoring=tailoring)


def grades(data):
    return {one["subject"]: one["grade"] for one in data["results"]}


def test_a_result_is_made_with_the_places_values_and_names_it(desk):
    assert grades(evaluate(desk, None)) == {"o1": "good", "o2": "good", "o3": "plain", "o4": "good"}
    data = evaluate(desk)
    assert grades(data) == {"o1": "plain", "o2": "good", "o3": "good", "o4": "good"}
    assert data["tailoring"] == {
        "id": "hills",
        "title": {"zh": "山区果园标准", "en": "Orchards in the hills"},
        "authority": "山区农业局",
        "document": "山农〔2025〕1号",
        "in_force": ["2025-01-01", None],
        "digest": data["tailoring"]["digest"],
        "parameters": [
            {"id": "floor", "title": {"zh": "好果园最低分", "en": "Lowest score of a good orchard"}, "unit": "分"}
            | {"own": [{"from": None, "value": "60"}], "values": [{"from": None, "value": "70"}], "why": None},
            {"id": "sign_lasts", "title": {"zh": "挂牌期限", "en": "How long the sign hangs"}, "unit": ""}
            | {"own": [{"from": None, "value": {"months": 24}}], "values": [{"from": None, "value": {"months": 6}}]}
            | {"why": None},
        ],
        "left_out": [{"id": "has_fence", "title": {"zh": "有围栏", "en": "Fenced"}}],
    }
    listed = evaluations.list_stored(desk, None, None)["evaluations"]
    assert [one["tailoring"] for one in listed] == [None, "hills"]
    assert listed[1]["tailoring_digest"] == data["tailoring"]["digest"]
    assert evaluations.show(desk, 2)["tailoring"] == data["tailoring"]


def test_it_comes_out_the_same_when_its_file_has_changed_or_gone(desk):
    file = put(desk, TAILORING)
    evaluate(desk)
    put(desk, TAILORING.replace("floor: 70", "floor: 80"))
    assert evaluations.verify(desk, 1)["same"] is True
    file.unlink()
    assert evaluations.verify(desk, 1)["same"] is True
    found = explanations.explain(desk, "o1", "2025", scheme="good-orchard", evaluation=1)["explanations"][0]
    assert found["tailoring"]["id"] == "hills"
    threshold = next(rule for rule in found["measures"] if rule["id"] == "reaches")["threshold"]["floor"]
    assert (threshold["value"], threshold["clause"]) == ("70", "山区农业局 山农〔2025〕1号")
    assert check_database(desk)["ok"] is True


def test_a_tailoring_changed_in_the_database_is_found(desk):
    evaluate(desk)
    with closing(sqlite3.connect(desk.database)) as connection:
        (trigger,) = connection.execute(
            "SELECT sql FROM sqlite_schema WHERE name = 'tailoring_text_refuses_update'"
        ).fetchone()
        connection.execute("DROP TRIGGER tailoring_text_refuses_update")
        connection.execute("UPDATE tailoring_text SET text = 'other'")
        connection.execute(trigger)
        connection.commit()
    assert [fault["code"] for fault in check_database(desk)["faults"]] == ["store.fault-text"]


def test_what_follows_is_the_places_too(desk):
    close_period(desk, "good-orchard", "2025", dry_run=False)
    evaluate(desk)
    publications.publish(desk, 1, "2026-02-01", supersede=False, dry_run=False)
    entry = ledger.in_force(desk, "o2", "2026-07-31", ended=True)["entries"][0]
    assert entry["status"] == "active"
    assert ledger.in_force(desk, "o2", "2026-08-01", ended=True)["entries"][0]["status"] == "ended"


def test_beside_the_original_it_says_whose_grade_differs(desk):
    data = evaluate(desk, compare=True)
    found = data["compared"]
    assert (found["subjects"], found["graded_otherwise"], found["grades"]) == (4, 2, {"good": 3, "plain": 1})
    told = {one["subject"]: (one["original"]["grade"], one["tailored"]["grade"]) for one in found["differ"]}
    assert told["o1"] == ("good", "plain")
    assert told["o3"] == ("plain", "good")
    assert found["original_digest"] == evaluate(desk, None, dry_run=True)["result_digest"]
    assert len(evaluations.list_stored(desk, None, None)["evaluations"]) == 1


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "zh",
            "与原方案对照：4 个对象，4 个结果有变化，其中 2 个等级不同\n"
            "编号  名称  原方案  地方调整\n"
            "----------------------------\n"
            "o1    o1园  好      一般\n"
            "o3    o3园  一般    好\n",
        ),
        (
            "en",
            "Beside the scheme as it is: 4 subjects, 4 moved, 2 of them graded otherwise\n"
            "subject  title  as it is  tailored\n"
            "----------------------------------\n"
            "o1       o1园   Good      Plain\n"
            "o3       o3园   Plain     Good\n",
        ),
    ],
)
def test_side_by_side_is_one_table(desk, language, told, monkeypatch, capsys):
    data = evaluate(desk, compare=True)
    monkeypatch.setenv("KAOPING_LANG", language)
    page.evaluated(data)
    out = capsys.readouterr().out
    assert out.endswith(told)
    first = {
        "zh": "好果园（山区果园标准，山农〔2025〕1号）  第1版  2025  测算 1",
        "en": "Good orchards (Orchards in the hills, 山农〔2025〕1号)  edition 1  2025  evaluation 1",
    }
    assert out.splitlines()[0] == first[language]


def test_a_choice_the_scheme_leaves_to_the_place_can_be_settled_otherwise(desk):
    put(desk, TAILORING.replace("floor: 70", "basis: inspection"))
    assert {one["possible_grades"] == ["good", "plain"] for one in evaluate(desk)["results"]} == {True}


def test_without_it_the_result_says_that_the_folder_has_one(desk):
    notes = evaluate(desk, None, dry_run=True)["notes"]
    assert "the folder tailorings has hills for good-orchard, which was not used (--tailoring hills)" in notes
    put(desk, TAILORING.replace("from: 2025", "from: 2027"))
    put(desk, "tailoring: [", "torn")
    notes = evaluate(desk, None, dry_run=True)["notes"]
    assert not [note for note in notes if "hills" in note]
    file = desk.database.parent / "tailorings" / "torn.yaml"
    assert f"{file} has errors and was not read: kaoping scheme check {file}" in notes
    used = evaluate(desk, dry_run=True)["notes"]
    assert "2025 lies outside the time tailoring hills is in force (2027-01-01..)" in used


def test_a_round_puts_each_tailoring_on_its_scheme(desk):
    data = evaluate_all(desk, "2025", How("reference"), tailorings=["hills"])
    (one,) = [one for one in data["schemes"] if one["state"] == "evaluated"]
    assert (one["tailoring"]["id"], one["grades"]) == ("hills", {"good": 3, "plain": 1})
    put(desk, TAILORING.replace("tailoring: hills", "tailoring: plains"), "plains")
    with pytest.raises(UsageError) as caught:
        evaluate_all(desk, "2025", How("reference"), tailorings=["hills", "plains"])
    assert caught.value.text("en") == "good-orchard has two tailorings: hills, plains"


def test_a_name_that_is_not_in_the_folder_is_told(desk):
    folder = desk.database.parent / "tailorings"
    with pytest.raises(UsageError) as caught:
        evaluate(desk, "hils")
    assert (caught.value.text("en"), caught.value.hint("en")) == (
        f"there is no tailoring 'hils' in {folder}",
        "did you mean 'hills'?",
    )
    with pytest.raises(UsageError) as caught:
        evaluate(desk, "zzzzzz")
    assert caught.value.hint("zh") == "写文件路径（以 .yaml 结尾），或把文件放进这个文件夹"
    with pytest.raises(UsageError) as caught:
        evaluate(desk, "nowhere/x.yaml")
    assert caught.value.text("en") == "there is no file nowhere/x.yaml"
    with pytest.raises(UsageError) as caught:
        evaluate(desk, None, compare=True)
    assert caught.value.text("zh") == "--compare 要和 --tailoring 一起用"
    put(desk, TAILORING.replace("floor: 70", "flor: 70"))
    with pytest.raises(Problems):
        evaluate(desk)


def test_a_file_is_checked_shown_and_tested_as_a_scheme_is(desk, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    from kaoping_cli.pages.schemes import checked, decisions, shown

    monkeypatch.setenv("KAOPING_LANG", "zh")
    file = put(desk, TAILORING)
    found = schemes.check(desk, file)
    assert (found["errors"], found["tailoring"]["id"], found["scheme"]["id"]) == ([], "hills", "good-orchard")
    checked(found)
    assert capsys.readouterr().out == (
        f"{file}：地方调整“山区果园标准”可用于方案“好果园”第1版\n"
        "  好果园最低分  60分 → 70分\n"
        "  挂牌期限      24个月 → 6个月\n"
        "  有围栏        不作要求\n"
    )
    data = schemes.show(desk, "good-orchard", tailoring="hills")
    shown(data)
    out = capsys.readouterr().out
    assert "地方调整：山区果园标准，山区农业局 山农〔2025〕1号，施行期 2025-01-01..\n" in out
    assert "好果园最低分  70分（原为 60分）〔山区农业局 山农〔2025〕1号〕" in out
    decisions(data)
    assert (
        "地方可改：好果园最低分 70分（原为 60分）；评定依据 points（可选：points、inspection）"
        in capsys.readouterr().out
    )
    file.with_name("hills.cases.yaml").write_text(CASES, encoding="utf-8")
    tested = run_cases(desk, str(file), None, mutate=False, bounds=False, save=None, dry_run=False)
    assert (tested["cases"], tested["failed"]) == (1, 0)
    put(desk, TAILORING.replace("floor: 70", "floor: 71"))
    assert run_cases(desk, str(file), None, mutate=False, bounds=False, save=None, dry_run=False)["failed"] == 1
    put(desk, TAILORING.replace("floor: 70", "floor: ten"))
    (error,) = schemes.check(desk, file)["errors"]
    assert (error["code"], error["where"]) == ("scheme.tailoring-not-number", f"{file}:7:21")


def test_a_database_of_before_gets_room_for_tailorings_and_keeps_what_it_has(tmp_path):
    create(tmp_path / "old.db", migrations=MIGRATIONS[:1]).close()
    with open_store(tmp_path / "old.db") as store:
        assert list_evaluations(store) == ()
        names = [row[1] for row in store.connection.execute("PRAGMA table_info(evaluation)")]
    assert names[-1] == "tailoring_digest"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--all", "--compare"], "error: --compare is for one scheme at a time [cli.compare-one]\n"),
        (
            ["property-abcd", "--tailoring", "a", "--tailoring", "b"],
            "error: a scheme is used with one tailoring at a time [cli.one-tailoring]\n",
        ),
        (["property-abcd", "--compare"], "error: --compare goes with --tailoring [office.nothing-to-compare]\n"),
    ],
)
def test_options_that_do_not_go_together_are_told(tmp_path, arguments, told):
    ran = Office(tmp_path, "en").run("evaluate", *arguments, "-p", "2025")
    assert (ran.code, ran.err) == (2, told)


def test_the_command_takes_a_tailoring_by_its_file(tmp_path):
    office = Office(tmp_path)
    office.json("db", "init")
    (tmp_path / "subjects.csv").write_text("subject,type,title\nk1,community,湖滨\n", encoding="utf-8")
    office.json("import", "subjects.csv")
    (tmp_path / "t.yaml").write_text(
        'tailoring: strict\ntitle: {zh: 从严, en: Strict}\nof: {scheme: harmonious-community-six-star, edition: "1"}\n'
        "authority: 区办\ndocument: 1号\nin_force: {from: 2025-01-01}\nparameters: {stars_required: 8}\n",
        encoding="utf-8",
    )
    data = office.json("evaluate", "harmonious-community-six-star", "-p", "2025", "--tailoring", "t.yaml", "--compare")
    assert data["tailoring"]["id"] == "strict"
    assert data["compared"]["graded_otherwise"] == 0
    assert office.json("evaluation", "verify", "1")["same"] is True
    assert office.json("scheme", "check", "t.yaml")["tailoring"]["id"] == "strict"


# --- the questions beyond why


def whatif(desk, *settings, tailoring="hills", scheme=None):
    supposed = {"settings": settings, "adding": (), "removing": ()}
    return suppositions.whatif(desk, "o1", "2025", scheme=scheme, tailoring=tailoring, **supposed)["schemes"]


def test_what_if_reads_the_places_values(desk):
    (told,) = whatif(desk, "points=69.9")
    assert (told["scheme"], told["tailoring"]["id"], told["notes"]) == ("good-orchard", "hills", [])
    assert (told["before"]["grade"], told["after"]["grade"]) == ("plain", "plain")
    (told,) = whatif(desk, "points=70")
    assert told["after"]["grade"] == "good"
    (told,) = whatif(desk, "points=69.9", tailoring=None)
    assert (told["tailoring"], told["before"]["grade"]) == (None, "good")
    assert "hills" in told["notes"][0]
    with pytest.raises(UsageError) as refused:
        whatif(desk, "points=70", tailoring="hill")
    assert refused.value.facts["near"] == "hills"


def test_who_hangs_by_a_thread_hangs_by_the_places_value(desk):
    close_period(desk, "good-orchard", "2025", dry_run=False)
    as_it_is = fragile_of(desk, "good-orchard", "2025", within="6")
    assert {one["subject"] for one in as_it_is["fragile"]} == {"o1"}
    placed = fragile_of(desk, "good-orchard", "2025", within="6", tailoring="hills")
    assert {one["subject"]: one["becomes"] for one in placed["fragile"]} == {"o1": "70", "o2": "69.99", "o3": "69.99"}
    assert placed["tailoring"]["id"] == "hills"


def impact(desk, **how):
    given = {"edition": None, "parameters": (), "sweep": None, "picture": None, "dry_run": False}
    return impact_of(desk, "good-orchard", "2025", **{**given, "tailoring": "hills", **how})


def test_a_tailoring_alone_stands_beside_the_scheme_and_with_a_parameter_on_both_sides(desk):
    close_period(desk, "good-orchard", "2025", dry_run=False)
    alone = impact(desk)
    assert (alone["tailored"], alone["tailoring"]["id"]) == (["after"], "hills")
    assert {one["subject"]: (one["before"], one["after"]) for one in alone["moved"]} == {
        "o1": ("good", "plain"),
        "o3": ("plain", "good"),
    }
    stricter = impact(desk, parameters=["floor=80"])
    assert stricter["tailored"] == ["before", "after"]
    assert {one["subject"] for one in stricter["moved"]} == {"o2", "o3"}
    swept = impact(desk, sweep="floor=60..80")["sweep"]["rows"]
    assert [row["grades"].get("good", 0) for row in swept if row["value"] in ("60", "70", "80")] == [4, 3, 1]


def test_of_two_editions_the_one_it_is_of_is_tailored(desk, tmp_path):
    close_period(desk, "good-orchard", "2025", dry_run=False)
    file = tmp_path / "next.yaml"
    file.write_text(SCHEME.replace('edition: "1"', 'edition: "2"'), encoding="utf-8")
    assert impact(desk, edition=file)["tailored"] == ["before"]
    put(desk, TAILORING.replace('edition: "1"', 'edition: "2"'), "later")
    assert impact(desk, edition=file, tailoring="later")["tailored"] == ["after"]
    with pytest.raises(Problems):
        impact(desk, tailoring="later")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_name_the_tailoring(desk, capsys, monkeypatch, language):
    monkeypatch.setenv("KAOPING_LANG", language)
    close_period(desk, "good-orchard", "2025", dry_run=False)
    weighing.weighed(impact(desk))
    weighing.weighed(impact(desk, parameters=["floor=80"]))
    threads.listed(fragile_of(desk, "good-orchard", "2025", within="6", tailoring="hills"))
    (told,) = whatif(desk, "points=70")
    supposing.supposed({"subject": "o1", "title": "o1", "period": "2025", "schemes": [told]})
    printed = capsys.readouterr().out
    name = {"zh": "地方调整：山区果园标准", "en": "tailoring: Orchards in the hills"}[language]
    assert printed.count(name) == 4
    assert "impact-" not in printed
