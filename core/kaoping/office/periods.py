"""Periods as commands name them: one that a scheme judges or publishes."""

from __future__ import annotations

from datetime import date

from kaoping.errors import UsageError
from kaoping.facts.periods import CAMPAIGN, WINDOWS, Period, parse_period, period_holding
from kaoping.scheme.model import Scheme


def read_period(scheme: Scheme, text: str) -> Period:
    """The period a text names; a campaign may be named by the year it begins in, where it is the only one.

    Raises:
        UsageError: it is none, or none that the scheme judges or publishes; those that do are named.
    """
    span = parse_period(text)
    begun = [campaign for campaign in scheme.campaigns if campaign.start.year == span.start.year]
    if scheme.period == CAMPAIGN and span.kind == "year" and len(begun) == 1:
        return begun[0]
    kinds = [scheme.period, *(WINDOWS[part] for part in scheme.parts)]
    if span.kind in kinds and (span.kind != CAMPAIGN or span in scheme.campaigns):
        return span
    usable = [form for kind in kinds for form in _forms(scheme, kind, span.start.year)]
    raise UsageError("office.period-does-not-fit", scheme=scheme.id, period=text, usable=", ".join(usable))


def _forms(scheme: Scheme, kind: str, year: int) -> list[str]:
    if kind == CAMPAIGN:
        return [campaign.text for campaign in scheme.campaigns]
    day = date(year, 9 if kind == "school_year" else 1, 4)  # the fourth of January lies in the first week
    return [period_holding(day, kind).text]
