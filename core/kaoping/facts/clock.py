"""Times of day: written ``16:00`` or ``16:00:30``, reckoned with as whole seconds since midnight."""

from __future__ import annotations

import re
from datetime import time

LAST_SECOND = 24 * 60 * 60 - 1
_FORM = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?", re.ASCII)


def read_time(text: str) -> time | None:
    """The time of day a text writes, or None; there is no 24:00."""
    found = _FORM.fullmatch(text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
        return None
    return time.fromisoformat(text)


def time_text(moment: time) -> str:
    """A time of day as `read_time` reads it back; seconds where there are any."""
    return moment.isoformat("seconds" if moment.second else "minutes")


def seconds_of(moment: time) -> int:
    """How many seconds after midnight."""
    return (moment.hour * 60 + moment.minute) * 60 + moment.second


def time_at(seconds: int) -> time:
    """The time of day so many seconds after midnight."""
    minutes, second = divmod(seconds, 60)
    return time.fromisoformat(f"{minutes // 60:02}:{minutes % 60:02}:{second:02}")
