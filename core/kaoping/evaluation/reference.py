"""The reference engine: an exact interpreter of the plan over possible-value sets; the definition of a scheme.

Every typed expression becomes a chain of Python closures over a `Context`; named values are computed once for each
subject and window and remembered in the machine, so evaluation order follows dependency by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from functools import partial
from operator import itemgetter
from typing import Any

from kaoping.errors import DataError, Place
from kaoping.evaluation import values as sets
from kaoping.evaluation.context import Asked, Context, Member, Run
from kaoping.evaluation.criteria import AnyCriterion, Judged, criteria_members, judge, most_points
from kaoping.evaluation.entered import fed_value, plain_value, read_assumed, widest
from kaoping.evaluation.forms import steps_closure, weigh_closure
from kaoping.evaluation.plan import Plan, TypedCriterion, TypedMeasure
from kaoping.evaluation.published import left, part_members
from kaoping.evaluation.tables import table_closure
from kaoping.evaluation.values import MAYBE, NEVER_DAY, NO_VALUE, Value, hull
from kaoping.evaluation.windows import Windows
from kaoping.facts import dates
from kaoping.facts.frame import UNDETERMINED, Edge, Frame, Record
from kaoping.facts.periods import KINDS, WINDOWS, Period, parse_period
from kaoping.facts.types import FactType, ValueType
from kaoping.scheme.model import ParameterValue
from kaoping.scheme.passages import CRITERIA, PARTS
from kaoping.scheme.typed import Collection, FactRef, NameRef, Typed

_NOTHING: Mapping[Any, Any] = {}


_BLANK_RECORD = Record("", {})
_WHOLE = frozenset(KINDS) - {"week"}
"""Windows that lie in periods whole."""
_LATEST = 50
"""Passages through records that are remembered: a few rules in turn go through the same ones of the same subject."""
_RECKONED = frozenset({date, time})
"""What is not reckoned with as it is entered."""


class Machine:
    """The plan bound to a frame: named values on demand.

    With `blind` nothing is known of anybody: every fact is as wide as declared and every register open, which gives
    the static range of every expression.
    """

    def __init__(
        self,
        plan: Plan,
        frame: Frame,
        parameters: Mapping[str, ParameterValue] | None = None,
        blind: bool = False,
    ) -> None:
        self.plan = plan
        self.frame = frame
        self.blind = blind
        self.period = frame.period
        # facts without windows belong to the scheme's own period, also while a part of it is evaluated
        whole = frame.period.kind == plan.scheme.period
        self.base = frame.period if whole else plan.scheme.period_holding(frame.period.start)
        self.changed = parameters or {}
        self.parameters: dict[str, ParameterValue | None] = {
            name: self.changed.get(name, parameter.on(frame.period.end))
            for name, parameter in plan.scheme.parameters.items()
        }
        self.cohort_value: Callable[[str, str, str | None, str], Value] = lambda *_: MAYBE
        self.result_value: Callable[[str, str, str | None], Value] = lambda *_: MAYBE
        self.given: Callable[[str, str, str], Mapping[str, Value] | None] | None = None
        """What another engine found: a measure of everybody by section, name and window or item; None: nothing."""
        self.zero_divisors: set[Place] = set()
        self.windows = Windows(plan.catalogue, frame.calendars, blind)
        self.official = plan.catalogue.official.entered(frame.calendars)
        self.weekday_years: set[int] = set()
        self._closures: dict[int, Run] = {}
        self._kept: list[Typed] = []
        self._asked: dict[tuple[str, str], Asked] = {}
        self._wide: dict[int, Value] = {}
        self._closed: dict[tuple[str, str], bool] = {}
        self._latest: dict[tuple[int, str, str, date], tuple[Context, list[Member]]] = {}
        self._placed: dict[tuple[str | None, str], list[tuple[Record, date | None]]] = {}
        self._homes: dict[tuple[str, str | None], Context] = {}
        self._judged: dict[tuple[str, str, str | None], tuple[Judged, ...]] = {}
        self._unknowing: Machine | None = None

    def rest_on(self, start: Value, end: Value) -> None:
        """Note the years between two days whose working days nobody has set: what is counted in them is provisional."""
        if not (start.__class__ is int and end.__class__ is int and NEVER_DAY not in (start, end)):
            return
        first, last = (date.fromordinal(int(day)).year for day in sorted((start, end)))
        self.weekday_years.update(set(range(first, last + 1)) - self.official.years.keys())

    # --- contexts

    def home(self, section: str, subject: str | None) -> Context:
        """A subject in the whole period: the same context each time."""
        found = self._homes.get((section, subject))
        if found is None:
            found = self._homes[section, subject] = Context({section: subject}, self.period)
        return found

    def inside(self, context: Context, step: str) -> dict[str, Context]:
        """The contexts of each window of a kind, or item of a list, by its name: the same ones each time."""
        if context.inside is None:
            context.inside = {}
        found = context.inside.get(step)
        if found is None:
            if self.windows.has(step):
                windows = {part.text: part for part in self.windows.parts(context.window, step)}
            else:
                windows = dict.fromkeys(self.plan.catalogue.lists[step].items, context.window)
            found = context.inside[step] = {
                name: context.at_window(window, step, name) for name, window in windows.items()
            }
        return found

    def instances(self, grain: tuple[str, ...], context: Context) -> Iterable[tuple[str, Context]]:
        """The contexts of a rule ``for_each`` windows and items, with the name of each."""
        if not grain:
            return (("", context),)
        step, rest = grain[0], grain[1:]
        found = self.inside(context, step).items()
        if not rest:
            return found
        return [
            (f"{name}/{deeper}" if deeper else name, final)
            for name, one in found
            for deeper, final in self.instances(rest, one)
        ]

    def within(self, context: Context, step: str, name: str) -> Context:
        """The context of a window or item by its name; a window may lie outside the period."""
        return self.inside(context, step).get(name) or context.at_window(self.windows.named(step, name), step, name)

    def instance(self, section: str, subject: str | None, grain: tuple[str, ...], context: Context) -> Context:
        """A subject in the windows and items of another context, as far as the grain says."""
        found = self.home(section, subject)
        for step in grain:
            found = self.within(found, step, context.at[step])
        return found

    # --- facts

    def wide(self, kind: ValueType) -> Value:
        """Everything a value of this type may be."""
        # by identity: the plan keeps its types alive, and hashing a type costs more than what is looked up
        found = self._wide.get(id(kind))
        if found is None:
            found = self._wide[id(kind)] = widest(kind)
        return found

    def closed(self, window: Period) -> bool:
        """Is entry closed for the window, or a period around it? What lies in none whole closes with its first day."""
        key = (window.text, window.kind)  # the name of a calendar's window may be another's too
        found = self._closed.get(key)
        if found is None:
            periods = [parse_period(text) for text in self.frame.closed]
            last = window.end if window.kind in _WHOLE else window.start
            found = any(period.start <= window.start and last <= period.end for period in periods)
            self._closed[key] = found
        return found

    def blank(self, fact: FactType, window: Period) -> Value:
        """What a fact may be that nobody entered."""
        use = self.plan.scheme.facts.get(fact.id)
        assumed = use.assume if use else ""
        wide = self.wide(fact.type)
        if fact.type.never and not self.blind and self.closed(window):
            return NEVER_DAY
        if assumed and not self.blind:
            value = plain_value(read_assumed(assumed, fact.type), fact.type, wide)
            return value if self.closed(window) else hull(wide, value)
        return wide

    def fact_value(self, ref: FactRef, context: Context, period: Period | None = None) -> Value:
        """A fact as entered, fed or blank; `period` instead of the window's own for shifted ones."""
        fact, subject = ref.fact, context.subjects[ref.frame]
        if fact.fed_from:
            found = self.frame.fed.get((subject or "", fact.id), _NOTHING)
            remaining = found.get("/".join([context.at[step] for step in fact.for_each]))
            return fed_value(remaining, fact.type, self.wide(fact.type))
        entered = self.frame.values.get((subject or "", fact.id), _NOTHING)
        item, window = "", context.window
        text = self.base.text
        for step in fact.for_each:
            if step in WINDOWS:
                text = context.at[step]
                window = parse_period(text)
            elif self.windows.has(step):
                text = context.at[step]
                window = self.windows.named(step, text) if text else context.window
            else:
                item = context.at[step]
        if period is not None:
            text = period.text
        if fact.holds:
            last = (period or context.window).end.isoformat()
            days = [key for key in entered if key[1] == item and key[0] <= last]
            raw = entered[max(days)] if days else None
        else:
            raw = entered.get((text, item))
        if raw is None:
            return self.blank(fact, window)
        if raw.__class__ in _RECKONED or raw == UNDETERMINED:
            return plain_value(raw, fact.type, self.wide(fact.type))
        return raw

    # --- records and collections

    def placed(self, subject: str | None, collection: Collection) -> list[tuple[Record, date | None]]:
        """A subject's records with the day that places each (None: its date is unknown, or it has no date)."""
        key = (subject, collection.name)
        found = self._placed.get(key)
        if found is None:
            kind = collection.record
            records = self.frame.records.get((subject or "", collection.name), ())
            if kind and kind.unique:
                seen: set[Any] = set()
                records = tuple(
                    r
                    for r in records
                    if (v := r.fields.get(kind.unique)) is None or not (v in seen or seen.add(v))  # type: ignore[func-returns-value]  # add gives None
                )
            found = self._placed[key] = [(record, self.place(record, collection)) for record in records]
        return found

    def place(self, record: Record, collection: Collection) -> date | None:
        """The day that places a record; None while it is unknown, and where there is none."""
        placed_by = collection.record.placed_by if collection.record else ()
        if len(placed_by) == 1:
            only = record.fields.get(placed_by[0])
            return only if isinstance(only, date) else None
        day: date | None = None
        for field in placed_by:
            value = record.fields.get(field)
            if not isinstance(value, date):
                return None
            day = value
            published = self.frame.published.get(self.plan.scheme.period_holding(day).text)
            if published is None or record.known_at <= published:
                return day
        return day

    def members(self, collection: Collection, context: Context) -> tuple[list[Member], bool]:
        """The members gone through, each certain or not, and whether there may be more."""
        kind, name = collection.kind, collection.name
        open_calendar = collection.calendar and self.blind
        if collection.past and not open_calendar:
            windows = self.windows.past(context.window, name, self.count(collection.past, context, "past"))
            return [(context.at_window(each, name, each.text), True) for each in windows], False
        if collection.fixed and not open_calendar:
            return [(inner, True) for inner in self.inside(context, name).values()], False
        if kind == CRITERIA:
            return criteria_members(self, collection, context), False
        if self.blind:
            return [(self.blank_member(collection, context), False)], True
        if kind in PARTS:
            return [
                (inner, True) for inner in part_members(self, collection, context, self.span(collection, context))
            ], False
        subject = context.subjects[collection.of]
        if kind == "relation":
            edges = self.frame.edges.get((name, subject or ""), ())
            if collection.on:
                related = self._on(edges, self.closure(collection.on)(context))
            else:
                related = [(edge, True) for edge in edges if edge.holds(context.window.end)]
            return [(context.of_subject(collection.to, edge.to), certain) for edge, certain in related], False
        return self._records(collection, context, subject)

    def _on(self, edges: Iterable[Edge], day: Value) -> list[tuple[Edge, bool]]:
        """The edges that may hold on a day, each with whether it surely does; on a day that has not come none does."""
        low, high = sets.ends(NEVER_DAY if day is NO_VALUE else sets.present(day))
        first = date.fromordinal(int(low or 1))
        last = date.fromordinal(min(int(high or NEVER_DAY), NEVER_DAY - 1))
        comes = day.__class__ is not sets.Perhaps and high is not None and high < NEVER_DAY
        return [
            (edge, comes and edge.holds(first) and edge.holds(last))
            for edge in edges
            if first <= last
            and (edge.since is None or edge.since <= last)
            and (edge.until is None or first < edge.until)
        ]

    def _records(self, collection: Collection, context: Context, subject: str | None) -> tuple[list[Member], bool]:
        start, end = self.span(collection, context)
        key = (id(context), collection.of, collection.name, start)
        known = self._latest.get(key)
        if known is None:
            if len(self._latest) >= _LATEST:
                self._latest.clear()
            known = self._latest[key] = (context, self._within(collection, context, subject, start, end))
        return known[1], self.complete_through(collection, context) < end

    def _within(
        self, collection: Collection, context: Context, subject: str | None, start: date, end: date
    ) -> list[Member]:
        undated = not (collection.record and collection.record.placed_by)
        return [
            (context.of_record(collection.name, record), undated or day is not None)
            for record, day in self.placed(subject, collection)
            if day is None or start <= day <= end
        ]

    def count(self, node: Typed, context: Context, function: str) -> int:
        """So many windows or months.

        Raises:
            DataError: a parameter was given another value, and it is no whole number above 0.
        """
        found = self.closure(node)(context)
        if isinstance(found, int) and found > 0:
            return found
        raise DataError("scheme.whole-count", place=node.place, function=function)

    def span(self, collection: Collection, context: Context) -> tuple[date, date]:
        """From which day to which last one records are gone through."""
        window, kind = context.window, collection.record
        in_no_window = collection.kind in PARTS and not collection.trailing
        if collection.ever or in_no_window or (kind and not kind.placed_by):
            return date.min, window.end
        if collection.trailing:
            months = self.count(collection.trailing, context, "trailing")
            return dates.plus(window.end, months=-months, days=1), window.end
        return window.start, window.end

    def complete_through(self, collection: Collection, context: Context) -> date:
        """The last day for which a register holds all there is, as far as this window goes; never beyond today."""
        window, kind = context.window, collection.record
        if self.blind:
            return date.min
        if collection.kind in PARTS:
            return date.max
        if kind and kind.complete == "stated":
            subject = context.subjects[collection.of] or ""
            return min(self.frame.complete_through.get((subject, collection.name), date.min), self.frame.today)
        return min(window.end, self.frame.today) if self.closed(window) else date.min

    def static(self, node: Typed, collection: Collection, context: Context) -> Value:
        """Everything that may be asked of a member of a collection, whoever it is."""
        if self._unknowing is None:
            self._unknowing = Machine(self.plan, self.frame, self.changed, blind=True)
        machine = self if self.blind else self._unknowing
        return machine.closure(node)(machine.blank_member(collection, context))

    def blank_member(self, collection: Collection, context: Context) -> Context:
        """A member of whom nothing is known, for the static range of what is asked of members."""
        unknown = dict.fromkeys(context.subjects, None)
        record, passing = context.record, context.passing
        blank = Context(unknown, context.window, context.at, record, 0, passing, context.outer, context.part)
        if collection.kind == "relation":
            return blank.of_subject(collection.to, None)
        if collection.kind == "record":
            return blank.of_record(collection.name, _BLANK_RECORD)
        if collection.kind in PARTS:
            any_one = AnyCriterion(self, self.plan.section(collection.to)) if collection.kind == CRITERIA else None
            return blank.of_part(collection.name, any_one)
        return next(iter(self.inside(blank, collection.name).values()))

    def judged(self, criterion: TypedCriterion, section: str, subject: str | None) -> tuple[Judged, ...]:
        """A criterion of a subject, judged in each of its windows and items; once."""
        key = (section, criterion.rule.id, subject)
        found = self._judged.get(key)
        if found is None:
            found = self._judged[key] = tuple(judge(self, criterion, self.home(section, subject)))
        return found

    # --- named values

    def named(self, ref: NameRef, context: Context) -> Value:
        """A measure, cohort outcome or result of the subject in sight."""
        subject = context.subjects[ref.frame]
        if ref.kind == "measure":
            return self.measure(ref.section, ref.name, subject, context)
        if ref.kind == "cohort":
            window = context.at[ref.grain[0]] if ref.grain else ""
            return (
                self._any_place(ref.name) if self.blind else self.cohort_value(ref.section, ref.name, subject, window)
            )
        if self.blind or subject is None:
            return self._any_result(ref.section, ref.name)
        return self.result_value(ref.section, ref.name, subject)

    def _any_place(self, rule: str) -> Value:
        tiers = self.plan.cohort[rule].rule.tiers
        return sets.choices_of((*(tier for tier, _ in tiers), "none")) if tiers else MAYBE

    def _any_result(self, section: str, name: str) -> Value:
        if name == "meets_all":
            return MAYBE
        if name == "points":
            return most_points(self, self.plan.section(section))
        rules = self.plan.section(section).grade
        if name == "score":
            assert rules is not None
            return self.measure(section, rules.score, None)
        return sets.choices_of(self.plan.world.grades[section])

    def measure(self, section: str, name: str, subject: str | None, context: Context | None = None) -> Value:
        """A measure of a subject, in the context's windows and items where it has one for each."""
        return self.asked(section, name)(subject, context or self.home(section, subject))

    def asked(self, section: str, name: str) -> Asked:
        """A measure as a function of a subject and a context; each of its values is found once."""
        found = self._asked.get((section, name))
        if found is None:
            found = self._asked[section, name] = self._remembered(self.plan.measures[section, name])
        return found

    def _remembered(self, measure: TypedMeasure) -> Asked:
        section, grain = measure.section, measure.rule.for_each
        where = itemgetter(*grain) if grain else None
        known: dict[Any, Value] = {}
        bodies: list[Run] = []
        may_be_frozen = measure.rule.frozen and not self.blind

        def find(key: Any, subject: str | None, context: Context) -> Value:
            if not bodies:
                bodies.append(self._body(measure))  # when first asked for: measures may read each other's
            value = self._given_or_frozen(measure, subject, context) if self.given or may_be_frozen else None
            if value is None:
                value = bodies[0](self.instance(section, subject, grain, context))
            known[key] = value
            return value

        def ask(subject: str | None, context: Context) -> Value:
            key = (subject, where(context.at)) if where else subject
            value = known.get(key)
            return find(key, subject, context) if value is None else value

        return ask

    def _given_or_frozen(self, measure: TypedMeasure, subject: str | None, context: Context) -> Value | None:
        """What another engine found, else what it stays at since it was published; None: it is to be found here."""
        if self.given is not None and subject is not None:
            at = "/".join([context.at[step] for step in measure.rule.for_each])
            found = self.given(measure.section, measure.rule.id, at)
            if found is not None and subject in found:
                return found[subject]
        return self.frozen(measure, subject, context)

    def frozen(self, measure: TypedMeasure, subject: str | None, context: Context) -> Value | None:
        """What a measure stays at since its window was published; None where it does not, or was not yet."""
        if not measure.rule.frozen or self.blind:
            return None
        at = "/".join(context.at[step] for step in measure.rule.for_each)
        published = self.frame.frozen.get((subject or "", measure.rule.id), {}).get(at)
        return None if published is None else left(published, measure.type)

    def _body(self, measure: TypedMeasure) -> Run:
        rule = measure.rule
        inner = self._form(measure)
        places = rule.round
        if measure.applies is None and places is None:
            return inner
        rounded = partial(sets.round_half_away, places=places or 0)
        applies = self.closure(measure.applies) if measure.applies else None

        def body(context: Context) -> Value:
            holds = True if applies is None else applies(context)
            if holds is False or (holds is not True and not self.blind and self.closed(context.window)):
                return NO_VALUE
            value = inner(context)
            if places is not None:
                value = sets.monotone(rounded, value)
            return value if holds is True else sets.perhaps(value)

        return body

    def _form(self, measure: TypedMeasure) -> Run:
        if measure.value is not None:
            return self.closure(measure.value)
        if measure.weigh:
            return weigh_closure(self, measure)
        return table_closure(self, measure) if measure.rule.table else steps_closure(self, measure)

    # --- expressions

    def closure(self, node: Typed) -> Run:
        """The node as a function of a context; made once."""
        found = self._closures.get(id(node))
        if found is None:
            from kaoping.evaluation.operations import OPERATIONS  # noqa: PLC0415 - operations build on the machine

            found = OPERATIONS[node.op](self, node)
            if node.kids and not self.blind and _is_fixed(node):
                found = _once(found)
            self._closures[id(node)] = found
            self._kept.append(node)
        return found


_RECKONED_ONCE = frozenset({"negative", "chain", "compare", "and", "or", "not", "if", "ratio"})


def _is_fixed(node: Typed) -> bool:
    """Is it reckoned from constants and parameters alone, so that it is the same for everybody?"""
    if node.kids:
        return node.op in _RECKONED_ONCE and all(map(_is_fixed, node.kids))
    return node.op in ("const", "parameter")


def _once(run: Run) -> Run:
    """What is found when first asked stands for every context."""
    known: list[Value] = []

    def found(context: Context) -> Value:
        if not known:
            known.append(run(context))
        return known[0]

    return found
