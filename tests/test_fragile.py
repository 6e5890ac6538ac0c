"""Who hangs by a thread: checked against trying every change on the grid, one at a time."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from insight_world import YARDS, evaluation_of, plan_of

from kaoping.evaluation.run import Evaluation
from kaoping.insight.fragile import fragility
from kaoping.insight.suppose import Setting, suppose

GOOD = "clean: {gate: true, bins: true}, plan: true, applied_on: 2025-01-05"


def found(scores, plan=None, **more):
    written = ", ".join(f"{window}: {score}" for window, score in scores.items())
    evaluation = evaluation_of(f"yard: {{values: {{score: {{{written}}}, {GOOD}}}}}", plan)
    return evaluation, fragility(evaluation.plan, evaluation.frame, **more)


def test_the_smallest_change_that_turns_the_grade_is_reported():
    _, fragile = found({"2025Q1": 85.2})
    (flip,) = fragile.flips
    assert (flip.value, flip.becomes, flip.change, flip.share) == (
        Fraction("85.2"),
        Fraction("84.99"),
        Fraction("0.21"),
        Fraction("0.21"),
    )
    assert (flip.grade, flip.to, flip.fact, flip.at) == ("good", ("fair",), "score", "2025Q1")


def test_a_change_over_the_share_is_not_small():
    assert found({"2025Q1": 86.5})[1].flips == ()
    assert found({"2025Q1": 86.5}, percent=2)[1].flips[0].becomes == Fraction("84.99")


def test_who_has_no_grade_yet_is_counted_and_not_looked_at():
    evaluation = evaluation_of("yard: {values: {score: {2025Q1: 85}}}", closed=False)
    fragile = fragility(evaluation.plan, evaluation.frame)
    assert (fragile.subjects, fragile.undecided, fragile.flips) == (0, 1, ())


def test_grades_that_read_places_are_tried_one_subject_at_a_time():
    text = YARDS.replace("good: meets_all and annual >= floor_good", "good: best")
    rows = "\n".join(f"y{n}: {{values: {{score: {{2025Q1: {score}}}, {GOOD}}}}}" for n, score in enumerate((90, 89.5)))
    evaluation = evaluation_of(rows, plan_of(text))
    fragile = fragility(evaluation.plan, evaluation.frame)
    assert {(one.subject, one.becomes, one.to) for one in fragile.flips} == {
        ("y0", Fraction("89.49"), ("fair",)),
        ("y1", 90, ("good",)),
    }


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(8300, 8700), min_size=1, max_size=2))
def test_it_agrees_with_trying_every_change(hundredths):
    scores = {f"2025Q{n}": Fraction(one, 100) for n, one in enumerate(hundredths, 1)}
    evaluation, fragile = found({window: float(score) for window, score in scores.items()})
    grade = evaluation.result().results[0].grade
    expected = {}
    for window, score in scores.items():
        for step in range(1, 101):
            turned = []
            for sign in (1, -1):
                changed = score + sign * Fraction(step, 100)
                value = changed.numerator if changed.denominator == 1 else changed
                frame = suppose(evaluation.frame, [Setting("yard", "score", window, "", value)])
                if Evaluation(evaluation.plan, frame).result(trace=False).results[0].grade != grade:
                    turned.append(Fraction(step, 100))
            if turned:
                expected[window] = turned[0]
                break
    assert {flip.at: flip.change for flip in fragile.flips} == expected


def test_a_share_must_be_a_percentage(tmp_path):
    from cli_world import Office

    office = Office(tmp_path, "en")
    for text in ("0", "-1", "much", "101"):
        ran = office.run("fragile", "property-abcd", "-p", "2025", "--within", text)
        assert (ran.code, "is no percentage" in ran.err) == (2, True)
    ran = office.run("fragile", "property-abcd", "-p", "2025Q1")
    assert (ran.code, "gives no grade for 2025Q1" in ran.err) == (2, True)
