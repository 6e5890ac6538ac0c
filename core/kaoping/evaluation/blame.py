"""Which facts could still change a value: the undecided leaves below it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kaoping.evaluation.context import Context, Member
from kaoping.evaluation.criteria import Judged
from kaoping.evaluation.plan import Section
from kaoping.evaluation.result import Missing
from kaoping.evaluation.values import decided
from kaoping.facts.frame import UNDETERMINED
from kaoping.scheme.aggregates import IN_ORDER
from kaoping.scheme.typed import Collection, FactRef, NameRef, Passage, Published, Typed

if TYPE_CHECKING:
    from kaoping.evaluation.run import Evaluation

_WAITING = 20  # of thousands that wait, so many are named; `Places.waiting` has them all


def missing_facts(evaluation: Evaluation, section: Section, subject: str, names: list[str]) -> tuple[Missing, ...]:
    """The facts on which the named values (``grade``, ``meets_all`` or measures) still depend, in a stable order."""
    search = _Search(evaluation)
    for name in names:
        context = evaluation.context(section, subject)
        if name == "grade":
            search.grade(section, subject)
        elif name == "meets_all":
            search.named(NameRef("special", section.type, name, section.type), context)
        else:
            measure = evaluation.plan.measures[section.type, name]
            for _, inner in evaluation.grader.instances(measure.rule.for_each, context):
                search.measure(NameRef("measure", section.type, name, section.type, measure.rule.for_each), inner)
    return tuple(sorted(search.found, key=lambda m: (m.subject, m.fact, m.at)))


class _Search:
    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.machine = evaluation.machine
        self.found: set[Missing] = set()
        self.seen: set[tuple[object, ...]] = set()

    def grade(self, section: Section, subject: str | None) -> None:
        if ("grade", section.type, subject) in self.seen or subject is None:
            return
        self.seen.add(("grade", section.type, subject))
        context = self.evaluation.grader.context(section.type, subject)
        for _, needs in section.gates:
            passed = self.machine.closure(needs)(context)
            self.node(needs, context)
            if passed is False:
                return
        for _, when in section.bands:
            if when is not None:
                fits = self.machine.closure(when)(context)
                self.node(when, context)
                if fits is True and (section.grade is None or section.grade.hit == "first"):
                    break
        for _, when in section.vetoes:
            self.node(when, context)

    def node(self, node: Typed, context: Context) -> None:
        value = self.machine.closure(node)(context)
        if decided(value) and value is not None:
            return
        if node.op == "fact":
            self.fact(node.data, context)
        elif node.op == "shifted":
            ref: FactRef = node.data
            self.found.add(Missing(context.subjects[ref.frame] or "", f"{ref.shift}({ref.fact.id})"))
        elif node.op == "published":
            asked: Published = node.data
            whose = context.subjects[asked.ref.frame] or ""
            self.found.add(Missing(whose, f"{asked.shift}({asked.ref.name})"))
        elif node.op == "field":
            self.field(node, context)
        elif node.op == "part":
            self.part(node, context)
        elif node.op == "named":
            self.named(node.data, context)
        elif node.op == "if" and decided(self.machine.closure(node.kids[1])(context)):
            self.node(node.kids[0 if self.machine.closure(node.kids[1])(context) is True else 2], context)
        elif node.op == "or_else" and self.machine.closed(context.window):
            self.node(node.kids[1], context)
        elif node.collection is not None:
            self.passage(node, node.collection, context)
        else:
            for kid in node.kids:
                self.node(kid, context)

    def fact(self, ref: FactRef, context: Context) -> None:
        fact, subject = ref.fact, context.subjects[ref.frame] or ""
        if fact.optional:
            return
        at = "/".join(context.at[step] for step in fact.for_each)
        windows, items = self.machine.windows.parted(fact.for_each, context.at)
        place = (windows[0] if windows else self.machine.base.text, "".join(items))
        entered = self.machine.frame.values.get((subject, fact.id), {}).get(place)
        self.found.add(Missing(subject, fact.id, at, judgement=entered == UNDETERMINED))

    def field(self, node: Typed, context: Context) -> None:
        name, _, of = node.data
        found = context.passed(of)
        if found is None or found.record is None:
            return
        record = found.record
        subject = next(reversed(found.subjects.values())) or ""
        judgement = record.fields.get(name) == UNDETERMINED
        self.found.add(Missing(subject, f"{of}.{name}", record.no, judgement))

    def part(self, node: Typed, context: Context) -> None:
        """What a criterion's outcome or points hang on."""
        found = context.passed(node.data[2])
        if found is None or found.part is None:
            return
        if not isinstance(found.part, Judged):  # what was published was open then
            subject = next(reversed(found.subjects.values())) or ""
            self.found.add(Missing(subject, f"{node.data[2]}.{node.data[0]}", found.part.id))
            return
        self.criterion(found.part, node.data[0])

    def criterion(self, one: Judged, name: str) -> None:
        """What an outcome (``met``), the points earned or what may be earned hang on."""
        rule = one.criterion
        trees = {"met": (rule.require,), "full_points": (rule.points,)}
        for tree in trees.get(name, (rule.points, rule.earns or rule.require)):
            if tree:
                self.node(tree, one.context)

    def criteria(self, section: Section, subject: str | None, name: str, required: bool = False) -> None:
        """What all criteria, or those required, hang on."""
        for criterion in section.criteria:
            if required and criterion.rule.severity != "required":
                continue
            for one in self.machine.judged(criterion, section.type, subject):
                if criterion.applies:
                    self.node(criterion.applies, one.context)
                if one.applies is not False:
                    self.criterion(one, name)

    def named(self, ref: NameRef, context: Context) -> None:
        if ref.kind == "measure":
            self.measure(ref, context)
        elif ref.kind == "cohort":
            window = context.at[ref.grain[0]] if ref.grain else ""
            places = self.evaluation.cohort.among(ref.name, window, context.subjects[ref.frame] or "")
            for subject in places.draws:
                self.found.add(Missing(subject, f"{ref.name}_draw", window))
            asked = context.subjects[ref.frame] or ""
            open_places = places.waiting or ((asked,) if asked in places.doubtful else ())
            self.waiting(ref.name, window, open_places, asked)
        elif ref.name in ("grade", "raw_grade"):
            section = self.evaluation.plan.section(ref.section)
            self.grade(section, context.subjects[ref.frame])
        elif ref.name == "meets_all":
            section = self.evaluation.plan.section(ref.section)
            self.criteria(section, context.subjects[ref.frame], "met", required=True)
        elif ref.name == "points":
            section = self.evaluation.plan.section(ref.section)
            self.criteria(section, context.subjects[ref.frame], "points")
        elif ref.name == "score":
            rules = self.evaluation.plan.section(ref.section).grade
            if rules:
                self.measure(NameRef("measure", ref.section, rules.score, ref.frame), context)

    def waiting(self, rule: str, window: str, members: tuple[str, ...], subject: str) -> None:
        """What members lack whose place, or being there at all, is open: the subject's own, else a few of theirs."""
        if ("cohort", rule, window) in self.seen:
            return
        self.seen.add(("cohort", rule, window))
        for member in (subject,) if subject in members else members[:_WAITING]:
            for asked, inner in self.evaluation.cohort.asked(rule, member, window):
                self.node(asked, inner)

    def measure(self, ref: NameRef, context: Context) -> None:
        measure = self.evaluation.plan.measures[ref.section, ref.name]
        subject = context.subjects[ref.frame]
        key = (ref.section, ref.name, subject, *(context.at[step] for step in ref.grain))
        if key in self.seen:
            return
        self.seen.add(key)
        inner = self.machine.instance(ref.section, subject, ref.grain, context)
        if self.machine.frozen(measure, subject, inner) is not None:
            return
        for part in measure.parts():
            self.node(part, inner)

    def tied(self, members: list[Member], collection: Collection, context: Context) -> Iterator[Missing]:
        """Records of one day, in an order nobody has entered."""
        assert collection.record is not None
        records = [inner.record for inner, _ in members if inner.record]
        days = [self.machine.place(record, collection) for record in records]
        for record, day in zip(records, days, strict=True):
            if days.count(day) > 1:
                field = f"{collection.name}.{collection.record.placed_by[0]}"
                yield Missing(context.subjects[collection.of] or "", field, record.no)

    def passage(self, node: Typed, collection: Collection, context: Context) -> None:
        members, is_open = self.machine.members(collection, context)
        asks: Passage = node.data
        found = len(self.found)
        parts = node.kids[: asks.asks]
        counted = False
        for inner, certain in members:
            if isinstance(inner.part, Judged):
                if inner.part.criterion.applies:
                    self.node(inner.part.criterion.applies, inner.part.context)
            elif not certain:
                placed_by = collection.record.placed_by if collection.record else ()
                subject = context.subjects[collection.of] or ""
                no = inner.record.no if inner.record else ""
                self.found.update(Missing(subject, f"{collection.name}.{field}", no) for field in placed_by[:1])
            if asks.where and self.machine.closure(parts[-1])(inner) is False:
                continue
            counted = True
            for part in parts:
                self.node(part, inner)
        for kid in node.kids[asks.asks + asks.none :]:
            self.node(kid, context)
        if len(self.found) == found and not is_open and asks.function in IN_ORDER and collection.record:
            self.found.update(self.tied(members, collection, context))
        if is_open:
            self.found.add(Missing(context.subjects[collection.of] or "", collection.name))
        elif asks.what and not counted:  # none counts, as in a mean of those known: what each lacks could change it
            for inner, _ in members:
                self.node(parts[0], inner)
