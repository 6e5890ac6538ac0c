"""What stands behind a scheme: its parameters, what is entered, lists, decisions."""

from __future__ import annotations

from collections.abc import Iterator

from kaoping.facts.types import FactType, RecordType, Title, ValueType
from kaoping.scheme.model import Expr, Scale
from kaoping.scheme.prose.forms import form_words
from kaoping.scheme.prose.pieces import Lines, Writer, constant_words, row
from kaoping.scheme.scales import bounds_fall
from kaoping.scheme.scope import RESULTS


class Inventory(Writer):
    """Tables for who enters facts and who answers for the parameters."""

    def parameters(self) -> Lines:
        """Every parameter with its values, dated where they are."""
        if self.scheme.parameters:
            yield from self.rows("head-parameter", "head-value", "head-source", "head-name")
        for one in self.scheme.parameters.values():
            values = [
                (self.say("since", day=since) if since else "") + self.words.value_of(one, value)
                for since, value in one.values
            ]
            text = self.say("semicolon").join(values)
            choices = [f"{self.words.title(one.titles[c], c)} `{c}`" if c in one.titles else c for c in one.one_of]
            text += self.say("one-of", values=self.words.listed(choices)) if choices else ""
            yield row([self.words.title(one.title, one.id), text, self.sources(one.clause), f"`{one.id}`"])

    def scales(self) -> Lines:
        """Every scale with what it gives."""
        for scale in self.scheme.scales.values():
            form = scale.form if scale.form in ("line", "by") else "steps"
            unit = f"（{scale.unit}）" if scale.unit and self.words.language == "zh" else ""
            heads = [self._key(name)[0] for name in scale.keys]
            how = self.say(f"scale-{form}", keys=self.words.listed(heads))
            yield self.item(self.words.title(scale.title, scale.id) + unit, how)
            yield ""
            heads = heads or [self.say("head-of-scale")]
            yield row([*heads, self.say("head-gives")], "  ")
            yield row(["---"] * (len(heads) + 1), "  ")
            yield from (row(cells, "  ") for cells in self._scale(scale))
            yield ""
            yield from self.clause(scale.clause)

    def _scale(self, scale: Scale) -> Iterator[list[str]]:
        for x, y in scale.points:
            yield [self._given(x), self._given(y)]
        for one in scale.rows:
            known = [self._key(name)[1] for name in scale.keys]
            keys = [titles.get(str(key), constant_words(key)) for titles, key in zip(known, one.keys, strict=True)]
            yield [*keys, self._given(one.gives)]
        if scale.no_row:
            none = self.say("unknown") if isinstance(scale.no_row, str) else self._given(scale.no_row)
            yield [self.say("otherwise"), *[""] * (len(scale.keys) - 1), none]
        if scale.gives:
            yield from ([step, self._given(gives)] for step, gives in zip(self._steps(scale), scale.gives, strict=True))

    def _key(self, name: str) -> tuple[str, dict[str, str]]:
        """The title of a scale's key and of its values, where it is called as a list or as a fact of the scheme."""
        if items := self.words.catalogue.lists.get(name):
            return self.words.title(items.title, name), {i: self.words.title(t, i) for i, t in items.items.items()}
        use = self.scheme.facts.get(name)
        fact = self.words.catalogue.fact(use.of, name) if use else None
        if fact is None:
            return name, {}
        titles = {choice: self.words.title(title, choice) for choice, title in fact.type.choice_titles.items()}
        return self.words.title(fact.title, name), titles

    def _steps(self, scale: Scale) -> Iterator[str]:
        """The steps a scale parts numbers into, in the order of what it gives."""
        bounds = [self._given(bound) for bound in scale.bounds]
        falling = bounds_fall(scale, self.scheme.parameters, [])
        equal = scale.form in ("from", "below")  # is a number equal to a bound with those above it?
        above, below = ("at-least", "below") if equal else ("above", "at-most")
        before, after = (above, below) if falling else (below, above)
        yield self.say(f"scale-{before}", bound=bounds[0])
        for bound, following in zip(bounds, [*bounds[1:], ""], strict=True):
            step = [self.say(f"scale-{after}", bound=bound)]
            step += [self.say(f"scale-{before}", bound=following)] if following else []
            yield self.say("comma").join(step)

    def _given(self, expr: Expr) -> str:
        return self.words.expression(expr, self.scheme.subject)

    def facts(self) -> Lines:
        """Every fact that is entered or fed."""
        uses = [
            (use, fact) for use in self.scheme.facts.values() if (fact := self.words.catalogue.fact(use.of, use.id))
        ]
        if uses:
            yield from self.rows(
                "head-fact", "head-subject", "head-fill", "head-how-often", "head-remark", "head-source"
            )
        for use, fact in uses:
            assumed = self.say("assumed", value=use.assume) if use.assume else ""
            remarks = [one for one in (assumed, *self._remarks(fact)) if one]
            cells = [self.words.title(fact.title, fact.id), self.words.subject(use.of), self._kind(fact.type)]
            cells += [self._often(fact), self.say("semicolon").join(remarks), fact.source]
            yield row(cells)
        if uses:
            yield ""

    def _remarks(self, fact: FactType) -> Lines:
        if fact.optional:
            yield self.say("optional")
        if fact.fed_from:
            source, item = fact.fed_by
            named = self.say(f"result-{item}") if item in RESULTS else f"`{item}`"
            yield self.say(f"fed-{fact.feed_at}", scheme=source, item=named)

    def _often(self, fact: FactType) -> str:
        if fact.holds:
            return self.say("when-it-changes")
        steps = [self.step(name) for name in fact.for_each]
        return self.words.listed(steps) if steps else self.say(f"per-{self.scheme.period}")

    def _kind(self, kind: ValueType) -> str:
        return form_words(kind, self.words.language)

    def records(self) -> Lines:
        """Every register with its fields."""
        found = [
            (of, record)
            for name, (of, _, _) in self.scheme.records.items()
            if (record := self.words.catalogue.record(of, name))
        ]
        if found:
            yield from self.rows(
                "head-record", "head-subject", "head-fields", "head-placed", "head-complete", "head-source"
            )
        for of, record in found:
            cells = [self.words.title(record.title, record.id), self.words.subject(of)]
            cells.append(self.say("semicolon").join(self._field(record, name) for name in record.fields))
            placed = [self.words.title(record.field_titles.get(name, Title(name)), name) for name in record.placed_by]
            cells.append(self.say("else").join(placed) or self.say("on-file"))
            cells += [self.say(f"complete-{record.complete}"), record.source]
            yield row(cells)

    def _field(self, record: RecordType, name: str) -> str:
        title = record.field_titles.get(name)
        kind = self._kind(record.fields[name])
        return self.say("parameter", title=self.words.title(title, name) if title else name, value=kind)

    def lists(self) -> Lines:
        """The lists that facts or the scheme use."""
        facts = [self.words.catalogue.fact(use.of, use.id) for use in self.scheme.facts.values()]
        used = {step for fact in facts if fact for step in fact.for_each} | set(self.scheme.lists)
        for name, items in self.words.catalogue.lists.items():
            if name in used:
                titles = [self.words.title(title, item) for item, title in items.items.items()]
                apart = self.say(
                    "semicolon" if any(self.say("comma").strip() in title for title in titles) else "comma"
                )
                title = self.words.title(items.title)
                yield self.item(
                    self.say("list-head", title=title, name=name) if title else f"`{name}`", apart.join(titles)
                )

    def calendars(self) -> Lines:
        """The calendars the scheme names, with the windows it writes."""
        for name in self.scheme.calendars:
            calendar = self.words.catalogue.calendars[name]
            windows = [
                self.say("calendar-window", title=self.words.title(calendar.window_titles[one.text]), name=one.text,
                         start=one.start, end=one.end)
                for one in calendar.windows
            ]  # fmt: skip
            told = "official" if self.words.catalogue.official.windows(name) else "entered"
            head = self.say("list-head", title=self.words.title(calendar.title), name=name)
            yield self.item(head, self.say("semicolon").join(windows) or self.say(f"calendar-{told}"))

    def decisions(self) -> Lines:
        """What was decided where the source is silent, with the reason."""
        for number, decision in enumerate(self.scheme.decisions.values(), 1):
            reason = self.say("reason", why=self.words.title(decision.why))
            head = self.say("decision-head", number=number, id=decision.id)
            yield f"- {head}{self.say('colon')}{self.words.title(decision.title)}{self.say('stop')}{reason}"
