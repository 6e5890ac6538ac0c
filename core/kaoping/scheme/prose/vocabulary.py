"""What the names of a scheme are called: titles, values with their units, choices, grades, collections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time

from kaoping.facts.clock import time_text
from kaoping.facts.types import Catalogue, Title
from kaoping.facts.values import number_text
from kaoping.scheme import expressions as tree
from kaoping.scheme.catalogue import view
from kaoping.scheme.model import Duration, Parameter, ParameterValue, Scheme
from kaoping.scheme.passages import EARLIER, PARTS, part_types
from kaoping.scheme.prose.forms import unit_words
from kaoping.scheme.scope import BUILT_IN, RESULTS, Frame, Scope, World
from kaoping.scheme.typed import Collection
from kaoping.texts import Language, has_text, say


@dataclass(frozen=True)
class Meant:
    """What a name stands for: its title, the titles of its choices, and whether it is a day or a choice.

    `built_in` names need no quotation marks; `of` is the collection such a name is a part of.
    """

    title: Title
    choices: Mapping[str, Title] = field(default_factory=dict)
    kind: str = ""
    built_in: bool = False
    of: str = ""


class Vocabulary:
    """One scheme's names in one language."""

    def __init__(self, scheme: Scheme, catalogue: Catalogue, language: Language, day: date | None = None) -> None:
        """Take the values in force on `day`, the newest where None; `catalogue` holds what the scheme declares."""
        self.scheme = scheme
        self.catalogue = view(catalogue, scheme)
        self.language: Language = language
        self.day = day
        self.world = World(self.catalogue, scheme.parameters, {}, {}, parts=part_types(scheme))

    def say(self, key: str, /, **facts: object) -> str:
        """A sentence of ``texts/prose.toml``; Chinese that ends in 的 gets no second one."""
        text = say(f"prose.{key}", self.language, **facts)
        return text.replace("的的", "的") if any(str(fact).endswith("的") for fact in facts.values()) else text

    def title(self, title: Title, name: str = "") -> str:
        """A title in this language; the name where there is none."""
        return title.text(self.language) or name

    def named(self, text: str) -> str:
        """A title in quotation marks."""
        return self.say("named", title=text)

    def listed(self, words: Iterable[str]) -> str:
        """Several words one after another."""
        return self.say("comma").join(words)

    def scope(self, subject: str, grain: Iterable[str] = ()) -> Scope:
        """Where the expressions of a section stand."""
        scope = Scope(self.world, (Frame("subject", subject),), ledger=True)
        for step in grain:
            if collection := scope.collection(step):
                scope = scope.inside(collection)
        return scope

    def parameter(self, parameter: Parameter) -> str:
        """The value of a parameter with its unit."""
        value = parameter.values[-1][1] if self.day is None and parameter.values else parameter.on(self.day or date.max)
        return self.value_of(parameter, value)

    def value_of(self, parameter: Parameter, value: ParameterValue | None) -> str:
        """A value as a parameter's: a text by its title, a number with the unit."""
        if isinstance(value, str) and value in parameter.titles:
            return self.title(parameter.titles[value], value)
        return self.amount(value, parameter.unit)

    def amount(self, value: ParameterValue | None, unit: str = "") -> str:
        """A value with its unit: ``85分``, ``85 points``, ``24个月``."""
        if isinstance(value, Duration):
            count, _, kind = str(value).partition(" ")
            return self.length(kind, count)
        if value is None or isinstance(value, str):
            return value or ""
        if isinstance(value, time):
            return time_text(value)
        text = number_text(value)
        if not unit or unit == "%" or self.language == "zh":
            return f"{text}{unit}"
        return f"{text} {self.unit(unit)}".strip()

    def length(self, kind: str, count: str) -> str:
        """A length of time: kind ``years`` · ``months`` · ``days`` · ``workdays``."""
        return self.say(f"length-{kind}{'-one' if count == '1' else ''}", count=count)

    def unit(self, unit: str) -> str:
        """A unit, as far as it is known in this language."""
        return unit_words(unit, self.language)

    def meant(self, name: str, scope: Scope, of: str = "") -> Meant | None:
        """What a name stands for here, or None."""
        if of and (measure := self._measure(f"{of}.{name}")):
            return measure
        for frame in reversed(scope.frames):
            if of and not frame.called(of):
                continue
            if frame.record and name in frame.record.fields:
                kind, part = frame.record.fields[name], frame.kind == "part"
                title = frame.record.field_titles.get(name, Title(name))
                return Meant(title, kind.choice_titles, kind.kind, part, frame.name if part else "")
            if of == EARLIER and (then := self._measure(name)):
                parts = (say("prose.part-results-measure", one, title=then.title.text(one)) for one in ("zh", "en"))
                return Meant(Title(*parts), then.choices, then.kind, built_in=True)
            if of and name == "id":
                items = self.catalogue.lists[frame.name].items if frame.kind == "item" else {}
                return Meant(self._both(f"id-{frame.kind}"), items, built_in=True)
        for subject in scope.subjects():
            if found := self._of_subject(name, subject):
                return found
        if name in self.scheme.parameters:
            parameter = self.scheme.parameters[name]
            return Meant(parameter.title, parameter.titles, "parameter")
        return None

    def _of_subject(self, name: str, subject: str) -> Meant | None:
        if fact := self.catalogue.fact(subject, name):
            return Meant(fact.title, fact.type.choice_titles, fact.type.kind)
        if measure := self._measure(name):
            return measure
        if rule := self.scheme.cohort.get(name):
            return Meant(rule.title, {tier: self._tier(tier) for tier, _ in rule.tiers}, "choice")
        if name in RESULTS and (subject in self.scheme.roll_ups or subject in self._assessed()):
            return Meant(self._both(f"result-{name}"), self.grades(subject), "result", True)
        return None

    def _assessed(self) -> set[str]:
        own = self.scheme.subject
        return {own, *self.catalogue.members(own), *self.catalogue.families(own)}

    def _measure(self, name: str) -> Meant | None:
        groups = [self.scheme.measures, *(roll_up.measures for roll_up in self.scheme.roll_ups.values())]
        rule = next((group[name] for group in groups if name in group), None)
        if rule is None:
            return None
        section = next((p for p, r in self.scheme.roll_ups.items() if name in r.measures), self.scheme.subject)
        scope = self.scope(rule.of or section, rule.for_each)
        if rule.table and len(rule.table.results) > 1:
            column = rule.table.results[rule.column]
            title = Title(f"{rule.title.zh}：{column}", f"{rule.title.text('en')}: {column}")
            return Meant(title)
        return Meant(rule.title, kind="date" if rule.value and self.is_day(rule.value.tree, scope) else "")

    def grades(self, subject: str) -> dict[str, Title]:
        """The titles of what a section can give: grades, and outcomes of its gates."""
        roll_up = self.scheme.roll_ups.get(subject)
        rules = roll_up.grade if roll_up else self.scheme.grade
        found = dict(rules.titles) if rules else {}
        outcomes = {gate.otherwise for gate in self.scheme.gates.values()} if not roll_up else set()
        return found | {outcome: self._both(f"outcome-{outcome}") for outcome in outcomes}

    def tier(self, name: str) -> str:
        """What a tier of prizes is called."""
        return self.title(self._tier(name))

    def _tier(self, name: str) -> Title:
        return self._both(f"tier-{name}") if has_text(f"prose.tier-{name}") else Title(name)

    def _both(self, key: str) -> Title:
        return Title(say(f"prose.{key}", "zh"), say(f"prose.{key}", "en"))

    def members(self, collection: Collection) -> str:
        """What the members of a collection are called."""
        if collection.kind == "window":
            return self.of_window("each", collection.name)
        if collection.kind == "list":
            return self.say("list", name=self.list_name(collection.name))
        if collection.kind == "relation":
            return self._related(collection)
        title = self.title(collection.record.title if collection.record else Title(collection.name))
        return title if collection.kind in PARTS else self.named(title)

    def _related(self, collection: Collection) -> str:
        """A relation by its title; the way back by who is there, and by the relation too where several lead there."""
        relations = self.catalogue.relations
        if there := relations.get(collection.name):
            return self.named(self.title(there.title, there.id))
        back = next(relation for relation in relations.values() if relation.inverse == collection.name)
        who = self.named(self.subject(collection.to))
        if [(one.of, one.to) for one in relations.values()].count((back.of, back.to)) == 1:
            return who
        return self.say("way-back", who=who, relation=self.title(back.title, back.id))

    def of_window(self, key: str, name: str) -> str:
        """A text about a kind of window, or about the windows of a calendar."""
        if calendar := self.catalogue.calendars.get(name):
            return self.say(f"{key}-calendar", name=self.named(self.title(calendar.title, name)))
        return self.say(f"{key}-{name}")

    def list_name(self, name: str) -> str:
        """What a list is called: its title, else its id."""
        title = self.catalogue.lists[name].title
        return self.named(self.title(title)) if title.zh else self.say("list-id", name=name)

    def subject(self, name: str) -> str:
        """What a subject type is called."""
        known = self.catalogue.subject_types.get(name)
        return self.title(known.title, name) if known else name

    def collection(self, node: tree.Tree, scope: Scope) -> Collection | None:
        """What a passage goes through, or None."""
        if isinstance(node, tree.Call) and node.args:  # ever(…), trailing(…), past(…, 4), on(day, …)
            return self.collection(node.args[-1 if node.function == "on" else 0], scope)
        return scope.collection(node.name) if isinstance(node, tree.Name) and not node.of else None

    def inside(self, passage: tree.Call, scope: Scope) -> Scope:
        """Where the condition of a passage stands."""
        collection = self.collection(passage.args[0], scope) if passage.args else None
        return scope.inside(collection) if collection else scope

    def is_day(self, node: tree.Tree, scope: Scope) -> bool:
        """Is it a day? As far as names and functions tell."""
        if isinstance(node, tree.Never):
            return True
        if isinstance(node, tree.Name):
            if node.name in BUILT_IN:
                return BUILT_IN[node.name].kind == "date"
            found = self.meant(node.name, scope, node.of)
            return found is not None and found.kind in ("date", "time")
        if isinstance(node, tree.Choice):
            return self.is_day(node.then, scope) or self.is_day(node.other, scope)
        if not isinstance(node, tree.Call) or not node.args:
            return False
        if node.function in ("lowest", "highest", "first", "last") and len(node.args) > 1:
            return self.is_day(node.args[1], self.inside(node, scope))
        if node.function in ("min", "max", "or_else", "previous", "baseline"):
            return self.is_day(node.args[0], scope)
        return node.function == "plus"
