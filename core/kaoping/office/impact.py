"""Every past case under other rules: another edition, or the same one with other parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import time
from errno import ENOENT
from itertools import pairwise
from pathlib import Path
from typing import Any

from kaoping.errors import DataError, Place, Problems, UsageError
from kaoping.evaluation.plan import Plan
from kaoping.evaluation.result import SubjectResult
from kaoping.evaluation.run import Evaluation
from kaoping.evaluation.tailored import compile_tailored
from kaoping.evaluation.weighing import UNDECIDED, WeighingEngine
from kaoping.facts.frame import Frame
from kaoping.facts.naming import named
from kaoping.facts.periods import Period, parse_period, period_holding
from kaoping.facts.types import RelationType
from kaoping.facts.values import value_text
from kaoping.insight.impact import MOST_MOVED, Weighed, distribution, past_case, standing, sweep_values
from kaoping.insight.picture import picture_of
from kaoping.insight.suppose import unknown
from kaoping.office.at_once import engine_for, judge
from kaoping.office.desk import Desk
from kaoping.office.engines import REFERENCE, asked
from kaoping.office.periods import read_period
from kaoping.office.schemes import catalogue_with, read_file
from kaoping.office.tailorings import find_tailoring, tailoring_data
from kaoping.office.titles import title_data, titles
from kaoping.office.weighing import AtOnce, weighing_engine
from kaoping.plugins import Plugins
from kaoping.scheme.document import Scalar
from kaoping.scheme.model import Duration, Parameter, ParameterValue, Scheme
from kaoping.scheme.reader import Reader
from kaoping.scheme.tailoring import Tailoring, tailored
from kaoping.store.connection import Store
from kaoping.store.frames import load_frame
from kaoping.store.some import titles_of

MOST_PERIODS, MOST_VALUES = 60, 200
Parameters = Mapping[str, ParameterValue]


def impact(
    desk: Desk,
    scheme_id: str,
    periods: str,
    *,
    edition: Path | None,
    parameters: Sequence[str],
    sweep: str | None,
    picture: Path | None,
    dry_run: bool,
    tailoring: str | None = None,
    engine: str | None = None,
) -> dict[str, Any]:
    """What another edition, other parameters or a tailoring would have made of every past case.

    A tailoring alone stands beside the scheme as it is. Where something else is changed, both sides are judged as the
    place does; of two editions the one it is of. Where there are very many subjects, or `engine` says so, an engine
    judges everybody at once, some of them again by the reference engine.

    Raises:
        UsageError: nothing is other than it is; a parameter, period or range that is none.
        Problems: the tailoring is of another scheme or edition.
    """
    plugins = desk.plugins
    old = plugins.scheme(scheme_id)
    new = read_file(edition) if edition is not None else old
    if not (edition or parameters or sweep or tailoring):
        raise UsageError("insight.nothing-other")
    if tailoring is not None:
        old, new = _as_the_place_does(old, new, find_tailoring(desk, tailoring), both=bool(parameters or sweep))
    if new.subject != old.subject or new.period != old.period:
        raise UsageError("insight.not-an-edition", scheme=scheme_id, file=edition)
    if new.grade is None or old.grade is None:
        raise UsageError("insight.no-grades", scheme=scheme_id)
    before = compile_tailored(old, plugins.catalogue)
    after = compile_tailored(new, catalogue_with(plugins, new) if edition else plugins.catalogue)
    changed = dict(_parameter(new, text) for text in parameters)
    swept = _sweep(new, sweep) if sweep else None
    spans = _spans(old, periods)
    if engine is not None:
        asked(plugins, engine)
    if picture and not dry_run and not picture.absolute().parent.is_dir():  # before the long work
        raise UsageError("insight.picture-not-written", file=picture, why=FileNotFoundError(ENOENT, ""))
    found = _Found(_Judges(desk, plugins, engine), before, after, changed, swept, keep=not dry_run)
    with desk.opened() as store:
        for span in spans:
            found.period(store, span)
        data = found.data(store)
    data |= {"parameters": {name: _told(value) for name, value in changed.items()}}
    data |= {"parameter_titles": {name: title_data(new.parameters[name].title) for name in changed}}
    data |= {"picture": str(picture) if picture else None, "dry_run": dry_run}
    if picture and not dry_run:
        _draw(desk, data, picture)
    return data


def _as_the_place_does(old: Scheme, new: Scheme, place: Tailoring, *, both: bool) -> tuple[Scheme, Scheme]:
    """The two schemes with a place's tailoring: of two editions the one it is of, of one scheme both or the other."""
    if new is not old:
        if place.edition == new.edition and place.edition != old.edition:
            return old, tailored(new, place)
        return tailored(old, place), tailored(new, place) if new.edition == old.edition else new
    changed = tailored(new, place)
    return (changed if both else old), changed


class _Judges:
    """Who judges: the reference engine, or where there are very many an engine that judges everybody at once."""

    def __init__(self, desk: Desk, plugins: Plugins, wanted: str | None) -> None:
        self.desk = desk
        self.plugins = plugins
        self.wanted = wanted
        self.names: dict[str, None] = {}

    def results(self, plan: Plan, frame: Frame) -> tuple[SubjectResult, ...]:
        """Everybody's result.

        Raises:
            DataError: a parameter is not in force, or something in the plan has no form in the engine.
            RefusedError: the reference engine judged somebody otherwise.
        """
        evaluation = Evaluation(plan, frame)
        engine = engine_for(self.plugins, self.wanted, plan, frame)
        if engine is None:
            self.names[REFERENCE] = None
            return evaluation.result(trace=False).results
        self.names[engine.name] = None
        _, result, _ = judge(self.desk, engine, plan, frame, {}, None)
        return result.results


def _with(plan: Plan, parameters: Parameters) -> Plan:
    """The plan with other values for some parameters, whatever the day."""
    own = plan.scheme.parameters
    changed = {name: replace(own[name], values=((None, value),)) for name, value in parameters.items()}
    return replace(plan, scheme=replace(plan.scheme, parameters={**own, **changed}))


class _Found:
    """What was found so far."""

    def __init__(
        self,
        judges: _Judges,
        before: Plan,
        after: Plan,
        changed: Parameters,
        swept: tuple[str, list[ParameterValue]] | None,
        keep: bool,
    ) -> None:
        self.judges = judges
        self.desk = judges.desk
        self.before = before
        self.after = after
        self.other = _with(after, changed)
        self.swept = swept
        self.keep = keep
        rules, newer = before.scheme.grade, after.scheme.grade
        assert rules is not None
        self.merit = [*rules.merit, *(grade for grade in (newer.merit if newer else ()) if grade not in rules.merit)]
        order = [one.rule.id for plan in (before, after) for one in plan.main.consequences]
        self.weighed = Weighed(self.merit, [*dict.fromkeys(order)])
        self.sweeps = [Weighed(self.merit) for _ in swept[1]] if swept else []
        self.skipped: list[dict[str, str]] = []
        self.names: dict[str, str] = {}

    def period(self, store: Store, span: Period) -> None:
        """Evaluate a period under both rules, and under every value that is swept."""
        self.desk.step("insight.weighing", scheme=self.before.scheme.id, period=span.text)
        engine = weighing_engine(
            self.judges.plugins, self.judges.wanted, store, (self.before, self.after, self.other), span
        )
        try:
            if engine is None:
                self._one_by_one(store, span)
            else:
                self.judges.names[engine.name] = None
                self._at_once(store, span, engine)
        except DataError as error:
            if error.key != "engines.parameter-not-in-force":  # so early
                raise
            self.skipped.append({"period": span.text, "why": error.text(self.desk.language)})

    def _skip(self, span: Period) -> None:
        self.skipped.append({"period": span.text, "why": self.desk.say("insight.nothing-decided")})

    def _tried(self, span: Period) -> Iterator[tuple[Plan, Weighed]]:
        """The rules with every value that is swept, and where to count what becomes of it."""
        name, values = self.swept or ("", [])
        for number, value in enumerate(values):
            step = self.desk.say("insight.sweeping", parameter=name, period=span.text)
            self.desk.tell(step, number, len(values))
            yield _with(self.other, {name: value}), self.sweeps[number]

    def _one_by_one(self, store: Store, span: Period) -> None:
        frames = [self._frame(store, plan, span) for plan in (self.before, self.after)]
        old = self.judges.results(self.before, frames[0])
        new = self.judges.results(self.other, frames[1])
        if all(standing(one) == UNDECIDED for one in (*old, *new)):
            self._skip(span)
            return
        groups = {one.subject: self._groups(frames[0], one.subject, span) for one in old}
        self._compared(self.weighed, span, old, new, groups)
        for plan, weighed in self._tried(span):
            self._compared(weighed, span, old, self.judges.results(plan, frames[1]), {})

    def _compared(
        self,
        weighed: Weighed,
        span: Period,
        old: Sequence[SubjectResult],
        new: Sequence[SubjectResult],
        groups: Mapping[str, Mapping[str, str]],
    ) -> None:
        then = {one.subject: one for one in new}
        weighed.add(
            [
                past_case(span.text, one, then[one.subject], groups.get(one.subject, {}))
                for one in old
                if one.subject in then
            ]
        )

    def _at_once(self, store: Store, span: Period, engine: WeighingEngine) -> None:
        """Everybody judged and counted by an engine."""
        desk, plugins, wanted = self.desk, self.judges.plugins, self._relations(self.before)
        with AtOnce(desk, plugins, store, engine, self.before, span, wanted, self.keep).opened() as judged:
            moves = judged.compare(self.other, MOST_MOVED)
            if judged.nothing_decided(moves):
                self._skip(span)
                return
            self.weighed.add_moves(span.text, moves)
            for relation, of, was, now, *many in judged.groups:
                self.weighed.count_in(relation, of, (was, now), (many[0], many[1], many[2]))
            for plan, weighed in self._tried(span):
                weighed.add_moves(span.text, judged.compare(plan, 0))

    def _relations(self, plan: Plan) -> frozenset[str]:
        """What is read of relations: by the rules, from everybody, and from whom these lead to."""
        own = plan.catalogue.families(plan.main.type)
        members = plan.catalogue.members(plan.main.type)
        first = [one for one in plan.catalogue.relations.values() if one.of in own or one.of in members]
        second = [one for one in plan.catalogue.relations.values() if any(one.of == up.to for up in first)]
        return plan.needs.relations | {one.id for one in (*first, *second)}

    def _frame(self, store: Store, plan: Plan, span: Period) -> Frame:
        return load_frame(store, replace(plan.needs, relations=self._relations(plan)), span, self.desk.today)

    def _groups(self, frame: Frame, subject: str, span: Period) -> dict[str, str]:
        """Where the subject belonged on the last day: one step, or two, each where there is one way only."""
        found: dict[str, str] = {}
        for relation in self.before.catalogue.relations.values():
            for start in (subject, *found.values()):
                edges = [edge for edge in frame.edges.get((relation.id, start), ()) if edge.holds(span.end)]
                if len(edges) == 1 and relation.id not in found:
                    found[relation.id] = edges[0].to
                    self.names[edges[0].to] = frame.subjects[edges[0].to].title
                    break
        return found

    def data(self, store: Store) -> dict[str, Any]:
        """Everything as JSON data."""
        told = self.weighed.data()
        by_group, moved = told.pop("groups"), told["moved"]
        unnamed = {row["of"] for found in by_group.values() for row in found["rows"]} - self.names.keys()
        unnamed |= {case["subject"] for case in moved if not case["title"]}
        self.names |= titles_of(store, sorted(unnamed))
        for case in moved:
            case["title"] = case["title"] or self.names[case["subject"]]
        relations = self.before.catalogue.relations
        groups = [
            _group(relation, by_group[kind], self.names) for kind, relation in relations.items() if kind in by_group
        ]
        sides = {"before": self.before, "after": self.after}
        names = titles(self.before.scheme, self.before.catalogue)
        for kind, more in titles(self.after.scheme, self.after.catalogue).items():
            names[kind] = {**more, **names[kind]}
        return {
            "scheme": self.before.scheme.id,
            "title": title_data(self.before.scheme.title),
            "edition": self.before.scheme.edition,
            "other_edition": self.after.scheme.edition,
            "tailoring": tailoring_data(self.after.scheme) or tailoring_data(self.before.scheme),
            "tailored": [name for name, plan in sides.items() if plan.scheme.tailoring],
            "engines": list(self.judges.names),
            "other_digest": self.after.scheme.digest,
            "merit": self.merit,
            **told,
            "groups": groups,
            "skipped": self.skipped,
            "sweep": self._sweep() if self.swept else None,
            "titles": names,
        }

    def _sweep(self) -> dict[str, Any]:
        assert self.swept is not None
        name, values = self.swept
        rows = []
        for value, weighed in zip(values, self.sweeps, strict=True):
            total = vars(weighed.whole)
            counts = {key: total[key] for key in ("better", "worse", "other", "gained", "lost")}
            rows.append({"value": _told(value), "grades": distribution(weighed.after(), self.merit), **counts})
        turning = [now["value"] for last, now in pairwise(rows) if last["grades"] != now["grades"]]
        parameter = self.after.scheme.parameters[name]
        return {
            "parameter": name,
            "title": title_data(parameter.title),
            "unit": parameter.unit,
            "rows": rows,
            "turns_at": turning,
        }


def _group(relation: RelationType, found: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    told = [{**row, "of_title": names.get(row["of"], row["of"])} for row in found["rows"]]
    return {"relation": relation.id, "title": title_data(relation.title), "rows": told, "more": found["more"]}


def _parameter(scheme: Scheme, text: str) -> tuple[str, ParameterValue]:
    name, sign, written = (part.strip() for part in text.partition("="))
    if not sign or not written:
        raise UsageError("insight.parameter-form", text=text)
    name, known = _known(scheme, name)
    value = Reader().parameter_value(Scalar(written, Place(text)))
    if _kind(value) != _kind(known.values[0][1]) or (known.one_of and value not in known.one_of):
        raise UsageError("insight.parameter-value", name=name, value=written, like=_told(known.values[0][1]))
    return name, value


def _known(scheme: Scheme, name: str) -> tuple[str, Parameter]:
    """The parameter of this id or title."""
    titles = {one: parameter.title for one, parameter in scheme.parameters.items()}
    found = named(name, titles)
    if found is None:
        raise unknown("insight.unknown-parameter", name, titles, scheme=scheme.id)
    return found, scheme.parameters[found]


def _sweep(scheme: Scheme, text: str) -> tuple[str, list[ParameterValue]]:
    name, _, span = (part.strip() for part in text.partition("="))
    name, known = _known(scheme, name)
    values = sweep_values(span)
    if values is None or _kind(known.values[0][1]) != "number":
        raise UsageError("insight.sweep-form", text=text)
    if len(values) > MOST_VALUES:
        raise UsageError("insight.sweep-long", count=len(values), limit=MOST_VALUES)
    return name, values


def _kind(value: ParameterValue) -> str:
    kinds = {Duration: "duration", str: "text", time: "time"}
    return kinds.get(type(value), "number")


def _told(value: ParameterValue) -> str:
    if isinstance(value, Duration):
        return str(value)
    return value_text(value)


def _spans(scheme: Scheme, text: str) -> list[Period]:
    """``2021..2025``, ``2023,2025`` or one period."""
    first, dots, last = text.partition("..")
    if not dots or "-" in first:  # a campaign is written with two days
        return [read_period(scheme, part.strip()) for part in text.split(",")]
    span, end = read_period(scheme, first.strip()), read_period(scheme, last.strip())
    found = [span]
    while found[-1].end < end.end and len(found) < MOST_PERIODS:
        following = period_holding(found[-1].end.fromordinal(found[-1].end.toordinal() + 1), span.kind)
        found.append(parse_period(following.text))
    if found[-1] != end:
        raise UsageError("insight.periods", text=text, limit=MOST_PERIODS)
    return found


def _draw(desk: Desk, data: dict[str, Any], file: Path) -> None:
    names = {grade: title[desk.language] for grade, title in data["titles"]["grades"].items()}
    names |= {UNDECIDED: desk.say("insight.picture-undecided")}
    sweep = data["sweep"]
    key = "insight.picture-sweep" if sweep else "insight.picture-title"
    periods = [one["period"] for one in data["periods"]]
    span = periods[0] if len(periods) == 1 else f"{periods[0]}..{periods[-1]}" if periods else ""
    facts = {"title": data["title"][desk.language], "periods": span}
    facts |= {"parameter": sweep["title"][desk.language]} if sweep else {}
    words = {"title": desk.say(key, **facts), "legend": desk.say("insight.picture-legend")}
    try:
        file.write_text(picture_of(data, names, words), encoding="utf-8")
    except OSError as error:
        raise Problems([UsageError("insight.picture-not-written", file=file, why=error)]) from error
