"""Periods as commands name them: one that a scheme judges or publishes."""

from __future__ import annotations

from datetime import date

from kaoping.errors import KaopingError, UsageError
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


def in_force(scheme: Scheme, span: Period) -> bool:
    """Is the scheme in force on some day of the period?"""
    since, until = scheme.in_force
    return not ((since and span.end < since) or (until and span.start >= until))


def why_unfit(scheme: Scheme, text: str) -> KaopingError | None:
    """Why a scheme does not judge a period, or None where it does and is in force."""
    try:
        span = read_period(scheme, text)
    except UsageError as error:
        if error.key != "office.period-does-not-fit":
            raise
        return error
    if in_force(scheme, span):
        return None
    since, until = scheme.in_force
    return UsageError("office.not-in-force", since=since or "", until=until or "", period=span.text)


def _forms(scheme: Scheme, kind: str, year: int) -> list[str]:
    if kind == CAMPAIGN:
        return [campaign.text for campaign in scheme.campaigns]
    day = date(year, 9 if kind == "school_year" else 1, 4)  # the fourth of January lies in the first week
    return [period_holding(day, kind).text]
