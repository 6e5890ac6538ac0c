"""Proofs over every input there may be: which rules can take effect, whether bands and tables fit together.

Each question is put to a prover. What it finds is evaluated by the reference engine before it is told; what it shows to
be impossible is told as a fault or as a proof that holds; what it cannot decide is told by name. In a world a register
holds up to a few different entries, any number of each; where a rule reads related subjects or counts different values
nothing is concluded from finding none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from kaoping.errors import Place
from kaoping.evaluation.context import Context
from kaoping.evaluation.plan import Plan, Section, TypedMeasure
from kaoping.evaluation.run import Evaluation
from kaoping.facts.frame import Frame
from kaoping.insight.faults import Finding, faults
from kaoping.insight.proving import Answer, Every, Graded, Prover, Session, Sure, Wish
from kaoping.insight.wishes import comes_true, is_dated, is_switched, reads_few, shown_in, trees_of
from kaoping.insight.witness import SUBJECT, unknown_world
from kaoping.scheme.typed import BOOLEAN, NUMBER, FactRef, NameRef, Typed

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Proved:
    """A question that came out as it should: its code and the rule it is about."""

    code: str
    rule: str


@dataclass(frozen=True)
class Undecided:
    """A question that is not decided, and why: "" is that time was up."""

    code: str
    rule: str
    why: str


@dataclass(frozen=True)
class Report:
    """Everything that was found about a scheme."""

    findings: tuple[Finding, ...]
    proved: tuple[Proved, ...] = ()
    undecided: tuple[Undecided, ...] = ()


def report(
    plan: Plan,
    prover: Prover | None,
    seconds: int = 2,
    tell: Progress = lambda _: None,
    worlds: Sequence[Evaluation] = (),
) -> Report:
    """What reading finds, and with a prover what its proofs find.

    What a prover leaves open, such as places among all, is decided where it comes true in one of `worlds`: facts that
    somebody wrote down, such as worked cases.
    """
    found = list(faults(plan))
    proved: list[Proved] = []
    undecided: list[Undecided] = []
    for section in plan.sections() if prover else ():
        assert prover is not None
        work = _Questions(plan, section, prover, seconds, tell, worlds)
        found += work.findings()
        proved += work.proved
        undecided += work.undecided
    findings = sorted(found, key=lambda one: (one.place, one.code, one.rule))
    return Report(tuple(findings), tuple(dict.fromkeys(proved)), tuple(dict.fromkeys(undecided)))


class _Questions:
    def __init__(
        self,
        plan: Plan,
        section: Section,
        prover: Prover,
        seconds: int,
        tell: Progress,
        worlds: Sequence[Evaluation],
    ) -> None:
        self.plan = plan
        self.section = section
        self.seconds = seconds
        self.tell = tell
        self.worlds = worlds
        self.evaluation = unknown_world(plan, section)
        self.session: Session = prover.session(self.evaluation, section, SUBJECT)
        self.home = self.evaluation.context(section, SUBJECT)
        self.proved: list[Proved] = []
        self.undecided: list[Undecided] = []

    def findings(self) -> Iterator[Finding]:
        """Every fault of the section."""
        yield from self.gates()
        yield from self.criteria()
        yield from self.bands()
        yield from self.vetoes()
        yield from self.tables()
        yield from self.consequences()
        yield from self.monotony()

    # --- asking

    def ask(self, code: str, rule: str, wish: Wish, *, wanted: bool) -> Answer | None:
        """A question that should come true (or should not): the answer where it does not come out as it should."""
        self.tell(rule)
        trees = list(trees_of(self.section, wish)) if wanted else []
        if any(is_switched(self.plan, tree) or is_dated(self.plan, tree) for tree in trees):
            return None  # a place may choose otherwise, another period be otherwise
        answer = self.session.find(wish, self.seconds)
        if answer.status == "found" and answer.frame is not None and not self.comes_true(answer.frame, wish):
            answer = Answer("open", why="reference")
        if answer.status == "none" and self.bounded(wish):
            answer = Answer("open", why="bounded")
        if answer.status == "open" and wanted and shown_in(self.worlds, self.section, wish):
            answer = Answer("found")
        if answer.status == "open":
            self.undecided.append(Undecided(code, rule, answer.why))
            return None
        if (answer.status == "found") is wanted:
            self.proved.append(Proved(code, rule))
            return None
        return answer

    def should(self, code: str, rule: str, place: Place, wish: Wish, **facts: str) -> Iterator[Finding]:
        """A fault where no world makes the wish come true."""
        if self.ask(code, rule, wish, wanted=True):
            yield Finding(f"proofs.{code}", rule, place, {"name": rule, **facts})

    def should_not(self, code: str, rule: str, place: Place, wish: Wish, **facts: str) -> Iterator[Finding]:
        """A fault where some world makes the wish come true; it is the witness."""
        if answer := self.ask(code, rule, wish, wanted=False):
            yield Finding(f"proofs.{code}", rule, place, {"name": rule, **facts}, answer.frame)

    def comes_true(self, frame: Frame, wish: Wish) -> bool:
        """Does the reference engine say so too?"""
        return comes_true(Evaluation(self.plan, frame), self.section, wish)

    def bounded(self, wish: Wish) -> bool:
        """Does it read what a world holds only a few of, so that none found proves nothing?"""
        return any(reads_few(self.plan, node) for node in trees_of(self.section, wish))

    # --- the questions

    def gates(self) -> Iterator[Finding]:
        for gate, needs in self.section.gates:
            yield from self.should("gate-never", gate.id, gate.place, Sure(needs, self.home))
            yield from self.should("gate-always", gate.id, gate.place, Sure(needs, self.home, wanted=False))

    def criteria(self) -> Iterator[Finding]:
        for criterion in self.section.criteria:
            rule = criterion.rule
            context = next(one for _, one in self.evaluation.grader.instances(rule.for_each, self.home))
            applies: tuple[Wish, ...] = ()
            if criterion.applies is not None:
                applies = (Sure(criterion.applies, context),)
                dead = list(self.should("criterion-never-applies", rule.id, rule.place, applies[0]))
                yield from dead
                if dead:
                    continue
            met = Every((*applies, Sure(criterion.require, context)))
            missed = Every((*applies, Sure(criterion.require, context, wanted=False)))
            yield from self.should("criterion-never", rule.id, rule.place, met)
            yield from self.should("criterion-always", rule.id, rule.place, missed)

    def bands(self) -> Iterator[Finding]:
        rules = self.section.grade
        if rules is None:
            return
        places = {band.grade: band.place for band in rules.bands}
        dead = set()
        for grade, _ in self.section.bands:
            found = list(self.should("band-never", grade, places[grade], Graded(frozenset({grade}), raw=True)))
            dead |= {grade} if found else set()
            yield from found
        for grade in rules.merit:
            if grade not in dead:
                place = places.get(grade, rules.place)
                yield from self.should("grade-never", grade, place, Graded(frozenset({grade})))
        yield from self.meeting()

    def meeting(self) -> Iterator[Finding]:
        """Bands with two ends on one number: what lies between two of them, and what both hold."""
        rules = self.section.grade
        assert rules is not None
        places = {band.grade: band.place for band in rules.bands}
        bands = [(grade, when) for grade, when in self.section.bands if when is not None]
        for (better, above), (grade, below) in combinations(bands, 2):
            for key, low in _ends(above, lower=True).items():
                high = _ends(below, lower=False).get(key)
                if high is None:
                    continue
                facts = {"better": better, "number": key}
                both = Every((Sure(above, self.home), Sure(below, self.home)))
                found = self.should_not("bands-overlap", grade, places[grade], both, **facts)
                yield from (self.shown_at(one, both, low, self.limit(low)) for one in found)
                rest = [node for node in (*_conjuncts(above), *_conjuncts(below)) if _key(node) != key]
                between: list[Wish] = [Sure(node, self.home) for node in rest]
                worse = rules.merit[rules.merit.index(grade) + 1 :]
                between += [Sure(low, self.home, wanted=False), Sure(high, self.home, wanted=False)]
                between.append(Graded(frozenset(worse), raw=True))
                gap, ends = Every(tuple(between)), (self.limit(low), self.limit(high))
                middle = None if None in ends else sum(ends) / Fraction(2)  # type: ignore[arg-type]  # none is None
                found = self.should_not("bands-gap", grade, places[grade], gap, **facts)
                yield from (self.shown_at(one, gap, low, middle) for one in found)

    def limit(self, node: Typed) -> int | Fraction | None:
        """The limit a comparison sets, where it is one number."""
        limit = node.kids[1] if isinstance(node.kids[0].data, NameRef | FactRef) else node.kids[0]
        found = self.evaluation.machine.closure(limit)(self.home)
        return found if isinstance(found, int | Fraction) else None

    def shown_at(self, finding: Finding, wish: Wish, node: Typed, value: int | Fraction | None) -> Finding:
        """The finding shown at a telling value of the number, where the fault is there too."""
        if value is None:
            return finding
        number = node.kids[0] if isinstance(node.kids[0].data, NameRef | FactRef) else node.kids[1]
        whole = value.numerator if value.denominator == 1 else value
        there = Typed("compare", BOOLEAN, node.place, (number, Typed("const", NUMBER, node.place, data=whole)), "==")
        sharper = Every((wish, Sure(there, self.home)))
        answer = self.session.find(sharper, self.seconds)
        shown = answer.frame is not None and self.comes_true(answer.frame, sharper)
        return replace(finding, witness=answer.frame) if shown else finding

    def vetoes(self) -> Iterator[Finding]:
        rules = self.section.grade
        merit = rules.merit if rules else ()
        alive = []
        for veto, when in self.section.vetoes:
            dead = list(self.should("veto-never", veto.id, veto.place, Sure(when, self.home)))
            yield from dead
            if dead:
                continue
            alive.append((veto, when))
            yield from self.should("veto-always", veto.id, veto.place, Sure(when, self.home, wanted=False))
            others = merit[: merit.index(veto.at_most)] if veto.at_most else [g for g in merit if g != veto.becomes]
            moves = Every((Sure(when, self.home), Graded(frozenset(others), raw=True)))
            yield from self.should("veto-idle", veto.id, veto.place, moves)
        for (one, when), (other, also) in combinations(alive, 2):
            wish = Every((Sure(when, self.home), Sure(also, self.home)))
            if _contradict(merit, one.becomes, other.becomes, one.at_most, other.at_most):
                yield from self.should_not("vetoes-contradict", one.id, other.place, wish, other=other.id)

    def tables(self) -> Iterator[Finding]:
        for (of, name), measure in self.plan.measures.items():
            table = measure.rule.table
            if of == self.section.type and table is not None and measure.rule.column == 0:
                yield from self.table(name.partition(".")[0], measure)

    def table(self, name: str, measure: TypedMeasure) -> Iterator[Finding]:
        table = measure.rule.table
        assert table is not None
        grain = measure.rule.for_each
        context = next(one for _, one in self.evaluation.grader.instances(grain, self.home))
        nodes = [when or Typed("const", BOOLEAN, measure.rule.place, data=True) for when, _ in measure.rows]
        places = [row.place for row in table.rows]
        ordered = table.hit in ("first", "unique", "any")
        for number, node in enumerate(nodes):
            earlier = [Sure(one, context, wanted=False) for one in nodes[:number]] if table.hit == "first" else []
            row = f"{name}[{number + 1}]"
            yield from self.should("row-never", row, places[number], Every((Sure(node, context), *earlier)))
        gives = [given for _, given in measure.rows]
        for first, second in combinations(range(len(nodes)), 2):
            clash = table.hit == "unique" or (table.hit == "any" and gives[first] != gives[second])
            if clash:
                wish = Every((Sure(nodes[first], context), Sure(nodes[second], context)))
                row, facts = f"{name}[{second + 1}]", {"other": f"{name}[{first + 1}]"}
                yield from self.should_not("rows-overlap", row, places[second], wish, **facts)
        if ordered and table.default is None:
            nothing = Every(tuple(Sure(node, context, wanted=False) for node in nodes))
            yield from self.should_not("rows-gap", name, measure.rule.place, nothing)

    def consequences(self) -> Iterator[Finding]:
        for typed in self.section.consequences:
            rule = typed.rule
            if typed.when is None or (typed.each is not None and typed.each.kind not in ("window", "list")):
                continue
            grain = (typed.each.name,) if typed.each else ()
            context: Context = next(one for _, one in self.evaluation.grader.instances(grain, self.home))
            yield from self.should("consequence-never", rule.id, rule.place, Sure(typed.when, context))

    def monotony(self) -> Iterator[Finding]:
        """Facts of which the scheme says which way is better: no better value may give a worse grade."""
        rules = self.section.grade
        if rules is None:
            return
        families = self.plan.catalogue.families(self.section.type)
        read = {node.data.fact.id for node in self._read() if isinstance(node.data, FactRef)}
        for (of, name), fact in sorted(self.plan.catalogue.facts.items()):
            use = self.plan.scheme.facts.get(name)
            if of not in families or not fact.better or use is None or name not in read:
                continue
            self.tell(name)
            answer = self.session.against(name, fact.better, self.seconds)
            worlds = (answer.frame, answer.other)
            if answer.status == "found" and not self.falls(*worlds):
                answer = Answer("open", why="reference")
            if answer.status == "open":
                self.undecided.append(Undecided("not-monotone", name, answer.why))
            elif answer.status == "none":
                self.proved.append(Proved("not-monotone", name))
            else:
                facts = {"name": name, "better": fact.better}
                yield Finding("proofs.not-monotone", name, use.place, facts, *worlds)

    def falls(self, frame: Frame | None, other: Frame | None) -> bool:
        """Is the grade of the second world worse, by the reference engine?"""
        rules = self.section.grade
        if frame is None or other is None or rules is None:
            return False
        found = [Evaluation(self.plan, one).grader.grading(self.section.type, SUBJECT).final for one in (frame, other)]
        if any(len(final) != 1 or not final <= {*rules.merit} for final in found):
            return False
        before, after = (rules.merit.index(next(iter(final))) for final in found)
        return after > before

    def _read(self) -> Iterator[Typed]:
        for measure in self.plan.measures.values():
            for part in measure.parts():
                yield from part.walk()
        for tree in trees_of(self.section, Graded(frozenset())):
            yield from tree.walk()


def _contradict(merit: tuple[str, ...], sets: str, also_sets: str, caps: str, also_caps: str) -> bool:
    """Two vetoes that want different things: two grades set, or one set that is better than the other's cap."""
    if sets and also_sets:
        return sets != also_sets
    found, cap = (sets, also_caps) if sets else (also_sets, caps)
    return bool(found and cap) and merit.index(found) < merit.index(cap)


def _conjuncts(node: Typed) -> list[Typed]:
    return [one for kid in node.kids for one in _conjuncts(kid)] if node.op == "and" else [node]


def _key(node: Typed) -> str:
    """The number a comparison with a limit is about, or ""."""
    if node.op != "compare":
        return ""
    for side in node.kids:
        if isinstance(side.data, NameRef):
            return side.data.name
        if isinstance(side.data, FactRef):
            return side.data.fact.id
    return ""


def _ends(node: Typed, *, lower: bool) -> dict[str, Typed]:
    """The lower (or upper) ends a condition sets, by the number."""
    found = {}
    for one in _conjuncts(node):
        if key := _key(one):
            op = one.data if isinstance(one.kids[0].data, NameRef | FactRef) else _TURNED.get(one.data, one.data)
            if op in ((">", ">=") if lower else ("<", "<=")):
                found[key] = one
    return found


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
