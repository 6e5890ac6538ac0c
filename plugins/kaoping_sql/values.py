"""Comparisons, truths and sets of texts over sets of possible values; with them, all operations there are."""

from __future__ import annotations

from collections.abc import Sequence

from kaoping_sql.nodes import Node
from kaoping_sql.possible import Choice, Number, Truth, UnknownFormError, Value, Words
from kaoping_sql.reckoning import Reckoning


class Sets(Reckoning):
    """The operations on possible values."""

    # --- comparing

    def compare(self, op: str, first: Number, second: Number) -> Truth:
        """True if for all pairs, false if for none."""
        ends, b = self.ends, self.b
        if op in (">", ">="):
            return self.compare("<" if op == ">" else "<=", second, first)
        points = first.low == first.high and second.low == second.high
        closed = not first.low.open and not second.low.open
        if op in ("<", "<="):
            yes = ends.less(first.high, second.low, op == "<=")
            no = b.negation(yes) if points and closed else ends.less(second.high, first.low, op == "<")
        else:
            if points and closed:
                yes = ends.equal(first.low, second.low)
                no = b.negation(yes)
            else:
                yes = b.both(
                    ends.equal(first.low, first.high),
                    ends.equal(second.low, second.high),
                    ends.equal(first.low, second.low),
                )
                no = b.either(ends.less(first.high, second.low), ends.less(second.high, first.low))
            if op == "!=":
                yes, no = no, yes
        there = b.both(self.there(first), self.there(second))
        return self.truth(b.both(there, yes), b.both(there, no))

    def same(self, first: Value, second: Value) -> Truth:
        """``a == b`` over truths and texts."""
        b = self.b
        there = b.both(self.there(first), self.there(second))
        if isinstance(first, Truth) and isinstance(second, Truth):
            yes = b.either(b.both(first.yes, second.yes), b.both(first.no, second.no))
            no = b.either(b.both(first.yes, second.no), b.both(first.no, second.yes))
        elif isinstance(first, Choice) and isinstance(second, Choice):
            if len(second.options) == 1:
                return self.among(first, frozenset(second.options), self.there(second))
            if len(first.options) == 1:
                return self.among(second, frozenset(first.options), self.there(first))
            _, (one, two) = self.shared(first, second)
            no = b.equal(b.shared_bits(one, two), b.zero)
            yes = b.both(b.equal(one, two), self.single(one))
        else:
            one, two = self.worded(first), self.worded(second)
            yes = b.equal(one, two)
            no = b.both(b.negation(b.is_null(one)), b.negation(b.is_null(two)), b.negation(yes))
        return self.truth(b.both(there, yes), b.both(there, no))

    def worded(self, value: Value) -> Node:
        """A text, NULL where several are left."""
        if isinstance(value, Words):
            return value.text
        if isinstance(value, Choice) and len(value.options) == 1:
            return self.b.text(value.options[0])
        raise UnknownFormError("a choice beside any text")

    def among(self, value: Value, options: frozenset[str], there: Node | None = None) -> Truth:
        """``x in set``."""
        b = self.b
        surely = b.both(self.there(value), there or b.true)
        if isinstance(value, Choice):
            bits = sum(1 << place for place, option in enumerate(value.options) if option in options)
            every = (1 << len(value.options)) - 1
            yes = self._outside(value.mask, every & ~bits)
            no = self._outside(value.mask, bits)
        elif isinstance(value, Words):
            yes = b.either(*(b.equal(value.text, b.text(option)) for option in sorted(options)))
            no = b.both(b.negation(b.is_null(value.text)), b.negation(yes))
        else:
            raise UnknownFormError("a set of texts beside something else")
        return self.truth(b.both(surely, yes), b.both(surely, no))

    def _outside(self, mask: Node, bits: int) -> Node:
        """Is none of these possible?"""
        b = self.b
        if choices := b.choices(mask):
            out = [choice for choice in choices if not choice & bits]
            within = [choice for choice in choices if choice & bits]
            if not out or not within:
                return b.truth(not within)
            if len(out) == 1:
                return b.equal(mask, b.const(out[0]))
            if len(within) == 1:
                return b.negation(b.equal(mask, b.const(within[0])))
        elif mask.op == "case":
            return b.case(mask.args[0], self._outside(mask.args[1], bits), self._outside(mask.args[2], bits))
        return b.equal(b.shared_bits(mask, b.const(bits)), b.zero)

    # --- truths

    def negation(self, value: Truth) -> Truth:
        """``not``."""
        read = self.read(value)
        return self.truth(read.no, read.yes)

    def both(self, values: Sequence[Truth]) -> Truth:
        """``and``."""
        read = [self.read(value) for value in values]
        return self.truth(self.b.both(*(v.yes for v in read)), self.b.either(*(v.no for v in read)))

    def either(self, values: Sequence[Truth]) -> Truth:
        """``or``."""
        read = [self.read(value) for value in values]
        return self.truth(self.b.either(*(v.yes for v in read)), self.b.both(*(v.no for v in read)))


__all__ = ["Choice", "Number", "Sets", "Truth", "UnknownFormError", "Value", "Words"]
