"""Random schemes and random facts for them, by a seed: every kind of fact, passage and form of a measure."""

import json
from datetime import date, timedelta
from fractions import Fraction
from random import Random

from small_schemes import AFTER, PERIOD, TITLE, plan_of

from kaoping.facts.frame import NEVER, UNDETERMINED, Edge, Frame, Record, Subject

FACTS = {
    "a": "type: number, min: 0, max: 10",
    "b": "type: integer, min: -5, max: 5, optional: true",
    "c": "type: integer, min: 1, max: 4",
    "big": "type: integer, min: 0",
    "q": "type: number, min: 0, max: 10, for_each: quarters",
    "p": "type: boolean",
    "s": "type: boolean, for_each: items",
    "k": "type: [x, y, z, 'undetermined?']",
    "d": "type: date or never",
    "held": "type: integer, min: 0, max: 9, holds: until_changed",
    "w": "type: text",
}
MEMBER = {"m": "type: number, min: -2, max: 4", "t": "type: text", "on": "type: boolean"}
QUARTERS = ("2025Q1", "2025Q2", "2025Q3", "2025Q4")
ITEMS = ("one", "two", "three")


class Schemes:
    """Expressions by chance; `names` are the measures that came before."""

    def __init__(self, rng):
        self.rng = rng
        self.numbers = []
        self.truths = []

    def pick(self, *options):
        return self.rng.choice(options)

    def number(self, depth, inside=""):
        leaves = [str(self.rng.randrange(-3, 12)), "0.5", "2.25", "c"]
        leaves += {"r": ["n"] * 3, "group": ["m"] * 3, "quarters": ["q"] * 3}.get(inside, [])
        if inside != "group":
            leaves += ["a", "c", "held", "or_else(b, 1)", *self.numbers]
        if depth == 0 or self.rng.random() < 0.2:
            return self.pick(*leaves)
        x, y, t = (lambda: self.number(depth - 1, inside)), (lambda: self.number(depth - 1, inside)), None
        t = self.truth(depth - 1, inside)
        forms = [
            lambda: f"({x()} {self.pick('+', '-', '*')} {y()})",
            lambda: f"({x()} / {self.pick('2', '-3', '1.5') if inside == 'group' else 'c'})",
            lambda: f"{self.pick('min', 'max')}({x()}, {y()})",
            lambda: f"round({x()}, {self.pick(0, 1)})",
            lambda: f"{self.pick('abs', 'floor', 'ceil')}({x()})",
            lambda: f"({x()} if {t} else {y()})",
        ]
        if not inside:
            forms += [
                lambda: f"or_else({self.pick('a', 'b')}, {x()})",
                lambda: f"count({self.records()}, {self.truth(depth - 1, 'r')})",
                lambda: f"count(group, {self.truth(depth - 1, 'group')})",
                lambda: "count(quarters, known(q))",
                lambda: "count(items, s)",
                lambda: f"sum(quarters, {self.number(depth - 1, 'quarters')}, where=known(q))",
                lambda: (
                    f"mean(quarters, q, where={self.pick('known(q)', 'q > 4')}, if_none={self.pick('unknown', '3')})"
                ),
                lambda: f"{self.pick('sum')}({self.records()}, {self.number(1, 'r')})",
                lambda: (
                    f"{self.pick('mean', 'lowest', 'highest')}({self.records()}, "
                    f"{self.pick('n', 'n + 1', '-n')}, where={self.truth(1, 'r')}, if_none={self.pick('unknown', '2')})"
                ),
                lambda: (
                    f"{self.pick('mean', 'lowest', 'highest')}(group, m, where={self.truth(1, 'group')}, if_none=1)"
                ),
                lambda: (
                    f"{self.pick('first', 'last')}({self.records()}, {self.pick('n', 'n + 1', '-n')}, "
                    f"where={self.truth(1, 'r')}, if_none={self.pick('unknown', '2')})"
                ),
                lambda: (
                    f"{self.pick('first', 'last')}(quarters, {self.pick('q', 'q - a')}, "
                    f"where={self.pick('known(q)', 'q > 4', 'true')}, if_none={self.pick('unknown', '3')})"
                ),
                lambda: f"percent_of({self.records()}, {self.truth(1, 'r')}, where={self.truth(1, 'r')}, if_none=50)",
                lambda: f"percent_of(group, {self.truth(1, 'group')}, if_none={self.pick('unknown', '9')})",
                lambda: f"distinct({self.pick('r, n', 'group, t', 'group, m')})",
                lambda: (
                    f"{self.pick('ratio', 'percent')}({x()}, {self.pick('count(r)', 'held', 'count(items, s)')}, "
                    f"if_none={self.pick('unknown', '7')})"
                ),
                lambda: f"{self.pick('days', 'full_months', 'full_years')}({self.day()}, {self.day()})",
                lambda: f"year({self.day()})",
                lambda: "previous(held, if_none=2)",
                lambda: "round(big / 7, 2)",
            ]
        return self.pick(*forms)()

    def day(self):
        return self.pick(
            "d",
            "period_end",
            "plus(d, months=-1)",
            "plus(d, years=1, days=3)",
            "plus(period_start, days=40)",
            "plus(d, years=c, days=-held)",
            "plus(d, months=big)",
            "max(d, period_start)",
        )

    def records(self):
        return self.pick("r", "r", "ever(r)", "trailing(r, months=6)")

    def truth(self, depth, inside=""):
        leaves = ["true", "p", *self.truths] if inside != "group" else ["on"]
        leaves += {"r": ["flag", "n > 4", "tag == 'u'"], "group": ["m > 1", "t == 'v'"]}.get(inside, [])
        if not inside:
            leaves += [
                "known(a)",
                "known(b)",
                "known(k)",
                "k == 'x'",
                "k in ('x', 'z')",
                "w == 'v'",
                "any(r, n > 5)",
                "all(r, n < 5)",
                "first(r, n > 5, if_none=false)",
                "last(ever(r), flag, where=n < 8, if_none=unknown)",
                "last(r, tag, if_none='u') == 'u'",
            ]
            leaves += [
                "any(items, s)",
                "all(items, s)",
                "d < never",
                "d <= plus(period_end, months=-3)",
                "all(group, on, where=m > 0)",
            ]
            leaves += [
                "any(quarters, q < 3)",
                "all(quarters, known(q))",
                "any(r, on_day > d)",
                "any(group, m > c)",
                "known(w)",
            ]
        if depth == 0 or self.rng.random() < 0.25:
            return self.pick(*leaves)
        x = self.truth(depth - 1, inside)
        return self.pick(
            lambda: (
                f"({self.number(depth - 1, inside)} {self.pick('<', '<=', '==', '!=', '>', '>=')} "
                f"{self.number(depth - 1, inside)})"
            ),
            lambda: f"({x} {self.pick('and', 'or')} {self.truth(depth - 1, inside)})",
            lambda: f"(not {x})",
        )()

    def measure(self, number):
        """A measure of some form, as YAML."""
        name, form = f"v{number}", self.rng.random()
        extra = []
        if self.rng.random() < 0.25:
            extra.append(f"applies_when: {json.dumps(self.truth(1))}")
        if self.rng.random() < 0.3:
            extra.append(f"round: {self.pick(0, 1, 2)}")
        if form < 0.55:
            text = f"value: {json.dumps(self.number(self.rng.randrange(1, 4)))}"
        elif form < 0.7:
            parts = ["a", "big_share", *self.numbers[-2:]]
            self.rng.shuffle(parts)
            kept = [part for part in dict.fromkeys(parts) if part != "big_share"][:3]
            left = [part for part in kept if self.rng.random() < 0.5]
            text = f"weigh: {{{', '.join(f'{part}: {self.pick(1, 2, 0.5)}' for part in kept)}}}"
            if left:
                text += f", leave_out: [{', '.join(left)}]"
        elif form < 0.85:
            steps = [f"{{start: {json.dumps(self.number(1))}}}"]
            for _ in range(self.rng.randrange(1, 4)):
                kind = self.pick("add", "at_most", "at_least")
                steps.append(f"{{{kind}: {json.dumps(self.number(1))}, when: {json.dumps(self.truth(1))}}}")
            text = f"steps: [{', '.join(steps)}]"
            if self.rng.random() < 0.5:
                text += ", keep_within: [0, 20]"
        else:
            hit = self.pick("first", "unique", "any", "collect sum", "collect min", "collect max", "collect count")
            rows = "\\n".join(
                f"{self.pick('-', '> 4', '<= 6', '2..7', '5')} | {self.pick('-', 'true', 'false')} || "
                f"{self.pick(1, 2, 2.5)}"
                for _ in range(self.rng.randrange(1, 4))
            )
            text = f'hit: {hit}, table: "a | p || {name}\\n{rows}"'
            if self.rng.random() < 0.6:
                text += f", default: {self.pick(0, 3)}"
        self.numbers.append(name)
        return f"  {name}: {{{', '.join([text, *extra, TITLE])}}}\n"

    def text(self):
        """A whole scheme."""
        lines = ["scheme: small\nedition: '1'\n" + TITLE + "\nsource: {document: 试}\nsubject: estate\nperiod: year\n"]
        lines.append("lists:\n  items: {one: {zh: 一, en: one}, two: {zh: 二, en: two}, three: {zh: 三, en: three}}\n")
        lines.append(
            "subject_types:\n  shop: {zh: 店, en: shop}\n"
            "relations:\n  group: {of: estate, to: shop, title: {zh: 店, en: shops}}\n"
        )
        lines.append("facts:\n" + "".join(f"  {n}: {{{kind}, {TITLE}}}\n" for n, kind in FACTS.items()))
        lines.append("".join(f"  {n}: {{{kind}, of: shop, {TITLE}}}\n" for n, kind in MEMBER.items()))
        lines.append(
            "records:\n  r: {fields: {n: {type: integer, min: 0, max: 10}, flag: boolean, tag: {type: [u, v]}, "
            "on_day: date, then: date, who: text}, "
            f"placed_by: [on_day, then], complete: {self.pick('stated', 'assumed')}, {TITLE}}}\n"
        )
        measures = [self.measure(number) for number in range(self.rng.randrange(2, 6))]
        lines.append("measures:\n" + "".join(measures))
        criteria = [
            f"  c{number}: {{require: {json.dumps(self.truth(2))}, severity: {self.pick('required', 'noted')}, {TITLE}"
            + (f", applies_when: {json.dumps(self.truth(1))}" if self.rng.random() < 0.4 else "")
            + "}\n"
            for number in range(2)
        ]
        lines.append("criteria:\n" + "".join(criteria))
        if self.rng.random() < 0.5:
            lines.append(f"gates:\n  g: {{needs: {json.dumps(self.truth(1))}, otherwise: not_assessed, {TITLE}}}\n")
        score = self.pick(*self.numbers)
        lines.append(
            f"grade:\n  score: {score}\n  bands:\n    A: {json.dumps('meets_all and ' + self.truth(1))}\n"
            f"    B: {json.dumps(self.truth(2))}\n    C: otherwise\n"
            "  titles: {A: {zh: 甲, en: A}, B: {zh: 乙, en: B}, C: {zh: 丙, en: C}}\n"
            f"  vetoes:\n    - {{id: cap, when: {json.dumps(self.truth(1))}, at_most: B, {TITLE}}}\n"
            f"    - {{id: set, when: {json.dumps(self.truth(1))}, becomes: C, {TITLE}}}\n"
        )
        return "".join(lines)


class Further(Schemes):
    """The same, with what takes more than one look at each record; apart, so that the seeds of others stay."""

    def number(self, depth, inside=""):
        if inside or self.rng.random() < 0.6:
            return super().number(depth, inside)
        return self.pick(self.streak, self.gap, self.nested)()

    def streak(self):
        if self.rng.random() < 0.3:
            windows, what = self.pick("quarters", "past(quarters, 5)"), self.pick("q > 4", "q > a", "known(q)")
            return f"streak({windows}, {what}{self.where('true', 'q < 9', 'p')})"
        return f"streak({self.records()}, {self.truth(1, 'r')}{self.where(self.truth(1, 'r'))})"

    def gap(self):
        records, ends = self.pick("r", "trailing(r, months=6)"), self.pick("", ", ends=false")
        return f"longest_gap({records}{self.where(self.truth(1, 'r'))}{ends})"

    def nested(self):
        """Of each member, records of whom it was reached from."""
        records = self.records()
        what = self.pick(
            "who == group.id",
            "n > m",
            "flag and on",
            "n > a + m",
            "who == shop.id and n > 2",
            "tag == 'u' and t == 'v'",
        )
        where = self.where("flag", "m > 0", "n < 8")
        counted = self.pick(
            f"count({records}, {what})",
            f"sum({records}, n * m{where})",
            f"highest({records}, {self.pick('n', 'n + m')}{where}, if_none={self.pick('unknown', '3', 'm')})",
            f"(2 if percent_of({records}, {what}{where}, if_none=5) > m * 20 else 1)",
            f"(1 if {self.pick('any', 'all')}({records}, {what}) else 0)",
        )
        return self.pick(
            f"{self.pick('lowest', 'highest', 'mean')}(group, {counted}{self.where('on', 'm > 1')}, if_none=4)",
            f"sum(group, {counted})",
            f"count(group, {counted} > {self.pick('0', 'm', '2')})",
        )

    def where(self, *options):
        return self.pick("", f", where={self.pick(*options)}")


def facts(rng, subjects=20, blanks=0.2):
    """A frame of some estates with their shops, blanks and open registers among them."""
    found, values, records, complete, edges = {}, {}, {}, {}, {}
    through = {"closed": frozenset({"2025"}) if rng.random() < 0.7 else frozenset()}

    def put(subject, name, at, value, item=""):
        if rng.random() >= blanks:
            values.setdefault((subject, name), {})[at, item] = value

    for number in range(subjects // 2):
        name = f"s{number}"
        found[name] = Subject(name, "shop", name)
        put(name, "m", "2025", Fraction(rng.randrange(-8, 17), 4))
        put(name, "t", "2025", rng.choice("uvw"))
        put(name, "on", "2025", rng.random() < 0.5)
    for number in range(subjects):
        name = f"e{number}"
        found[name] = Subject(name, "estate", name)
        put(name, "a", "2025", Fraction(rng.randrange(0, 41), 4))
        put(name, "b", "2025", rng.randrange(-5, 6))
        put(name, "c", "2025", rng.randrange(1, 5))
        put(name, "big", "2025", rng.randrange(0, 10**6))
        put(name, "p", "2025", rng.random() < 0.5)
        put(name, "k", "2025", rng.choice(("x", "y", "z", UNDETERMINED)))
        put(name, "d", "2025", rng.choice((NEVER, date(2025, 1, 1) + timedelta(days=rng.randrange(-400, 800)))))
        put(name, "w", "2025", rng.choice("uvw"))
        for day in rng.sample(("2020-05-01", "2024-03-01", "2025-02-01", "2025-12-31", "2026-01-01"), 2):
            put(name, "held", day, rng.randrange(0, 10))
        for quarter in QUARTERS:
            put(name, "q", quarter, Fraction(rng.randrange(0, 21), 2))
        for item in ITEMS:
            put(name, "s", "2025", rng.random() < 0.6, item)
        listed = []
        for each in range(rng.randrange(0, 4)):
            day = date(2025, 1, 1) + timedelta(days=rng.randrange(-300, 500))
            fields = {"n": rng.randrange(0, 11), "flag": rng.random() < 0.5, "tag": rng.choice("uv"), "on_day": day}
            fields["then"] = date(2025, 3, 2)
            fields = {key: value for key, value in fields.items() if rng.random() >= blanks / 2}
            fields |= {"who": f"s{fields['n']}"} if "n" in fields else {}
            listed.append(Record(str(each), fields, rng.choice(("2025-01-05T00:00:00Z", "2025-02-05T00:00:00Z"))))
        records[name, "r"] = tuple(listed)
        if rng.random() < 0.7:
            complete[name, "r"] = rng.choice((date(2025, 6, 30), PERIOD.end, PERIOD.end))
        members = rng.sample(sorted(n for n in found if n[0] == "s"), rng.randrange(0, 3))
        edges["group", name] = tuple(Edge(m, rng.choice((None, date(2025, 7, 1), date(2026, 2, 1)))) for m in members)
    published = {"2024": "2025-01-20T00:00:00Z"} if rng.random() < 0.5 else {}
    today = AFTER if rng.random() < 0.9 else date(2025, 8, 1)
    return Frame(PERIOD, today, found, values, records, complete, edges, through["closed"], published)


def random_plan(rng, made=Schemes):
    """A plan that compiles, or None where chance wrote something that the language refuses."""
    from kaoping.errors import KaopingError

    try:
        return plan_of(made(rng).text())
    except KaopingError:
        return None


__all__ = ["Further", "Random", "Schemes", "facts", "random_plan"]
