"""Facts of frames in memory written into databases, and frames kept from those compared with ones built in memory."""

from datetime import UTC, datetime, timedelta

from small_schemes import TITLE

from kaoping.facts.rows import NewClosing, NewEdge, NewRecord, NewRegister, NewSubject, NewValue
from kaoping.store.batches import Act
from kaoping.store.connection import create
from kaoping.store.facts import append
from kaoping.store.frames import load_frame
from kaoping.store.log import log_now
from kaoping_sql import frames
from kaoping_sql.keeper import keep

RELATED = (
    "scheme: small\nedition: '1'\n"
    + TITLE
    + "\nsource: {document: 试}\nsubject: estate\nperiod: year\n"
    + "subject_types:\n  shop: {zh: 店, en: shop}\n"
    + f"relations:\n  group: {{of: estate, to: shop, {TITLE}}}\n"
    + f"facts:\n  c: {{type: integer, min: 1, max: 4, {TITLE}}}\n"
    + f"  m: {{type: number, min: -2, max: 4, of: shop, {TITLE}}}\n"
    + f"measures:\n  v: {{value: 'count(group, m > 0) + c', {TITLE}}}\n"
    + "grade:\n  score: v\n  bands: {A: 'v > 2', B: otherwise}\n  titles: {A: {zh: 甲, en: A}, B: {zh: 乙, en: B}}\n"
)
"""A scheme of estates that counts something of the shops that belong to them."""

NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
ACT = Act("李芳", "import")


def rows_of(frame, catalogue, scheme):
    """The rows that make a frame's facts known."""
    rows = [NewSubject(one.id, one.type, one.title, one.since, one.until) for one in frame.subjects.values()]
    for (subject, fact), values in frame.values.items():
        rows += [NewValue(subject, fact, at, item, value) for (at, item), value in values.items()]
    for (subject, name), records in frame.records.items():
        rows += [NewRecord(subject, name, record.no, record.fields) for record in records]
    for (subject, name), day in frame.complete_through.items():
        rows.append(NewRegister(subject, name, day, "李芳"))
    for (relation, subject), edges in frame.edges.items():
        if relation in catalogue.relations:
            known = [edge for edge in edges if edge.to in frame.subjects]  # a case need not describe every member
            rows += [NewEdge(relation, subject, edge.to, edge.since, edge.until) for edge in known]
    return rows + [NewClosing(scheme, period, "李芳") for period in sorted(frame.closed)]


def database(path, frame, plan):
    """A new database that knows the facts of a frame."""
    store = create(path)
    append(store, rows_of(frame, plan.catalogue, plan.scheme.id), ACT, NOW)
    return store


def later(minutes):
    """Some minutes after the first act."""
    return NOW + timedelta(minutes=minutes)


def in_memory(path, store, plan, span, today, known_at=None):
    """The digest of the frame that is built from the facts in memory."""
    frames.build(plan, load_frame(store, plan.needs, span, today, known_at), path)
    return frames.digest(path)


def kept(path, store, plan, span, today, known_at=None, **more):
    """A frame kept from the log, and its digest."""
    found = keep(plan, log_now(store, plan.needs, span, today, known_at), path, **more)
    return found, frames.digest(path)
