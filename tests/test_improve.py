"""The cheapest way to a grade: against exhaustive search on small generated schemes, and what a person asks of it."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from insight_world import YARDS, evaluation_of, plan_of, words_of
from small_schemes import frame_of, scheme_text
from small_schemes import plan_of as small_plan

from kaoping.errors import KaopingError
from kaoping.evaluation.run import Evaluation
from kaoping.insight.improve import Terms, improve, moves_of, settled
from kaoping.scheme.prose import Words

pytest.importorskip("z3")

from kaoping_prover.prover import Z3Prover

PROVER = Z3Prover()
FACTS = {
    "a": "type: integer, min: 0, max: 5",
    "b": "type: integer, min: -2, max: 2",
    "c": "type: integer, min: 1, max: 3",
    "p": "type: boolean",
}
DOMAINS = {"a": range(6), "b": range(-2, 3), "c": range(1, 4), "p": (False, True)}
NUMBERS = st.integers(-2, 9).map(str) | st.sampled_from(["0.5", "a", "b", "c", "a", "b"])


def numeric(numbers, truths):
    return st.one_of(
        st.tuples(numbers, st.sampled_from("+-*"), numbers).map(lambda t: f"({t[0]} {t[1]} ({t[2]}))"),
        numbers.map(lambda x: f"({x} / c)"),
        st.tuples(st.sampled_from(["min", "max"]), numbers, numbers).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        numbers.map(lambda x: f"round({x} / 3, 1)"),
        numbers.map(lambda x: f"abs({x})"),
        numbers.map(lambda x: f"floor({x} / 2)"),
        numbers.map(lambda x: f"ceil({x} / 2)"),
        st.tuples(numbers, truths, numbers).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        st.tuples(numbers, numbers).map(lambda t: f"or_else({t[0]}, {t[1]})"),
        st.tuples(numbers, st.sampled_from(["a", "b + 2"])).map(lambda t: f"ratio({t[0]}, {t[1]}, if_none=4)"),
        truths.map(lambda x: f"count(quarters, {x})"),
        st.tuples(numbers, truths).map(lambda t: f"mean(quarters, {t[0]}, where={t[1]}, if_none=2)"),
    )


def truthy(numbers, truths):
    return st.one_of(
        st.tuples(numbers, st.sampled_from(["<", "<=", "==", "!=", ">", ">="]), numbers).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        st.tuples(truths, st.sampled_from(["and", "or"]), truths).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        truths.map(lambda x: f"(not {x})"),
    )


def conditions(depth):
    numbers, truths = NUMBERS, st.sampled_from(["p", "a > b", "c == 2"])
    for _ in range(depth):
        numbers, truths = NUMBERS | numeric(numbers, truths), truths | truthy(numbers, truths)
    return truths


def grade_of(plan, world):
    return Evaluation(plan, frame_of(world)).result(trace=False).results[0].grade


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(conditions(2), st.fixed_dictionaries({name: st.sampled_from(list(one)) for name, one in DOMAINS.items()}),
       st.fixed_dictionaries({name: st.sampled_from([1, 2, Fraction(1, 2), 3]) for name in DOMAINS}))  # fmt: skip
def test_nothing_cheaper_exists_as_exhaustive_search_says(condition, world, costs):
    try:
        plan = small_plan(scheme_text(condition, FACTS, boolean=True))
    except KaopingError:  # such as a divisor that may be 0
        return
    evaluation = Evaluation(plan, settled(frame_of(world)))
    moves = moves_of(evaluation, plan.main, "e", Terms(costs, frozenset(), {}))
    words = Words(plan.scheme, plan.catalogue, "en", evaluation.frame.period.end)
    answer = improve(PROVER, evaluation, plan.main, "e", "A", moves, words, alternatives=1)
    good = [
        sum((abs(Fraction(other[name]) - world[name]) * costs[name] for name in DOMAINS), Fraction(0))
        for values in product(*DOMAINS.values())
        for other in [dict(zip(DOMAINS, values, strict=True))]
        if grade_of(plan, other) == "A"
    ]
    if grade_of(plan, world) == "A":
        assert answer.status == "there"
    elif not good:
        assert answer.status == "none"
    else:
        assert (answer.status, answer.ways[0].proposal.cost) == ("found", min(good)), condition
        assert answer.ways[0].proposal.certified


ONE = (
    "yard: {values: {score: {2025Q1: 80, 2025Q2: 82}, clean: {gate: true, bins: true}, plan: true, "
    "applied_on: 2025-01-05}}"
)


def asked(subjects=ONE, to="good", text=YARDS, **terms):
    evaluation = evaluation_of(subjects, plan_of(text))
    evaluation = Evaluation(evaluation.plan, settled(evaluation.frame))
    told = Terms(**{"costs": {}, "fixed": frozenset(), "limits": {}, **terms})
    moves = moves_of(evaluation, evaluation.plan.main, "yard", told)
    return improve(PROVER, evaluation, evaluation.plan.main, "yard", to, moves, words_of(evaluation))


def changes(answer, number=0):
    return {f"{key[1]}@{key[3] or key[2]}": value for key, value in answer.ways[number].proposal.values.items()}


def test_the_mean_of_quarters_is_raised_where_it_is_cheapest():
    answer = asked(costs={"score@2025Q1": 1, "score@2025Q2": Fraction(1, 2)})
    assert changes(answer) == {"score@2025Q2": Fraction("89.99")}  # the mean is rounded to two places
    assert answer.ways[0].proposal.cost == Fraction("3.995")
    assert answer.ways[0].grade == "good"


def test_alternatives_leave_something_as_it_is():
    answer = asked()
    assert [way.proposal.cost for way in answer.ways] == sorted(way.proposal.cost for way in answer.ways)
    moved = [frozenset(way.proposal.values) for way in answer.ways]
    assert len(moved) == 2  # without either there is no other way
    assert all(not earlier <= later for index, later in enumerate(moved) for earlier in moved[:index])


def test_limits_and_fixed_facts_are_kept():
    answer = asked(limits={"score": (None, 86)}, fixed=frozenset({"score@2025Q1"}))
    assert answer.status == "none"
    assert [one.kind for one in answer.against] == ["condition"]
    assert answer.against[0].words == "“Score of the year” is at least “Lowest good score” (85 points)"
    assert changes(asked(limits={"score": (None, 89)})) != {}


def test_what_the_scheme_says_cannot_move_does_not_unless_it_is_named():
    text = YARDS.replace("better: higher,", "better: higher, cost: fixed,")
    assert asked(text=text).status == "none"
    assert asked(text=text, costs={"score": 2}).ways[0].proposal.cost == Fraction("15.98")


def test_the_cost_of_the_scheme_counts():
    assert asked(text=YARDS.replace("better: higher,", "better: higher, cost: 3,")).ways[0].proposal.cost == Fraction(
        "23.97"
    )


def test_a_veto_nobody_can_lift_is_named():
    burnt = ONE[:-1] + ", records: {fire: [{on: 2025-03-01, grave: true}]}}"
    answer = asked(burnt)
    assert (answer.status, [(one.kind, one.id) for one in answer.against]) == ("none", [("veto", "fires")])


def test_a_gate_missed_by_a_date_is_named():
    answer = asked(ONE.replace("2025-01-05", "2026-01-05"), to="fair")
    assert [(one.kind, one.id) for one in answer.against] == [("gate", "applied")]


def test_a_truth_is_turned_and_a_grade_that_is_there_needs_nothing():
    answer = asked(ONE.replace("plan: true", "plan: false").replace("80", "90").replace("82", "90"))
    assert changes(answer) == {"plan@2025": 1}
    assert asked(to="fair").status == "there"


def test_what_the_prover_does_not_understand_leaves_the_question_open_by_name():
    answer = asked(text=YARDS.replace("good: meets_all and", "good: best and"))
    assert (answer.status, answer.why) == ("open", "best")


def test_blanks_that_bear_on_the_grade_leave_it_open_unless_they_may_move():
    blank = ONE.replace("score: {2025Q1: 80, 2025Q2: 82}, ", "")
    text = YARDS.replace("mean(quarters, score, where=known(score), if_none=unknown)", "mean(quarters, score)")
    answer = asked(blank, text=text)
    assert (answer.status, len(answer.ways[0].proposal.values)) == ("found", 4)  # the grade waits for them
    assert answer.ways[0].proposal.cost == Fraction("339.98")
    answer = asked(blank, text=text, only=frozenset({"plan"}))
    assert (answer.status, "blank" in answer.why or "空白" in answer.why) == ("open", True)


def test_the_command_shows_the_ways_and_what_forbids_one(tmp_path, tmp_path_factory):
    from cli_world import Office
    from county_world import example_county

    office = Office(tmp_path, "en")
    example_county(tmp_path_factory, tmp_path)
    before = (office.folder / "kaoping.db").read_bytes()
    found = office.json("improve", "e033", "-p", "2025", "--to", "A", "--fix", "group_score@2025Q4")
    assert [(way["cost"], way["certified"], way["grade"]) for way in found["ways"]] == [("3.96", True, "A")] * 3
    change = found["ways"][0]["changes"][0]
    tried = office.json("whatif", "e033", "-p", "2025", "--set", f"group_score@{change['at']}={change['after']}")
    assert tried["schemes"][0]["after"]["grade"] == "A"
    page = office.run("improve", "e037", "-p", "2025", "--to", "Grade A").out
    assert "Grade A cannot be reached, whatever the 3 facts that may move are (proved). What forbids it:" in page
    assert "veto 'One of three kinds of incident, mainly the company's fault: D'" in page
    for arguments, said in (
        (["--to", "Z"], "gives the grade 'Z'"),
        (["--to", "A", "--cost", "group_score"], "does not name a fact and a number"),
        (["--to", "A", "--cost", "grup_score=2"], "did you mean"),
        (["--to", "A", "--limit", "group_score=95"], "is no range"),
    ):
        ran = office.run("improve", "e033", "-p", "2025", *arguments)
        assert (ran.code, said in ran.err) == (2, True), ran.err
    assert (office.folder / "kaoping.db").read_bytes() == before
