"""Calendars in SQL: the windows that a scheme writes or an office enters, in rows of a frame as in the reference."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from sql_world import differences
from test_calendars import EACH, ENTERED, OWN, SEMESTERS, VISITS, evaluation, scheme

from kaoping.facts.periods import parse_period
from kaoping.facts.rows import NewSubject, NewValue, NewWindow
from kaoping.store.batches import Act
from kaoping.store.connection import create
from kaoping.store.facts import append
from kaoping.store.log import log_now
from kaoping_sql import frames, opinion
from kaoping_sql.keeper import keep
from kaoping_sql.opinion import FULL
from kaoping_sql.words import NoFormError


@pytest.mark.parametrize(("calendars", "entered"), [(SEMESTERS, {}), (OWN, {"semesters": ENTERED})])
@pytest.mark.parametrize("blank", [False, True])
@pytest.mark.parametrize(
    "expression",
    [
        "count(semesters)",
        "mean(semesters, rate, if_none=0)",
        "sum(semesters, or_else(previous(rate), 0))",
        "sum(past(semesters, 1), rate)",
        "sum(semesters, days(window_start, window_end))",
        "count(semesters, count(visit) >= 2)",
    ],
)
def test_sql_finds_what_the_reference_finds(expression, blank, calendars, entered):
    plan = scheme(expression, calendars, EACH, more=VISITS)
    rates = {"spring-2025": 80} if blank else {"spring-2025": 80, "autumn-2025": 70}
    one = evaluation(plan, {"rate": rates}, entered, records=["2025-03-01", "2025-03-02", "2025-09-01"])
    for points in (True, False):
        lines, cells = differences(plan, one.frame, points)
        assert (lines, cells > 2) == ([], True)


def test_every_day_of_a_year_is_gone_through_and_more_columns_than_a_row_may_have_are_refused(monkeypatch):
    plan = scheme("count(days, count(visit) >= 2)", more=VISITS)
    one = evaluation(plan, records=["2025-03-01", "2025-03-01", "2025-09-01"])
    assert differences(plan, one.frame, points=False)[0] == []
    monkeypatch.setattr(opinion, "MOST_COLUMNS", 300)
    with pytest.raises(NoFormError) as refusal:
        differences(plan, one.frame)
    assert refusal.value.facts["what"] == "estate: 731 columns"


def test_each_window_of_a_measure_has_a_value_of_its_own():
    more = "  each: {for_each: semesters, value: rate / 2, title: {zh: 半, en: Half}}\n"
    plan = scheme("sum(semesters, each)", facts=EACH, measures=more)
    one = evaluation(plan, {"rate": {"spring-2025": 80, "autumn-2025": 70}})
    assert differences(plan, one.frame, points=False)[0] == []


def test_frame_kept_from_the_log_knows_the_windows_as_they_were_last_corrected(tmp_path):
    plan = scheme("sum(semesters, rate * days(window_start, window_end))", OWN, EACH)
    span, today = parse_period("2025"), date(2026, 6, 1)
    autumn = NewWindow("semesters", "2025秋", date(2025, 9, 1), date(2026, 1, 30))
    rows = [NewSubject("e", "estate", "一号院"), NewValue("e", "rate", "2025秋", "", Fraction(80)), autumn]

    def found(store):
        kept = keep(plan, log_now(store, plan.needs, span, today), tmp_path / "f.db")
        batch = frames.Batch(plan, frames.read_about(tmp_path / "f.db"), FULL)
        frames.in_sqlite(batch, tmp_path / "f.db", tmp_path / "r.db")
        (row,) = frames.Results(tmp_path / "r.db", "sqlite").rows("SELECT * FROM {}")
        return kept.how, batch.statement.read("e", row).measures["it", ""]

    with create(tmp_path / "k.db") as store:
        append(store, rows, Act("李", "import"), datetime(2026, 2, 1, tzinfo=UTC))
        assert found(store) == ("built", 80 * 151)
        later = replace(autumn, last=date(2026, 1, 23))
        append(store, [later], Act("李", "import"), datetime(2026, 2, 2, tzinfo=UTC), correct="通知改了")
        assert found(store) == ("updated", 80 * 144)
        about = frames.read_about(tmp_path / "f.db")
        assert about.bare().calendars["semesters"][0].end == date(2026, 1, 23)
