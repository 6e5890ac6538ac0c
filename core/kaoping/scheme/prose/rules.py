"""What a scheme asks and gives: gates, criteria, measures, grades, places, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from kaoping.scheme import expressions as tree
from kaoping.scheme.model import (
    PERIOD_DAYS,
    SEVERITIES,
    WINDOW_DAYS,
    CohortRule,
    ConsequenceRule,
    Criterion,
    Expr,
    GradeRules,
    Measure,
    Parameter,
)
from kaoping.scheme.prose.forms import tag_words
from kaoping.scheme.prose.pieces import Lines, Writer, constant_words, row
from kaoping.scheme.prose.wording import Words
from kaoping.scheme.scope import Frame, Scope


class Rules(Writer):
    """The rules of a scheme, one section after another."""

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.subject = words.scheme.subject

    def gates(self) -> Lines:
        """The stages that must be passed."""
        for gate in self.scheme.gates.values():
            needs = self.words.expression(gate.needs, self.subject)
            otherwise = self.say(f"outcome-{gate.otherwise}")
            yield self.item(gate.title.text(self.words.language), self.say("gate", needs=needs, otherwise=otherwise))
            yield from self.clause(gate.clause)

    def criteria(self, section: str, rules: Mapping[str, Criterion]) -> Lines:
        """The requirements, those that are required first."""
        for severity in SEVERITIES:
            found = [rule for rule in rules.values() if rule.severity == severity]
            if found:
                yield from (self.say(f"severity-{severity}"), "")
            for rule in found:
                by_degree = rule.earns is not None and rule.require.place == rule.earns.place
                text = "" if by_degree else self.words.expression(rule.require, section, rule.for_each)
                text += self._points(section, rule, self.say("semicolon") if text else "")
                if rule.applies_when:
                    applies = self.words.expression(rule.applies_when, section, rule.for_each)
                    text = self.say("applies", when=applies, text=text)
                yield self.item(self.words.title(rule.title, rule.id), self.each(rule.for_each) + text)
                yield from self.clause(rule.clause)
            yield ""

    def _points(self, section: str, rule: Criterion, before: str) -> str:
        """What a criterion is worth, and what it earns of it."""
        if rule.points is None:
            return ""
        points = self.words.expression(rule.points, section, rule.for_each)
        if rule.earns is None:
            return before + self.say("worth", points=points)
        earns = self.words.expression(rule.earns, section, rule.for_each)
        return before + self.say("earns", points=points, earns=earns)

    def measures(self, section: str, rules: Mapping[str, Measure]) -> Lines:
        """What is reckoned from facts."""
        told: set[str] = set()
        for rule in rules.values():
            name = rule.id.partition(".")[0] if rule.table else rule.id
            if name in told:  # a table with several results is one table
                continue
            told.add(name)
            of = rule.of or section
            text = self.how(rule, of)
            if rule.applies_when:
                text = self.say("applies", when=self.words.expression(rule.applies_when, of, rule.for_each), text=text)
            if rule.round is not None:
                text += self.say("rounded", places=rule.round)
            text += self.say("frozen") if rule.frozen else ""
            whose = self.say("of-subject", subject=self.words.subject(rule.of)) if rule.of else ""
            unit = f"（{rule.unit}）" if rule.unit and self.words.language == "zh" else ""
            yield self.item(self.words.title(rule.title, rule.id) + unit, whose + self.each(rule.for_each) + text)
            yield from self._table(rule, of)
            yield from self.clause(rule.clause)
        yield ""

    def how(self, rule: Measure, of: str) -> str:
        """How a measure of a subject type is reckoned, in a sentence."""
        words = partial(self.words.expression, subject=of, grain=rule.for_each)
        if rule.weigh:
            parts = [self.say("weighed", what=words(what), weight=words(weight)) for what, weight in rule.weigh]
            left = [words(what) for what, _ in rule.weigh if what.text.strip() in rule.leave_out]
            text = self.say("weigh", parts=self.say("semicolon").join(parts))
            return text + (self.say("left-out", what=self.words.listed(left)) if left else "")
        if rule.steps:
            steps = [
                self.say(f"step-{kind}{'-when' if when else ''}", amount=words(amount), when=words(when))
                for kind, amount, when in rule.steps
            ]
            low, high = rule.keep_within or (None, None)
            text = self.say("semicolon").join(steps)
            return text + (self.say("kept-within", low=words(low), high=words(high)) if low and high else "")
        if rule.table:
            return self.say(f"hit-{rule.table.hit.replace(' ', '-')}")
        return words(rule.value)

    def _table(self, rule: Measure, of: str) -> Lines:
        if not rule.table:
            return
        yield ""
        yield row([self.say("head-when"), *rule.table.results], "  ")
        yield row(["---"] * (len(rule.table.results) + 1), "  ")
        for one in rule.table.rows:
            when = self.words.expression(one.when, of, rule.for_each) or self.say("always")
            yield row([when, *(constant_words(value) for value in one.gives)], "  ")
        if rule.table.default:
            yield row([self.say("otherwise"), *(constant_words(value) for value in rule.table.default)], "  ")
        yield ""

    def grade(self, section: str, rules: GradeRules | None) -> Lines:
        """Bands, score and vetoes."""
        if rules is None:
            return
        yield from self._bands(section, rules)
        yield ""
        if rules.score:
            score = Expr(rules.score, tree.Name(rules.score, 0), rules.place)
            yield from (self.say("score-is", score=self.words.expression(score, section)), "")
        grades = self.words.grades(section)
        if rules.vetoes:
            yield from (self.say("vetoes"), "")
        for veto in rules.vetoes:
            grade = self.words.named(self.words.title(grades[veto.at_most or veto.becomes]))
            when = self.words.expression(veto.when, section)
            effect = self.say("at-most" if veto.at_most else "becomes", grade=grade)
            yield self.item(self.words.title(veto.title, veto.id), self.say("veto", when=when, effect=effect))
            yield from self.clause(veto.clause)
        yield ""

    def _bands(self, section: str, rules: GradeRules) -> Lines:
        """Which grade when; or what the grade is taken from."""
        if rules.taken:
            titles = [self.words.title(rules.titles[grade], grade) for grade in rules.merit]
            taken = self.words.expression(rules.taken, section)
            yield self.say("grade-is", what=taken, grades=self.words.listed(titles))
            return
        yield from (self.say("bands" if rules.hit == "first" else "bands-unique"), "")
        yield from self.rows("head-grade", "head-when")
        for band in rules.bands:
            when = self.words.expression(band.when, section) if band.when else self.say("otherwise")
            yield row([self.words.title(rules.titles[band.grade], band.grade), when])
        for grade in rules.by_veto:
            yield row([self.words.title(rules.titles[grade], grade), self.say("by-veto")])

    def cohort(self) -> Lines:
        """Places among all."""
        for rule in self.scheme.cohort.values():
            grain = (rule.for_each,) if rule.for_each else ()
            text = self.say("semicolon").join(self._places(rule, grain))
            yield self.item(self.words.title(rule.title, rule.id), self.each(grain) + text)
            yield from self.clause(rule.clause)

    def _places(self, rule: CohortRule, grain: tuple[str, ...]) -> Lines:
        words = partial(self.words.expression, subject=self.subject, grain=grain)
        if rule.among:
            yield self.say("ranked-among", path=self._addressee(self.subject, rule.among))
        if rule.needs:
            yield self.say("ranked-needs", needs=words(rule.needs))
        if rule.exclude and rule.backfill:
            yield self.say("taken-out", exclude=words(rule.exclude))
        keys = []
        for key, low in rule.by:
            by, turned = _plain(key)
            way = "draw" if by is None else "rank-low" if low != turned else "rank-high"
            keys.append(self.say(way, by=words(by, binds="or")))
        yield self.say("ranked-by", keys=self.say("then").join(keys))
        if rule.tiers:
            tiers = [self.say("tier", tier=self.words.tier(name), count=words(count)) for name, count in rule.tiers]
            yield self.words.listed(tiers)
        else:
            yield self.say("top" if rule.top else "bottom", count=words(rule.top or rule.bottom))
        yield self.say(f"ties-{rule.ties}")
        if rule.exclude and not rule.backfill:
            yield self.say("excluded", exclude=words(rule.exclude))
        yield self.say(f"incomplete-{rule.incomplete}")

    # --- what follows

    def consequences(self, section: str, rules: Mapping[str, ConsequenceRule]) -> Lines:
        """What follows, as a table."""
        if rules:
            yield from self.rows("head-consequence", "head-when", "head-to", "head-what", "head-life", "head-source")
        for rule in rules.values():
            cells = [self.words.title(rule.title, rule.id), self._trigger(section, rule)]
            to = self.words.listed(self._addressee(section, path) for path in rule.to)
            cells.append(self.say("as-of", to=to, day=self._day(section, rule, rule.as_of)) if rule.as_of else to)
            cells.append(self.say("semicolon").join(self._content(section, rule)))
            cells.append(self.say("semicolon").join(self._life(section, rule)))
            yield row([*cells, self.sources(rule.clause)])
        if rules:
            yield ""

    def _trigger(self, section: str, rule: ConsequenceRule) -> str:
        when = self.words.expression(rule.when, section, (rule.for_each,) if rule.for_each else ())
        if not rule.for_each:
            return when or self.say("always")
        collection = self.words.scope(section).collection(rule.for_each)
        if collection is None or collection.kind == "window":
            return self.each((rule.for_each,)) + (when or self.say("always"))
        each = self.say("for-each", members=self.words.members(collection))
        return each + (self.say("colon") + when if when else "")

    def _addressee(self, section: str, path: str) -> str:
        if path == "public":
            return self.say("to-public")
        if path == "subject":
            return self.words.subject(section)
        names, current = [], section
        for step in path.split("."):
            collection = Scope(self.words.world, (Frame("subject", current),)).collection(step)
            relation = self.words.catalogue.relations.get(step)
            current = collection.to if collection else ""
            names.append(self.words.title(relation.title, step) if relation else self.words.subject(current))
        return self.say("of").join(names)

    def _content(self, section: str, rule: ConsequenceRule) -> Lines:
        yield self.say(f"kind-{rule.kind}")
        if rule.discretion:
            yield self.say("discretion")
        for account, amount in rule.points:
            title = self.words.named(self.words.title(self.scheme.accounts[account].title, account))
            plain, turned = _plain(amount)
            text = self.words.expression(plain, section, (rule.for_each,) if rule.for_each else ())
            yield self.say("points-taken" if turned else "points-added", account=title, amount=text)
            yield self.say(f"stacks-{rule.stacks.replace(' ', '-')}")
        if rule.bars:
            yield self.say("bars", value=tag_words(rule.bars, self.words.language))
        for name in ("blocks", "document"):
            if value := getattr(rule, name):
                yield self.say(name, value=value)
        if parameter := self.scheme.parameters.get(rule.amount):
            yield self.say("amount", value=self._parameter(parameter))
        elif rule.amount:
            yield self.say("amount-unstated")
        if rule.ladder:
            yield self.say("ladder", steps=self.say("to-next").join(map(self.words.title, rule.ladder)))

    def _life(self, section: str, rule: ConsequenceRule) -> Lines:
        if rule.starts == "publication":
            yield self.say("from-publication")
        else:
            yield self.say("from", day=self._day(section, rule, rule.starts))
        parameters = self.scheme.parameters
        if rule.lasts:
            yield self.say("lasts", length=self._parameter(parameters[rule.lasts]))
        if rule.until == "next_result":
            yield self.say("until-next-result")
        elif rule.until:
            yield self.say("due-on" if rule.closed_by else "until", day=self._day(section, rule, rule.until))
        if rule.within:
            yield self.say("within", length=self._parameter(parameters[rule.within]))
        if rule.closed_by:
            yield self.say("closed-by", event=self._event(rule.closed_by))
            if rule.within or rule.until:
                yield self.say(f"overdue-{rule.on_overdue}")
        if rule.ends_on:
            event, where = rule.ends_on
            text = self._event(event)
            if where:
                text = self.say(
                    "brackets", text=self.words.listed(f"`{name} = {value}`" for name, value in where.items())
                )
                text = self._event(event) + text
            yield self.say("ends-on", event=text)

    def _day(self, section: str, rule: ConsequenceRule, text: str) -> str:
        """An event's title, a day of the period, a record's field, or the day itself."""
        if text in self.scheme.events:
            return self._event(text)
        if text in PERIOD_DAYS:
            return self.say(text)
        if text in WINDOW_DAYS:
            if self.words.catalogue.is_window(rule.for_each):
                return self.words.of_window(text, rule.for_each)
            return self.say(text.replace("window", "period"))
        found = self.words.meant(text.partition(".")[2], self.words.scope(section, (rule.for_each,)))
        return self.words.named(self.words.title(found.title)) if found else text

    def _event(self, name: str) -> str:
        return self.words.named(self.words.title(self.scheme.events[name].title, name))

    def _parameter(self, parameter: Parameter) -> str:
        title = self.words.named(self.words.title(parameter.title, parameter.id))
        return self.say("parameter", title=title, value=self.words.parameter(parameter))

    def events(self) -> Lines:
        """What is recorded after publication."""
        for event in self.scheme.events.values():
            whose = self.say("of-scheme") if event.of == "scheme" else self.words.subject(event.of)
            fields = self.words.listed(f"`{name}`" for name in event.fields)
            text = self.say("event", id=event.id, subject=whose) + (self.say("with", fields=fields) if fields else "")
            yield self.item(self.words.title(event.title, event.id), text)


def _plain(expr: Expr | None) -> tuple[Expr | None, bool]:
    """An expression without the minus before it, and whether there was one."""
    if expr is None or not isinstance(expr.tree, tree.Negative):
        return expr, False
    return replace(expr, tree=expr.tree.part), True
