"""Who hangs by a thread before publication."""

from __future__ import annotations

from typing import Any

from kaoping.errors import UsageError
from kaoping.evaluation.tailored import compile_tailored
from kaoping.facts.values import number_text, read_number
from kaoping.insight.fragile import fragility
from kaoping.office.desk import Desk
from kaoping.office.periods import read_period
from kaoping.office.suppositions import frame_now, tailoring_notes
from kaoping.office.tailorings import tailored_for, tailoring_data
from kaoping.office.titles import title_data, titles


def fragile(desk: Desk, scheme_id: str, period: str, *, within: str, tailoring: str | None = None) -> dict[str, Any]:
    """The subjects whose grade a change of one number under `within` hundredths of its range would turn.

    Raises:
        UsageError: `within` is no number of hundredths, or the period does not fit.
    """
    percent = read_number(within.rstrip("%"))
    if percent is None or not 0 < percent <= 100:
        raise UsageError("insight.not-a-share", text=within)
    plugins = desk.plugins
    scheme = tailored_for(desk, plugins.scheme(scheme_id), tailoring)
    span = read_period(scheme, period)
    period = span.text
    if span.kind != scheme.period:
        raise UsageError("insight.no-grade-in-part", scheme=scheme_id, period=period)
    if scheme.grade is None:
        raise UsageError("insight.no-grades", scheme=scheme_id)
    plan = compile_tailored(scheme, plugins.catalogue)
    with desk.opened() as store:
        frame = frame_now(desk, store, plan, span)
    step = desk.say("insight.looking-for-threads", scheme=scheme_id)
    found = fragility(plan, frame, percent, lambda done, total: desk.tell(step, done, total))
    return {
        "scheme": scheme_id,
        "title": title_data(scheme.title),
        "edition": scheme.edition,
        "tailoring": tailoring_data(scheme),
        "notes": tailoring_notes(desk, scheme, span),
        "period": span.text,
        "within": number_text(percent),
        "subjects": found.subjects,
        "undecided": found.undecided,
        "numbers": found.numbers,
        "fragile": [
            {
                **{name: value for name, value in vars(flip).items() if name != "to"},
                **{name: number_text(getattr(flip, name)) for name in ("value", "becomes", "change", "share")},
                "to": list(flip.to),
            }
            for flip in found.flips
        ],
        "titles": titles(scheme, plan.catalogue),
    }
