"""Expressions in words, for people who know the rules and not the names: titles, values, units, plain connectives.

Nothing is reckoned and nothing is checked here: a name that means nothing is left as it is written. Sentences are in
``texts/prose.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kaoping.facts.types import Title
from kaoping.facts.values import number_text
from kaoping.scheme import expressions as tree
from kaoping.scheme.aggregates import AGGREGATES
from kaoping.scheme.model import Expr
from kaoping.scheme.prose.calendar_day import calendar_day
from kaoping.scheme.prose.vocabulary import Meant, Vocabulary
from kaoping.scheme.scope import BUILT_IN, RESULTS, Scope
from kaoping.texts import has_text

_LENGTHS = {"years": "年", "months": "个月", "days": "天", "workdays": "个工作日"}
"""How much later: a keyword of ``plus``, and the unit that says the same."""
_MONTH = "月"
"""The unit of a parameter that is a month of the year."""
_BINDS = {"if": 0, "or": 1, "and": 2, "not": 3, "test": 3, "sum": 4, "term": 5, "call": 6, "atom": 7}
"""How closely the parts of a sentence hang together; a looser one inside a closer one is put in brackets."""


@dataclass(frozen=True)
class Phrase:
    """Some words and how closely they hang together."""

    text: str
    binds: int = _BINDS["atom"]


class Words(Vocabulary):
    """One scheme's expressions in one language."""

    def expression(self, expr: Expr | None, subject: str, grain: Iterable[str] = (), binds: str = "if") -> str:
        """An expression that stands in the section of a subject type, for each of `grain`.

        In brackets where its words hang together more loosely than `binds`, for what is said right after it.
        """
        return "" if expr is None else self._text(expr.tree, self.scope(subject, grain), binds)

    # --- trees

    def _phrase(self, node: tree.Tree, scope: Scope) -> Phrase:
        return _BY_KIND[type(node)](self, node, scope)

    def _text(self, node: tree.Tree, scope: Scope, binds: str = "or") -> str:
        """The words of a part, in brackets where they hang together more loosely than `binds`."""
        phrase = self._phrase(node, scope)
        return phrase.text if phrase.binds >= _BINDS[binds] else self.say("brackets", text=phrase.text)

    def _constant(self, node: tree.Number | tree.Text | tree.Truth | tree.Never, _: Scope) -> Phrase:
        if isinstance(node, tree.Number):
            return Phrase(number_text(node.value))
        if isinstance(node, tree.Text):
            return Phrase(self.named(node.value))
        return Phrase(self.say("never" if isinstance(node, tree.Never) else "yes" if node.value else "no"))

    def _name(self, node: tree.Name, scope: Scope) -> Phrase:
        found = self.meant(node.name, scope, node.of)
        if node.name in BUILT_IN and not node.of and not (found and found.of):
            return Phrase(self._built_in(node.name, scope))
        if found is None:
            return Phrase(f"{node.of}.{node.name}" if node.of else node.name)
        if found.built_in:
            return Phrase(self.title(found.title))
        text = self.named(self.title(found.title, node.name))
        if found.kind == "parameter":
            value = self.parameter(self.scheme.parameters[node.name])
            return Phrase(self.say("parameter", title=text, value=value))
        return Phrase(text)

    def _built_in(self, name: str, scope: Scope) -> str:
        windows = [frame.name for frame in scope.frames if frame.kind == "window"]
        if name.startswith("window_"):
            return self.of_window(name, windows[-1]) if windows else self.say(name.replace("window", "period"))
        return self.say(name)

    def _negative(self, node: tree.Negative, scope: Scope) -> Phrase:
        return Phrase(self.say("negative", part=self._text(node.part, scope, "atom")), _BINDS["term"])

    def _chain(self, node: tree.Chain, scope: Scope) -> Phrase:
        kind = "sum" if node.parts[0][0] == "+" else "term"
        words: list[str] = []
        for number, (op, part) in enumerate(node.parts):
            products = isinstance(part, tree.Chain) and part.parts[0][0] == "*" and (kind == "sum" or not number)
            words += [_SIGNS[op]] if number else []
            words.append(self._text(part, scope, "term" if products else "atom"))
        return Phrase(_BESIDE_BRACKETS.sub("", " ".join(words)), _BINDS[kind])

    def _comparison(self, node: tree.Comparison, scope: Scope) -> Phrase:
        if special := self._counted(node, scope) or self._happened(node, scope):
            return special
        days = self.is_day(node.left, scope) or self.is_day(node.right, scope)
        choice = self._choice_of(node.left, node.right, scope) or self._choice_of(node.right, node.left, scope)
        if choice:
            left, right = choice
            return Phrase(self.say(f"choice-{_OPS[node.op]}", left=left, right=right), _BINDS["test"])
        left, right = self._text(node.left, scope, "call"), self._text(node.right, scope, "call")
        if isinstance(node.right, tree.Text) and days:
            right = node.right.value
        key = f"{'day' if days else 'number'}-{_OPS[node.op]}"
        return Phrase(self.say(key, left=left, right=right), _BINDS["test"])

    def _counted(self, node: tree.Comparison, scope: Scope) -> Phrase | None:
        """``count(…) == 0`` is that there is none, ``count(…) >= 1`` that there is some."""
        call, number = node.left, node.right
        if not isinstance(call, tree.Call) or call.function != "count" or not isinstance(number, tree.Number):
            return None
        none, some = (node.op, number.value) in _NONE, (node.op, number.value) in _SOME
        if not (none or some):
            return None
        return Phrase(self._members(call, scope, "none" if none else "some"), _BINDS["test"])

    def _happened(self, node: tree.Comparison, scope: Scope) -> Phrase | None:
        if not isinstance(node.right, tree.Never) or node.op not in ("<", "==", "!="):
            return None
        key = "not-happened" if node.op == "==" else "happened"
        return Phrase(self.say(key, day=self._text(node.left, scope, "call")), _BINDS["test"])

    def _choice_of(self, one: tree.Tree, other: tree.Tree, scope: Scope) -> tuple[str, str] | None:
        """A name and the value it is compared with, where the value is one of its choices."""
        if not isinstance(one, tree.Name) or not isinstance(other, tree.Text):
            return None
        found = self.meant(one.name, scope, one.of)
        if found is None or found.kind in ("date", "time"):
            return None
        return self._name(one, scope).text, self._value(found, other.value)

    def _value(self, found: Meant, value: str) -> str:
        return self.named(self.title(found.choices.get(value, Title(value)), value))

    def _among(self, node: tree.Among, scope: Scope) -> Phrase:
        found = self.meant(node.part.name, scope, node.part.of) if isinstance(node.part, tree.Name) else None
        if isinstance(node.among, tree.Name):
            items = self.catalogue.lists.get(node.among.name)
            values = [self.named(self.title(title, name)) for name, title in items.items.items()] if items else []
        else:
            values = [
                number_text(constant.value)
                if isinstance(constant, tree.Number)
                else self._value(found or Meant(Title("")), constant.value)
                for constant in node.among
            ]
        key = "not-among" if node.negated else "among"
        return Phrase(self.say(key, part=self._text(node.part, scope, "call"), values=self.listed(values)), 3)

    def _logic(self, node: tree.Logic, scope: Scope) -> Phrase:
        if between := self._between(node, scope):
            return between
        words = [self._text(part, scope, "not") for part in node.parts]
        return Phrase(self.say(node.op).join(words), _BINDS[node.op])

    def _between(self, node: tree.Logic, scope: Scope) -> Phrase | None:
        """``60 <= x < 70`` is read as two comparisons with the same middle."""
        first, second = (node.parts[0], node.parts[1]) if len(node.parts) == 2 else (None, None)
        if not isinstance(first, tree.Comparison) or not isinstance(second, tree.Comparison):
            return None
        if node.op != "and" or first.right is not second.left:
            return None
        turned = tree.Comparison(_TURNED[first.op], first.right, first.left, first.at)
        one, other = self._comparison(turned, scope).text, self._comparison(second, scope).text
        return Phrase(self.say("and").join((one, other)), _BINDS["and"])

    def _negation(self, node: tree.Negation, scope: Scope) -> Phrase:
        found = self.meant(node.part.name, scope, node.part.of) if isinstance(node.part, tree.Name) else None
        if found and found.of and isinstance(node.part, tree.Name):
            key = f"part-{found.of}-not-{node.part.name}"
            if has_text(f"prose.{key}"):
                return Phrase(self.say(key), _BINDS["test"])
        return Phrase(self.say("not", part=self._text(node.part, scope, "atom")), _BINDS["not"])

    def _choice(self, node: tree.Choice, scope: Scope) -> Phrase:
        parts = {"when": node.when, "then": node.then, "other": node.other}
        words = {key: self._text(part, scope, "and") for key, part in parts.items()}
        return Phrase(self.say("if", **words), _BINDS["if"])

    # --- functions

    def _call(self, node: tree.Call, scope: Scope) -> Phrase:
        name, keywords = node.function, dict(node.keywords)
        if name in AGGREGATES:
            return Phrase(self._members(node, scope, name), _BINDS["test" if name in ("any", "all") else "call"])
        if name in ("min", "max") and len(node.args) > 1:
            return Phrase(self._extreme(node, scope), _BINDS["call"])
        if name == "plus":
            return Phrase(self._later(node, scope), _BINDS["call"])
        if name == "lookup" and isinstance(node.args[0], tree.Name):
            scale = self.scheme.scales.get(node.args[0].name)
            asked = self.listed(self._text(arg, scope, "term") for arg in node.args[1:])
            title = self.title(scale.title, scale.id) if scale else node.args[0].name
            return Phrase(self.say("call-lookup", scale=title, first=asked), _BINDS["call"])
        words = [self._text(arg, scope, "term") for arg in node.args]
        parts = dict(zip(("first", "second"), words, strict=False))
        if name == "known" and isinstance(node.args[0], tree.Name) and node.args[0].name in RESULTS:
            return Phrase(self.say("known-result", **parts), _BINDS["test"])
        key = f"call-{name}"
        if name == "baseline" and isinstance(node.args[1], tree.Number):
            key = "call-baseline-year"
        if not has_text(f"prose.{key}"):
            return Phrase(f"{name}({', '.join(words)})")
        text = self.say(key, **parts) + self._none(keywords, scope, f"none-{name}")
        return Phrase(text, _BINDS["test" if name == "known" else "if" if name == "or_else" else "call"])

    def _extreme(self, node: tree.Call, scope: Scope) -> str:
        many = len(node.args) > 2
        words = [self._text(arg, scope, "or" if many else "term") for arg in node.args]
        days = any(self.is_day(arg, scope) for arg in node.args)
        key = f"{node.function}-{'days' if days else 'numbers'}{'-many' if many else ''}"
        return self.say(key, first=words[0], second=words[1], all=self.say("semicolon").join(words))

    def _members(self, node: tree.Call, scope: Scope, key: str) -> str:
        """A passage through a collection: whose members, which of them, what is asked of them."""
        inner = self.inside(node, scope)
        keywords = dict(node.keywords)
        condition = keywords.get("where")
        only_known = condition is not None and node.args[1:] and _asks_only(condition, node.args[1])
        where = self._text(condition, inner) if condition is not None and not only_known else ""
        what = self._text(node.args[1], inner, "or" if node.function in _ASKING else "call") if node.args[1:] else ""
        if node.function in ("lowest", "highest") and self.is_day(node.args[1], inner):
            key = f"{key}-day"
        ends = keywords.get("ends")
        key += "-between" if isinstance(ends, tree.Truth) and not ends.value else ""
        form = f"{key}{'-what' if what else ''}{'-where' if where else ''}"
        text = self.say(f"members-{form}", members=self._passed(node.args[0], scope), what=what, where=where)
        return text + (self.say("only-known") if only_known else "") + self._none(keywords, scope, "none-members")

    def _passed(self, node: tree.Tree, scope: Scope) -> str:
        """What is gone through, in words."""
        if isinstance(node, tree.Call) and node.args:
            if node.function == "on":
                day = self._text(node.args[0], scope, "call")
                return self.say("on", members=self._passed(node.args[-1], scope), day=day)
            members, months = self._passed(node.args[0], scope), dict(node.keywords).get("months")
            length = self._how_long(months, "months", scope) if months else ""
            count = self._text(node.args[1], scope, "call") if node.args[1:] else ""
            return self.say(node.function, members=members, count=count, length=length)
        collection = self.collection(node, scope)
        return self.members(collection) if collection else getattr(node, "name", "")

    def _none(self, keywords: Mapping[str, tree.Tree], scope: Scope, key: str) -> str:
        """What stands where there is nothing, in brackets."""
        given = keywords.get("if_none")
        if given is None:
            return ""
        unknown = isinstance(given, tree.Name) and given.name == "unknown"
        value = self.say("unknown") if unknown else self.say("takes", value=self._text(given, scope))
        return self.say(key, value=value)

    def _later(self, node: tree.Call, scope: Scope) -> str:
        found = calendar_day(node) if self.scheme.period == "year" else None
        parameter = self.scheme.parameters.get(found.month.name) if found else None
        if found and parameter and parameter.unit == _MONTH:
            day = self._text(found.day, scope, "atom") if found.day else ""
            return self.say(f"calendar-{found.form}", month=self._text(found.month, scope), day=day)
        text = self._text(node.args[0], scope, "atom")
        for unit, amount in ((unit, dict(node.keywords).get(unit)) for unit in _LENGTHS):
            if amount is None:
                continue
            part = amount.part if isinstance(amount, tree.Negative) else amount
            key = "before" if isinstance(amount, tree.Negative) else "after"
            text = self.say(key, day=text, length=self._how_long(part, unit, scope))
        return text

    def _how_long(self, node: tree.Tree, unit: str, scope: Scope) -> str:
        parameter = self.scheme.parameters.get(node.name) if isinstance(node, tree.Name) else None
        if parameter is None:
            return self.length(unit, self._text(node, scope, "call"))
        if parameter.unit == _LENGTHS[unit]:
            return self._text(node, scope)
        title, value = self.named(self.title(parameter.title, parameter.id)), parameter.values[-1][1]
        bare = self.amount(value)
        return self.length(unit, self.say("parameter", title=title, value=bare))


def _asks_only(condition: tree.Tree, what: tree.Tree) -> bool:
    """Is the condition ``known(what)`` and nothing else?"""
    if not isinstance(condition, tree.Call) or condition.function != "known":
        return False
    asked = condition.args[0]
    return (
        isinstance(asked, tree.Name) and isinstance(what, tree.Name) and (asked.of, asked.name) == (what.of, what.name)
    )


_BESIDE_BRACKETS = re.compile(r" (?=（)|(?<=）) ")  # full-width brackets bring their own room
_ASKING = ("count", "any", "all", "percent_of", "streak", "none", "some")
_SIGNS = {"+": "+", "-": "-", "*": "×", "/": "÷"}
_OPS = {"==": "is", "!=": "is-not", "<": "below", "<=": "at-most", ">": "above", ">=": "at-least"}
_TURNED = {"<": ">", "<=": ">="}
_NONE = {("==", 0), ("<=", 0), ("<", 1)}
_SOME = {(">=", 1), (">", 0), ("!=", 0)}
_BY_KIND: dict[type, Callable[..., Phrase]] = {
    tree.Number: Words._constant,
    tree.Text: Words._constant,
    tree.Truth: Words._constant,
    tree.Never: Words._constant,
    tree.Name: Words._name,
    tree.Negative: Words._negative,
    tree.Chain: Words._chain,
    tree.Comparison: Words._comparison,
    tree.Among: Words._among,
    tree.Logic: Words._logic,
    tree.Negation: Words._negation,
    tree.Choice: Words._choice,
    tree.Call: Words._call,
}
