"""Other rules weighed by the database: the same counts as subject by subject, whatever is other."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from types import SimpleNamespace

import pytest
import test_bars
from log_world import NOW, database
from small_schemes import AFTER, HEAD, PERIOD, TITLE, frame_of, plan_of

from kaoping.errors import RefusedError
from kaoping.evaluation.weighing import reach_of
from kaoping.facts.frame import Edge, Record, Subject
from kaoping.office import impact as office
from kaoping.office.desk import Desk
from kaoping.store.frames import load_frame
from kaoping.store.moments import last_moment
from kaoping.store.some import Reach, how_many, some_facts
from kaoping_sql.engine import SqlEngine
from kaoping_sql.weighing import Weighing

SCHEME = f"""\
{HEAD}
parameters:
  floor: {{value: 5, unit: 分, source: 一, {TITLE}}}
  heavy: {{value: 2, unit: 分, source: 一, {TITLE}}}
  flags: {{value: 2, unit: 个, source: 一, {TITLE}}}
facts:
  score: {{type: number, min: 0, max: 10, for_each: quarters, {TITLE}}}
  runs: {{type: boolean, {TITLE}}}
records:
  fire:
    fields: {{cost: {{type: integer, min: 0, max: 9}}, on: date}}
    placed_by: on
    complete: stated
    {TITLE}
gates:
  open: {{needs: runs, otherwise: not_assessed, {TITLE}}}
measures:
  usual: {{value: "mean(quarters, score, where=known(score), if_none=0)", {TITLE}}}
  fires: {{value: "count(fire, cost >= heavy)", {TITLE}}}
cohort:
  flag: {{for_each: quarters, needs: known(score), by: score, top: flags, ties: include, {TITLE}}}
  best:
    {{by: usual, then: [low fires], among: estate_community, tiers: {{gold: 1, silver: flags}},
      exclude: grade == 'D', {TITLE}}}
grade:
  score: usual
  bands: {{A: "usual >= floor and fires == 0", B: usual >= 3, D: otherwise}}
  titles: {{A: {{zh: 甲, en: A}}, B: {{zh: 乙, en: B}}, D: {{zh: 丁, en: D}}}}
  vetoes:
    - {{id: many, when: fires > 2, at_most: B, {TITLE}}}
consequences:
  prize: {{when: grade == 'A', to: subject, kind: incentive, {TITLE}}}
  put_right: {{for_each: fire, when: cost >= heavy, to: [subject, estate_community], kind: rectification, {TITLE}}}
  noted: {{for_each: fire, to: subject, kind: notice, {TITLE}}}
  told: {{when: known(grade), to: public, kind: notice, {TITLE}}}
  low: {{for_each: quarters, when: score < 3, to: estate_community, kind: sanction, {TITLE}}}
  flagged: {{for_each: quarters, when: flag, to: subject, kind: incentive, {TITLE}}}
  medal: {{when: "best in ('gold', 'silver')", to: estate_community, kind: incentive, {TITLE}}}
  praised: {{when: "best == 'gold' and usual > floor", to: subject, kind: incentive, {TITLE}}}
"""
OTHERS = {
    "a limit": [("floor: {value: 5", "floor: {value: 4")],
    "what is counted of records": [("heavy: {value: 2", "heavy: {value: 4")],
    "how many win": [("flags: {value: 2", "flags: {value: 1")],
    "who is assessed": [("needs: runs", "needs: runs or usual > 6")],
    "whom it reaches": [("grade == 'A', to: subject", "grade != 'D', to: [subject, estate_community]")],
    "another consequence": [("  prize:", "  thanks:"), ("flagged:", "waved:")],
    "a record's own": [("  noted: {for_each: fire,", "  noted: {for_each: fire, when: cost > 3,")],
    "another fact": [
        ("B: usual >= 3,", 'B: "usual >= 3 and or_else(size, 0) > 40",'),
        ("  runs:", f"  size: {{type: integer, min: 0, max: 99, optional: true, {TITLE}}}\n  runs:"),
    ],
    "another grade": [
        ('A: "usual >= floor', 'S: "usual >= 5 and fires == 0", A: "usual >= floor'),
        ("titles: {A", "titles: {S: {zh: 特, en: S}, A"),
    ],
    "nothing": [("zh: 甲", "zh: 优")],
}  # fmt: skip


def county(rng, many=24):
    """Estates of two communities, with blanks, fires and some that come and go."""
    subjects = {one: Subject(one, "community", f"社区{one}") for one in ("x", "y")}
    values, records, complete, edges = {}, {}, {}, {}
    for number in range(many):
        name = f"e{number:02}"
        since, until = rng.choices((None, date(2025, 2, 1), date(2025, 9, 1)), (8, 1, 1), k=2)
        subjects[name] = Subject(name, "estate", f"小区{number}", since, until and date(2025, 10, 1))
        quarters = {one.text: rng.choice((1, 2, 4, 5, 5, 8)) for one in PERIOD.parts("quarters") if rng.random() < 0.9}
        values[name, "score"] = {(at, ""): score for at, score in quarters.items()}
        if rng.random() < 0.9:
            values[name, "runs"] = {("2025", ""): rng.random() < 0.8}
        if rng.random() < 0.5:
            values[name, "size"] = {("2025", ""): rng.randrange(99)}
        days = [date(2025, 1, 1) + timedelta(days=rng.randrange(364)) for _ in range(rng.choice((0, 0, 1, 3)))]
        records[name, "fire"] = tuple(
            Record(str(no), {"cost": rng.randrange(6), "on": day}) for no, day in enumerate(days, 1)
        )
        if rng.random() < 0.9:
            complete[name, "fire"] = PERIOD.end
        where = rng.sample(("x", "y"), rng.choice((0, 1, 1, 1, 2)))
        edges["estate_community", name] = tuple(
            Edge(one, rng.choice((None, date(2025, 5, 1)))) for one in sorted(where)
        )
    return replace(
        frame_of({}, closed=rng.random() < 0.5),
        subjects=subjects,
        values=values,
        records=records,
        complete_through=complete,
        edges=edges,
    )


def weighed(store, before, after, engine, swept=None):
    """What an office is told."""
    desk = Desk(store.path, "李芳", lambda: NOW.replace(year=2026, month=6), "en", lambda *_: None)
    judges = office._Judges(desk, SimpleNamespace(engines={"sql": SqlEngine()}), engine)
    found = office._Found(judges, before, after, {}, swept, keep=False)
    found.period(store, PERIOD)
    told = found.data(store)
    assert told.pop("engines") == [engine]
    return told


def changed(changes):
    """The scheme with some of its text replaced."""
    text = SCHEME
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return plan_of(text)


@pytest.mark.parametrize("what", OTHERS)
def test_impact_is_the_same_counted_by_the_database_and_subject_by_subject(tmp_path, monkeypatch, what):
    before, after = plan_of(SCHEME), changed(OTHERS[what])
    store = database(tmp_path / "k.db", county(Random(what)), after if what == "another fact" else before)
    expected = weighed(store, before, after, "reference")
    for name in ("judge", "load_frame"):  # nobody's result is made whole, nor are everybody's facts read
        monkeypatch.setattr(office, name, None)
    assert weighed(store, before, after, "sql") == expected
    assert bool(expected["moved"]) is (what != "nothing")
    store.close()


def test_impact_is_the_same_where_estates_and_communities_are_barred_from_honours(tmp_path, monkeypatch):
    """An estate that is barred wins nothing and has no incentive; one whose community is barred keeps its own."""
    tagged = ("facts:", "tags: [honours]\nfacts:")
    before, after = changed([tagged]), changed([tagged, *OTHERS["a limit"], *OTHERS["how many win"]])
    world = county(Random(5))
    store = database(tmp_path / "k.db", world, before)
    to_both = test_bars.compiled(test_bars.LATE.replace("to: subject", "to: [subject, estate_community]"))
    late, edges = {f"e{number:02}" for number in range(0, 24, 3)}, {("estate_community", "e03"): (Edge("x"),)}
    test_bars.bar(store, late, date(2026, 2, 1), names=sorted(late), edges=edges, plan=to_both)
    assert load_frame(store, before.needs, PERIOD, date(2026, 6, 1)).bars.keys() == {*late, "x"}
    expected = weighed(store, before, after, "reference")
    without = weighed(
        store, *(replace(one, needs=replace(one.needs, tags=frozenset())) for one in (before, after)), "sql"
    )
    for name in ("judge", "load_frame"):
        monkeypatch.setattr(office, name, None)
    assert weighed(store, before, after, "sql") == expected != without
    store.close()


def test_sweep_is_the_same_and_tells_at_which_values_grades_turn(tmp_path):
    plan = plan_of(SCHEME)
    store = database(tmp_path / "k.db", county(Random(3)), plan)
    swept = ("heavy", [1, 2, 4, 9])  # what is counted of records is another at each: so is the frame
    expected = weighed(store, plan, plan, "reference", swept)
    assert weighed(store, plan, plan, "sql", swept) == expected
    assert expected["sweep"]["turns_at"]
    store.close()


def test_subject_judged_otherwise_by_the_reference_refuses_the_weighing(tmp_path, monkeypatch):
    plan = plan_of(SCHEME)
    store = database(tmp_path / "k.db", county(Random(4)), plan)
    chosen = Weighing.chosen

    def wrongly(weighing, *asked):
        for account in chosen(weighing, *asked):
            yield replace(account, due=dict.fromkeys(account.due, True))

    monkeypatch.setattr(Weighing, "chosen", wrongly)
    with pytest.raises(RefusedError) as refusal:
        weighed(store, plan, changed(OTHERS["a limit"]), "sql")
    assert refusal.value.facts["rule"].startswith("consequence:")
    assert (refusal.value.facts["ours"], refusal.value.facts["theirs"]) == ("false", "true")
    store.close()


def test_facts_of_some_are_those_that_a_whole_frame_has_of_them_and_of_whom_they_reach(tmp_path):
    plan = plan_of(SCHEME)
    store = database(tmp_path / "k.db", county(Random(5)), plan)
    whole = load_frame(store, plan.needs, PERIOD, AFTER)
    with some_facts(store, last_moment(store.connection)) as some:
        reach = Reach(*reach_of(plan))
        assert reach == Reach(frozenset({"estate_community"}), 1)
        few = some.frame(plan.needs, PERIOD, AFTER, ["e01", "e02"], reach)
        asked = {"e01", "e02"} | {edge.to for one in ("e01", "e02") for edge in whole.edges["estate_community", one]}
        assert few.subjects.keys() == asked
        for name in ("values", "records"):
            of_them = {key: found for key, found in getattr(whole, name).items() if key[0] in asked}
            assert getattr(few, name) == of_them
        assert not some.frame(plan.needs, PERIOD, AFTER, [], reach).subjects
    assert how_many(store, ("estate",), PERIOD.end) == len(whole.of_type(("estate",), PERIOD.end))
    store.close()
