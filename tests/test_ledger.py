from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kaoping.consequences.ledger import IN_FORCE, ledger_on, net, opened, points
from kaoping.consequences.model import Entry, Event, Publication
from kaoping.errors import Place
from kaoping.evaluation.result import Consequence, Result, SubjectResult
from kaoping.facts.periods import parse_period
from kaoping.facts.types import Title
from kaoping.scheme.model import Duration, Scheme
from kaoping.scheme.official import official_days

OFFICIAL = official_days()

BONUS = Consequence(
    id="bid_bonus",
    subject="e2",
    to=("p",),
    kind="incentive",
    points={"bid_points": Fraction(3)},
    lasts=Duration(months=24),
    ends_on=("bid_won", {"in_county": "true"}),
)
MALUS = Consequence(
    id="bid_malus",
    subject="e3",
    to=("p",),
    kind="sanction",
    points={"bid_points": Fraction(-3)},
    lasts=Duration(months=12),
)
RECTIFY = Consequence(
    id="rectify_grade_d",
    subject="e3",
    to=("p",),
    kind="rectification",
    blocks="integrity_certificate",
    starts="notice_served",
    within=Duration(months=6),
    closed_by="reinspection_passed",
)
FLAG = Consequence(id="hang_red_flag", subject="e1", to=("p",), kind="incentive", until="next_result")
CREDIT = Consequence(id="credit_entry", subject="e3", to=("p", "m"), kind="sanction")
CERTIFICATE = replace(FLAG, id="certificate", starts="award_meeting")
FINDING = Consequence(
    id="rectify_finding",
    subject="e1",
    to=("p",),
    kind="rectification",
    at="F1",
    starts="2025-03-05",
    until="2025-03-20",
    closed_by="reinspection_passed",
)


def in_window(consequence, text):
    window = parse_period(text)
    return replace(consequence, at=text, window=(window.kind, window.start.isoformat(), window.end.isoformat()))


YEARS = {2024: date(2025, 1, 20), 2025: date(2026, 1, 20), 2026: date(2027, 1, 20)}


def enter(consequence, on, entry_id=1, period="2025", *, evaluation=1, to="p"):
    return Entry(entry_id, "property-abcd", period, evaluation, to, on, consequence)


def published(period, on, evaluation=1):
    kind = "quarter" if "Q" in period else "year"
    return Publication("property-abcd", period, kind, on, evaluation)


def stand(entries, day, events=(), publications=()):
    return [
        (state.status, state.start, state.until, state.ended_by)
        for state in ledger_on(entries, events, publications, day, OFFICIAL)
    ]


def sum_on(entries, day, events=(), publications=()):
    return net(ledger_on(entries, events, publications, day, OFFICIAL)).get("bid_points", Fraction(0))


# --- the worked example of the property scheme -------------------------------------------------------------------

PUBLISHED = date(2026, 1, 20)
COMPANY_P = [
    enter(BONUS, PUBLISHED, 1),
    enter(MALUS, PUBLISHED, 2),
    enter(RECTIFY, PUBLISHED, 3),
    enter(CREDIT, PUBLISHED, 4),
    enter(CREDIT, PUBLISHED, 5, to="m"),
]
WHAT_HAPPENED = [
    Event(1, "notice_served", "e3", date(2026, 1, 20)),
    Event(2, "bid_won", "p", date(2026, 6, 10), {"in_county": "true"}),
    Event(3, "reinspection_passed", "e3", date(2026, 6, 30)),
]


@pytest.mark.parametrize(
    ("day", "bonus", "malus"),
    [
        (date(2026, 1, 19), 0, 0),
        (date(2026, 1, 20), 3, -3),
        (date(2026, 6, 1), 3, -3),
        (date(2026, 6, 9), 3, -3),
        (date(2026, 6, 10), 0, -3),
        (date(2026, 7, 1), 0, -3),
        (date(2027, 1, 19), 0, -3),
        (date(2027, 1, 20), 0, 0),
    ],
)
def test_company_with_an_a_and_a_d_nets_nothing_until_a_win_ends_its_bonus(day, bonus, malus):
    states = ledger_on(COMPANY_P, WHAT_HAPPENED, [published("2025", PUBLISHED)], day, OFFICIAL)
    assert points(states).get("bid_points", (0, 0)) == (bonus, malus)
    assert net(states).get("bid_points", 0) == bonus + malus


def test_passing_re_inspection_ends_the_block_and_nothing_else():
    after = {s.entry.id: s for s in ledger_on(COMPANY_P, WHAT_HAPPENED, (), date(2026, 6, 30), OFFICIAL)}
    before = {s.entry.id: s for s in ledger_on(COMPANY_P, WHAT_HAPPENED, (), date(2026, 6, 29), OFFICIAL)}
    assert before[3].status == "active"
    assert (before[3].start, before[3].due, before[3].until) == (PUBLISHED, date(2026, 7, 20), None)
    assert (after[3].status, after[3].until, after[3].ended_by) == (
        "ended",
        date(2026, 6, 30),
        "event reinspection_passed",
    )
    assert [after[i].status for i in (2, 4, 5)] == ["active", "active", "active"]


# --- boundary tests of the scheme --------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "expected"), [(date(2026, 1, 19), 3), (date(2026, 1, 20), 0)])
def test_bonus_counts_up_to_the_day_before_two_years_are_over(day, expected):
    assert sum_on([enter(BONUS, date(2024, 1, 20), period="2023")], day) == expected


def test_three_as_and_a_d_give_nine_and_cost_three():
    entries = [enter(replace(BONUS, subject=f"e{n}"), PUBLISHED, n) for n in range(3)] + [enter(MALUS, PUBLISHED, 3)]
    states = ledger_on(entries, (), (), PUBLISHED, OFFICIAL)
    assert points(states) == {"bid_points": (9, -3)}
    assert net(states) == {"bid_points": 6}


def test_two_ds_cost_six():
    entries = [enter(replace(MALUS, subject=f"e{n}"), PUBLISHED, n) for n in range(2)]
    assert net(ledger_on(entries, (), (), PUBLISHED, OFFICIAL)) == {"bid_points": -6}


def test_nothing_in_force_adds_up_to_nothing():
    assert net(ledger_on([enter(CREDIT, PUBLISHED)], (), (), PUBLISHED, OFFICIAL)) == {}


def test_a_in_two_years_running_is_renewed_and_not_doubled():
    entries = [enter(BONUS, YEARS[2024], 1, "2024"), enter(BONUS, YEARS[2025], 2, "2025", evaluation=2)]
    assert [sum_on(entries, YEARS[2025] + timedelta(days=d)) for d in (-1, 0, 1)] == [3, 3, 3]
    assert stand(entries, YEARS[2025]) == [
        ("ended", YEARS[2024], YEARS[2025], "renewed"),
        ("active", YEARS[2025], date(2028, 1, 20), "lasts"),
    ]
    assert sum_on(entries, date(2028, 1, 19)) == 3
    assert sum_on(entries, date(2028, 1, 20)) == 0


def test_what_stacks_always_counts_each_time():
    always = replace(BONUS, stacks="always")
    entries = [enter(always, YEARS[2024], 1, "2024"), enter(always, YEARS[2025], 2, "2025", evaluation=2)]
    assert sum_on(entries, YEARS[2025]) == 6


def test_a_win_does_not_end_a_deduction():
    win = [Event(1, "bid_won", "p", date(2026, 2, 1), {"in_county": "true"})]
    assert sum_on([enter(MALUS, PUBLISHED)], date(2026, 2, 1), win) == -3


@pytest.mark.parametrize("fields", [{}, {"in_county": "false"}])
def test_a_win_elsewhere_ends_nothing(fields):
    win = [Event(1, "bid_won", "p", date(2026, 2, 1), fields)]
    assert sum_on([enter(BONUS, PUBLISHED)], date(2026, 2, 1), win) == 3


def test_a_win_of_another_company_ends_nothing():
    win = [Event(1, "bid_won", "q", date(2026, 2, 1), {"in_county": "true"})]
    assert sum_on([enter(BONUS, PUBLISHED)], date(2026, 2, 1), win) == 3


def test_a_win_ends_all_points_in_force_and_leaves_later_ones_alone():
    entries = [
        enter(BONUS, YEARS[2024], 1, "2024"),
        enter(replace(BONUS, subject="e9"), YEARS[2024], 2, "2024"),
        enter(BONUS, YEARS[2025], 3, "2025", evaluation=2),
    ]
    win = [Event(1, "bid_won", "p", date(2025, 9, 1), {"in_county": "true"})]
    assert [sum_on(entries, day, win) for day in (date(2025, 8, 31), date(2025, 9, 1), YEARS[2025])] == [6, 0, 3]


def test_a_win_on_the_day_the_bonus_starts_ends_it_before_it_ever_counts():
    win = [Event(1, "bid_won", "p", PUBLISHED, {"in_county": "true"})]
    assert stand([enter(BONUS, PUBLISHED)], PUBLISHED, win) == [("ended", PUBLISHED, PUBLISHED, "event bid_won")]


# --- starts, ends, duties ----------------------------------------------------------------------------------------


def test_what_waits_for_an_event_is_pending_until_it_comes():
    served = [Event(1, "notice_served", "e3", date(2026, 2, 3))]
    assert stand([enter(RECTIFY, PUBLISHED)], date(2026, 2, 2), served) == [("pending", None, None, "")]
    assert stand([enter(RECTIFY, PUBLISHED)], date(2026, 2, 3), served) == [("active", date(2026, 2, 3), None, "")]


@pytest.mark.parametrize("of", ["e3", "p", ""])
def test_an_event_of_the_subject_the_addressee_or_the_scheme_starts_an_entry(of):
    served = [Event(1, "notice_served", of, date(2026, 2, 3))]
    assert stand([enter(RECTIFY, PUBLISHED)], date(2026, 2, 3), served)[0][0] == "active"


def test_an_event_of_somebody_else_or_before_publication_starts_nothing():
    served = [
        Event(1, "notice_served", "e4", date(2026, 2, 3)),
        Event(2, "notice_served", "e3", PUBLISHED - timedelta(days=1)),
    ]
    assert stand([enter(RECTIFY, PUBLISHED)], date(2026, 3, 1), served) == [("pending", None, None, "")]


def test_the_due_day_falls_on_the_months_end_and_the_block_stays_after_it():
    served = [Event(1, "notice_served", "e3", date(2026, 8, 31))]
    [on_due] = ledger_on([enter(RECTIFY, PUBLISHED)], served, (), date(2027, 3, 1), OFFICIAL)
    [after] = ledger_on([enter(RECTIFY, PUBLISHED)], served, (), date(2027, 3, 2), OFFICIAL)
    assert (on_due.status, on_due.due) == ("active", date(2027, 3, 1))  # 28 February, a Sunday, and so the day after
    assert on_due.due_provisional  # nobody had set the holidays of 2027 then
    assert (after.status, after.until) == ("overdue", None)
    late = [*served, Event(2, "reinspection_passed", "e3", date(2027, 4, 1))]
    assert stand([enter(RECTIFY, PUBLISHED)], date(2027, 4, 1), late) == [
        ("ended", date(2026, 8, 31), date(2027, 4, 1), "event reinspection_passed")
    ]


def test_a_duty_that_ends_when_overdue_still_stands_on_its_due_day():
    duty = replace(RECTIFY, starts="publication", on_overdue="ends")
    assert stand([enter(duty, PUBLISHED)], date(2026, 7, 20))[0][0] == "active"
    assert stand([enter(duty, PUBLISHED)], date(2026, 7, 21)) == [("ended", PUBLISHED, date(2026, 7, 21), "due")]


def test_re_inspection_of_another_estate_closes_nothing():
    events = [*WHAT_HAPPENED[:2], Event(3, "reinspection_passed", "e2", date(2026, 6, 30))]
    assert stand([COMPANY_P[2]], date(2026, 7, 20), events)[0][0] == "active"


def test_what_should_start_on_a_day_nobody_entered_starts_at_publication():
    assert stand([enter(replace(FINDING, starts=""), PUBLISHED)], PUBLISHED)[0][:2] == ("overdue", PUBLISHED)


def test_a_finding_is_a_duty_from_its_day_due_on_the_day_it_names():
    entry = enter(FINDING, date(2025, 3, 10), period="2025Q1")
    [before, on_due, after] = [
        ledger_on([entry], (), (), day, OFFICIAL)[0] for day in (date(2025, 3, 9), date(2025, 3, 20), date(2025, 3, 21))
    ]
    assert (before.status, before.start) == ("pending", date(2025, 3, 5))
    assert (on_due.status, on_due.due) == ("active", date(2025, 3, 20))
    assert (after.status, after.until) == ("overdue", None)


def test_a_re_inspection_that_names_a_record_closes_that_finding_only():
    entries = [
        enter(FINDING, PUBLISHED, 1),
        enter(replace(FINDING, at="F2"), PUBLISHED, 2),
        enter(RECTIFY, PUBLISHED, 3),
    ]
    entries[2] = replace(entries[2], consequence=replace(RECTIFY, subject="e1", starts="publication"))
    one = [Event(1, "reinspection_passed", "e1", date(2026, 2, 1), {"record_no": "F2"})]
    every = [Event(1, "reinspection_passed", "e1", date(2026, 2, 1))]
    assert [s[0] for s in stand(entries, date(2026, 2, 1), one)] == ["overdue", "ended", "active"]
    assert [s[0] for s in stand(entries, date(2026, 2, 1), every)] == ["ended", "ended", "ended"]


def test_findings_of_one_estate_do_not_renew_each_other():
    entries = [
        enter(FINDING, PUBLISHED, 1),
        enter(replace(FINDING, at="F2", starts="2025-06-01", until="2025-06-20"), PUBLISHED, 2),
    ]
    assert [s[0] for s in stand(entries, PUBLISHED)] == ["overdue", "overdue"]


def test_a_fixed_date_ends_what_is_no_duty_on_that_day():
    entry = enter(replace(FLAG, until="2026-03-01"), PUBLISHED)
    assert stand([entry], date(2026, 2, 28)) == [("active", PUBLISHED, date(2026, 3, 1), "until")]
    assert stand([entry], date(2026, 3, 1)) == [("ended", PUBLISHED, date(2026, 3, 1), "until")]


def test_an_event_may_end_an_entry():
    entry = enter(replace(FLAG, until="award_meeting"), PUBLISHED)
    meeting = [Event(1, "award_meeting", "", date(2026, 2, 5))]
    assert stand([entry], date(2026, 2, 4), meeting) == [("active", PUBLISHED, None, "")]
    assert stand([entry], date(2026, 2, 5), meeting) == [("ended", PUBLISHED, date(2026, 2, 5), "event award_meeting")]


def test_a_credit_entry_without_an_end_stays():
    assert stand([enter(CREDIT, PUBLISHED)], date(2099, 1, 1)) == [("active", PUBLISHED, None, "")]


def test_a_notice_that_has_not_been_published_yet_is_pending_with_its_start():
    assert stand([enter(BONUS, PUBLISHED)], PUBLISHED - timedelta(days=1)) == [("pending", PUBLISHED, None, "")]


# --- next result -------------------------------------------------------------------------------------------------

Q1, Q2 = date(2025, 4, 12), date(2025, 7, 11)


def flag(quarter, on, entry_id=1, period=None, evaluation=1):
    return enter(in_window(FLAG, quarter), on, entry_id, period or quarter, evaluation=evaluation)


def test_a_flag_hangs_until_the_next_quarters_result():
    later = [published("2025Q1", Q1), published("2025Q2", Q2, 2)]
    assert stand([flag("2025Q1", Q1)], Q2 - timedelta(days=1), (), later) == [("active", Q1, None, "")]
    assert stand([flag("2025Q1", Q1)], Q2, (), later) == [("ended", Q1, Q2, "next_result")]


@pytest.mark.parametrize(
    "other",
    [
        published("2024Q4", Q2),
        published("2025Q1", Q2),
        published("2024", Q2),
        Publication("ten-star", "2025Q2", "quarter", Q2),
    ],
)
def test_a_result_of_an_earlier_quarter_the_year_before_or_another_scheme_takes_no_flag_down(other):
    assert stand([flag("2025Q1", Q1)], Q2, (), [published("2025Q1", Q1), other])[0][0] == "active"


def test_of_two_quarters_published_on_one_day_only_the_later_ones_flags_hang():
    both = [published("2025Q1", Q2, 1), published("2025Q2", Q2, 2)]
    entries = [flag("2025Q1", Q2, 1), replace(flag("2025Q2", Q2, 2, evaluation=2), addressee="q")]
    assert stand(entries, Q2, (), both) == [("ended", Q2, Q2, "next_result"), ("active", Q2, None, "")]


def test_a_years_result_takes_down_flags_of_its_earlier_quarters_but_not_of_the_last():
    year = [published("2025", PUBLISHED)]
    entries = [flag(f"2025Q{n}", PUBLISHED, n, "2025") for n in (1, 2, 3, 4)]
    assert [s[0] for s in stand(entries, PUBLISHED, (), year)] == ["ended", "ended", "ended", "active"]


def test_a_certificate_waits_for_the_meeting_and_falls_away_if_none_comes_before_the_next_result():
    entry = enter(replace(CERTIFICATE, subject="e1"), PUBLISHED)
    years = [published("2025", PUBLISHED), published("2026", YEARS[2026], 2)]
    meeting = [Event(1, "award_meeting", "", date(2026, 2, 5))]
    assert stand([entry], YEARS[2026], meeting, years) == [("ended", date(2026, 2, 5), YEARS[2026], "next_result")]
    assert stand([entry], YEARS[2026], (), years) == [("ended", None, YEARS[2026], "next_result")]
    too_late = [Event(1, "award_meeting", "", date(2027, 2, 5))]
    assert stand([entry], date(2027, 2, 5), too_late, years)[0][0] == "ended"


# --- published again ---------------------------------------------------------------------------------------------

AGAIN = date(2026, 2, 15)
TWICE = [published("2025", PUBLISHED, 1), published("2025", AGAIN, 2)]


def test_a_corrected_result_takes_the_place_of_the_first_without_lengthening_the_term():
    entries = [enter(BONUS, PUBLISHED, 1, evaluation=1), enter(BONUS, AGAIN, 2, evaluation=2)]
    assert stand(entries, AGAIN, (), TWICE) == [
        ("ended", PUBLISHED, AGAIN, "superseded"),
        ("active", PUBLISHED, date(2028, 1, 20), "lasts"),
    ]
    assert [sum_on(entries, day, (), TWICE) for day in (AGAIN - timedelta(days=1), AGAIN)] == [3, 3]
    assert sum_on(entries, date(2028, 1, 20), (), TWICE) == 0


def test_publishing_again_does_not_revive_points_a_win_has_used_up():
    entries = [enter(BONUS, PUBLISHED, 1, evaluation=1), enter(BONUS, AGAIN, 2, evaluation=2)]
    win = [Event(1, "bid_won", "p", date(2026, 2, 1), {"in_county": "true"})]
    assert [sum_on(entries, day, win, TWICE) for day in (date(2026, 1, 31), date(2026, 2, 1), AGAIN)] == [3, 0, 0]


def test_what_the_corrected_result_no_longer_says_ends_when_it_is_published():
    entries = [enter(BONUS, PUBLISHED, 1, evaluation=1), enter(replace(MALUS, subject="e2"), AGAIN, 2, evaluation=2)]
    assert [sum_on(entries, day, (), TWICE) for day in (AGAIN - timedelta(days=1), AGAIN)] == [3, -3]


def test_a_withdrawn_a_renews_nothing_and_the_year_before_goes_on():
    entries = [enter(BONUS, YEARS[2024], 1, "2024", evaluation=9), enter(BONUS, PUBLISHED, 2, "2025", evaluation=1)]
    assert [s[0] for s in stand(entries, PUBLISHED, (), TWICE)] == ["ended", "active"]
    assert [s[0] for s in stand(entries, AGAIN, (), TWICE)] == ["active", "ended"]
    assert sum_on(entries, date(2027, 1, 19), (), TWICE) == 3
    assert sum_on(entries, date(2027, 1, 20), (), TWICE) == 0


def test_the_same_window_published_alone_and_with_the_year_counts_once():
    quarter = in_window(BONUS, "2025Q4")
    entries = [enter(quarter, date(2026, 1, 12), 1, "2025Q4"), enter(quarter, PUBLISHED, 2, "2025", evaluation=2)]
    assert sum_on(entries, PUBLISHED) == 3
    assert sum_on(entries, date(2028, 1, 12)) == 0


# --- what a publication opens ------------------------------------------------------------------------------------


def results(*consequences):
    subject = SubjectResult("e1", "estate", "翠湖花园", "final", grade="A", consequences=consequences)
    parent = SubjectResult(
        "t1", "town", "石桥镇", "final", consequences=(Consequence("roll", "t1", ("t1",), "notice"),)
    )
    return Result("property-abcd", "1", "2025", (subject,), (parent,))


SCHEME = Scheme(
    "property-abcd",
    "1",
    Title("住宅小区物业管理考核"),
    "estate",
    "year",
    {},
    "property-abcd.yaml",
    "",
    "",
    Place("property-abcd.yaml"),
    publishes={"quarters": "quarter_score"},
)
FOUND = results(
    replace(CREDIT, to=("p", "m", "p")),
    in_window(FLAG, "2025Q1"),
    in_window(FLAG, "2025Q2"),
    replace(FINDING, at="F1"),
)


def opens(period, on, *earlier):
    found = opened(FOUND, SCHEME, period, published(period, on), earlier)
    return [(to, consequence.id, consequence.at) for to, consequence in found]


def test_a_years_publication_opens_an_entry_for_each_addressee_once():
    assert opens("2025", PUBLISHED) == [
        ("p", "credit_entry", ""),
        ("m", "credit_entry", ""),
        ("p", "hang_red_flag", "2025Q1"),
        ("p", "hang_red_flag", "2025Q2"),
        ("p", "rectify_finding", "F1"),
        ("t1", "roll", ""),
    ]


def test_a_quarters_publication_opens_its_own_flags_and_findings():
    assert opens("2025Q2", Q2) == [("p", "hang_red_flag", "2025Q2"), ("p", "rectify_finding", "F1")]


def test_flags_of_a_quarter_published_by_itself_are_not_opened_again_with_the_year():
    again = opens("2025", PUBLISHED, published("2025Q1", Q1), Publication("ten-star", "2025Q2", "quarter", Q2))
    assert [at for _, name, at in again if name == "hang_red_flag"] == ["2025Q2"]


def test_a_finding_opened_with_its_quarter_is_not_opened_again_with_the_year_unless_it_was_corrected():
    year = published("2025", PUBLISHED, evaluation=3)
    quarter = [enter(FINDING, Q1, period="2025Q1")]
    again = [consequence.id for _, consequence in opened(FOUND, SCHEME, "2025", year, (), quarter)]
    assert "rectify_finding" not in again
    corrected = [enter(replace(FINDING, until="2025-03-31"), Q1, period="2025Q1")]
    assert "rectify_finding" in [c.id for _, c in opened(FOUND, SCHEME, "2025", year, (), corrected)]
    withdrawn = [*quarter, enter(CREDIT, Q2, 2, "2025Q1", evaluation=2)]
    assert "rectify_finding" in [c.id for _, c in opened(FOUND, SCHEME, "2025", year, (), withdrawn)]


def test_publishing_a_year_again_opens_everything_again():
    once = [enter(FINDING, PUBLISHED), enter(CREDIT, PUBLISHED, 2)]
    again = opened(FOUND, SCHEME, "2025", published("2025", AGAIN, evaluation=2), (), once)
    assert {consequence.id for _, consequence in again} >= {"rectify_finding", "credit_entry"}
    yearly = results(in_window(FLAG, "2025"))
    assert [c.at for _, c in opened(yearly, SCHEME, "2025", published("2025", AGAIN, 2), TWICE)] == ["2025", ""]


# --- laws --------------------------------------------------------------------------------------------------------

DAYS = st.integers(0, 1500).map(lambda n: date(2024, 1, 1) + timedelta(days=n))
CONSEQUENCES = st.builds(
    replace,
    st.sampled_from([BONUS, MALUS, RECTIFY, FLAG, CREDIT, CERTIFICATE, FINDING]),
    subject=st.sampled_from(["e1", "e2"]),
    stacks=st.just("per subject"),
)
EVENTS = st.lists(
    st.builds(
        Event,
        st.integers(1, 9),
        st.sampled_from(["bid_won", "notice_served", "reinspection_passed", "award_meeting"]),
        st.sampled_from(["p", "e1", "e2", ""]),
        DAYS,
        st.sampled_from([{}, {"in_county": "true"}, {"record_no": "F1"}]),
    ),
    max_size=6,
)


@st.composite
def ledgers(draw):
    """Publications of three years, some twice, each with its entries; every entry with its own number."""
    publications, entries = [], []
    for number, period in enumerate(draw(st.lists(st.sampled_from(["2024", "2025", "2026"]), max_size=5))):
        publication = published(period, draw(DAYS), number + 1)
        publications.append(publication)
        for consequence in draw(st.lists(CONSEQUENCES, max_size=4)):
            entries.append(
                enter(consequence, publication.on, len(entries) + 1, period, evaluation=publication.evaluation)
            )
    return entries, publications


def causes(states):
    return [(s.entry.consequence.id, s.entry.consequence.subject, s.entry.addressee) for s in states]


@given(ledgers(), EVENTS, DAYS)
def test_a_ledger_never_counts_one_cause_twice(ledger, events, day):
    entries, publications = ledger
    in_force = causes(s for s in ledger_on(entries, events, publications, day, OFFICIAL) if s.status in IN_FORCE)
    assert len(in_force) == len(set(in_force))


@given(ledgers(), EVENTS, DAYS)
def test_entering_everything_twice_changes_no_sum(ledger, events, day):
    entries, publications = ledger
    twice = [*entries, *(replace(entry, id=entry.id + 100) for entry in entries)]
    once = net(ledger_on(entries, events, publications, day, OFFICIAL))
    assert net(ledger_on(twice, events, publications * 2, day, OFFICIAL)) == once


@given(ledgers(), EVENTS, DAYS, st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_does_not_matter(ledger, events, day, random):
    entries, publications = ledger
    expected = ledger_on(entries, events, publications, day, OFFICIAL)
    shuffled = [random.sample(part, len(part)) for part in (entries, events, publications)]
    assert ledger_on(*shuffled, day, OFFICIAL) == expected


@given(ledgers(), EVENTS, DAYS, DAYS)
def test_an_entry_goes_from_pending_to_active_to_ended_and_never_back(ledger, events, first, second):
    entries, publications = ledger
    stages = ["pending", "active", "overdue", "ended"]
    early, late = sorted((first, second))
    then = {s.entry.id: s for s in ledger_on(entries, events, publications, early, OFFICIAL)}
    for state in ledger_on(entries, events, publications, late, OFFICIAL):
        before = then[state.entry.id]
        if before.ended_by != "renewed":  # a renewal that a correction withdraws never was one
            assert stages.index(before.status) <= stages.index(state.status)


@given(ledgers(), EVENTS, DAYS)
@example(
    ([enter(FINDING, date(2025, 4, 1), period="2025")], [published("2025", date(2025, 4, 1))]), [], date(2025, 3, 6)
)
def test_every_state_agrees_with_its_days(ledger, events, day):
    entries, publications = ledger
    for state in ledger_on(entries, events, publications, day, OFFICIAL):
        begun = state.start is not None and state.start <= day and state.entry.published_on <= day
        over = state.until is not None and state.until <= day
        late = state.due is not None and state.due < day
        assert state.status == ("ended" if over else "pending" if not begun else "overdue" if late else "active")


@given(ledgers(), EVENTS, DAYS)
def test_what_happens_later_changes_nothing_on_a_day(ledger, events, day):
    entries, publications = ledger
    past = [event for event in events if event.on <= day], [p for p in publications if p.on <= day]
    assert ledger_on(entries, events, publications, day, OFFICIAL) == ledger_on(entries, *past, day, OFFICIAL)
