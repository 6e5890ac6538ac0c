"""Finding a subject by what a person calls it, and days and moments as a person writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from kaoping.errors import UsageError, nearest
from kaoping.facts.frame import Subject
from kaoping.facts.types import Title
from kaoping.office.desk import CHINA
from kaoping.store.moments import moment_text

SHOWN = 8
"""So many subjects whose names hold a word are named."""


def find_subject(subjects: Mapping[str, Subject], wanted: str | None) -> Subject:
    """The subject of an id, or else of a title.

    Raises:
        UsageError: there is none (the nearest is named), or several have the title.
    """
    if not wanted:
        raise UsageError("office.no-subject-given")
    if wanted in subjects:
        return subjects[wanted]
    found = [subject for subject in subjects.values() if subject.title == wanted]
    if len(found) > 1:
        raise UsageError("office.ambiguous-subject", title=wanted, ids=", ".join(one.id for one in found))
    if found:
        return found[0]
    holding = [f"{one.title} [{one.id}]" for one in subjects.values() if wanted in one.title or wanted in one.id]
    if len(holding) > 1:
        shown, more = holding[:SHOWN], len(holding) - SHOWN
        names = Title("、".join(shown), ", ".join(shown))
        hint = "office.which-subject-of-many" if more > 0 else "office.which-subject"
        raise UsageError("office.unknown-subject", subject=wanted, near=names, count=more, hint=hint)
    close = nearest(wanted, [*subjects, *(subject.title for subject in subjects.values())])
    near_hint = "common.did-you-mean" if close else None
    raise UsageError("office.unknown-subject", subject=wanted, near=close, hint=near_hint)


def read_day(text: str) -> date:
    """A day written as people write days in files: ``2026-01-20``.

    Raises:
        UsageError: it is none.
    """
    try:
        return date.fromisoformat(text.strip().replace("/", "-").replace(".", "-"))
    except ValueError:
        raise UsageError("office.not-a-day", text=text) from None


def read_moment(text: str | None) -> str | None:
    """A moment as the store keeps it: a day means its end, in China; a time without a zone is UTC.

    Raises:
        UsageError: it is neither.
    """
    if text is None:
        return None
    try:
        if len(text.strip()) == len("2026-01-20"):
            midnight = datetime.combine(date.fromisoformat(text.strip()) + timedelta(days=1), time(), CHINA)
            return moment_text(midnight - timedelta(microseconds=1))
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError("office.not-a-moment", text=text) from None
    return moment_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
