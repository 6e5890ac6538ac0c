"""A scheme around one expression, so that tests can say what an expression means without writing a scheme."""

import json
import re
from dataclasses import dataclass, field, replace
from datetime import date, time
from fractions import Fraction

from kaoping.evaluation.compile import compile_scheme
from kaoping.facts.frame import NEVER, Earlier, Frame, Record, Remaining, Subject
from kaoping.facts.periods import parse_period
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.reader import read_scheme

TITLE = "title: {zh: 试, en: test}"
PERIOD = parse_period("2025")
AFTER = date(2026, 6, 1)
DAY = date(2025, 3, 1)
HEAD = f"""\
scheme: small
edition: "1"
{TITLE}
source: {{document: 试}}
subject: estate
period: year
"""


def scheme_text(expression, facts, records=(), boolean=False, criteria=(), scales=()):
    """A scheme whose measure `it` (or band A) is the expression; facts: name to its `type…` part; criteria by line."""
    lines = [HEAD]
    if facts:
        lines.append("facts:\n" + "".join(f"  {n}: {{{kind}, {TITLE}}}\n" for n, kind in facts.items()))
    for name in records:
        lines.append(
            f"records:\n  {name}: {{fields: {{n: {{type: integer, min: 0, max: 10}}, on: date}}, "
            f"placed_by: on, complete: stated, {TITLE}}}\n"
        )
    if criteria:
        lines.append("criteria:\n" + "".join(f"  c{n}: {{{rule}, {TITLE}}}\n" for n, rule in enumerate(criteria, 1)))
    if scales:
        lines.append("scales:\n" + "".join(f"  {n}: {{{text}, source: 一, {TITLE}}}\n" for n, text in scales.items()))
    if boolean:
        titles = "titles: {A: {zh: 甲, en: A}, D: {zh: 丁, en: D}}"
        lines.append(f"grade:\n  bands:\n    A: {json.dumps(expression)}\n    D: otherwise\n  {titles}\n")
    else:
        lines.append(f"measures:\n  it: {{value: {json.dumps(expression)}, {TITLE}}}\n")
    return "".join(lines)


def plan_of(text):
    scheme = read_scheme(text, "small.yaml")
    return compile_scheme(scheme, merge_catalogue(base_catalogue(), [scheme]))


def frame_of(values, records=None, complete=(), closed=True, today=AFTER):
    """A frame of one estate `e`.

    values: fact, or fact and window, to value; records: type to the list of their n, or n and day (None: blank).
    """
    registers = {}
    for name, numbers in (records or {}).items():
        found = [one if isinstance(one, tuple) else (one, DAY) for one in numbers]
        registers["e", name] = tuple(
            Record(str(number), {key: value for key, value in (("n", n), ("on", day)) if value is not None})
            for number, (n, day) in enumerate(found)
        )
    entered = {}
    for name, value in values.items():
        fact, _, window = name.partition(" ")
        entered.setdefault(("e", fact), {})[window or "2025", ""] = value
    return Frame(
        PERIOD,
        today,
        {"e": Subject("e", "estate", "e")},
        entered,
        registers,
        {("e", name): complete[name] if isinstance(complete, dict) else PERIOD.end for name in complete},
        closed=frozenset({"2025"}) if closed else frozenset(),
    )


_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)")


_MET = {"met": True, "not": False}


def read_criteria(text, facts, values):
    """`[met, not, ?, -, met?]` to criteria worth 5 points: met, not met, open, not applying, perhaps applying."""
    for number, piece in enumerate((piece.strip() for piece in text[1:-1].split(",")), 1):
        facts |= {f"c{number}_holds": "type: boolean", f"c{number}_applies": "type: boolean"}
        if piece.removesuffix("?") in _MET:
            values[f"c{number}_holds"] = _MET[piece.removesuffix("?")]
        if not piece.endswith("?") or piece == "?":
            values[f"c{number}_applies"] = piece != "-"
        yield f"require: c{number}_holds, applies_when: c{number}_applies, points: 5"


def read_results(text):
    """`[3, -, 2..4]` to what the measure `it` was in the years up to 2024; `-` had no value."""
    pieces = [piece.strip() for piece in text[1:-1].split(",") if piece.strip()]
    found = []
    for year, piece in enumerate(pieces, 2025 - len(pieces)):
        match = _RANGE.fullmatch(piece)
        left = Remaining(span=(int(match[1]), int(match[2]))) if match else Remaining(none=True)
        left = left if match or piece == "-" else Remaining(frozenset({int(piece)}))
        found.append(Earlier(str(year), date(year, 12, 31), {"it": left}))
    return tuple(found)


def entry(text):
    """`3@05-01`, `?@?`, `3` (on the usual day) as n and day."""
    number, _, day = text.partition("@")
    on = DAY if not day else None if day == "?" else date.fromisoformat(f"2025-{day}")
    return (None if number == "?" else int(number), on)


@dataclass
class Given:
    """What a row declares: a scheme's parts and what is known."""

    facts: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    records: dict = field(default_factory=dict)
    complete: dict = field(default_factory=dict)
    criteria: list = field(default_factory=list)
    scales: dict = field(default_factory=dict)
    earlier: tuple = ()

    def plan(self, expression, boolean=False):
        return plan_of(scheme_text(expression, self.facts, self.records, boolean, self.criteria, self.scales))

    def frame(self, closed):
        found = frame_of(self.values, self.records, self.complete, closed=closed)
        return replace(found, earlier={"e": self.earlier})


def read_given(given):
    """What `a = 1..2; p = ?` declares."""
    found = Given()
    facts, values, records, complete = found.facts, found.values, found.records, found.complete
    for part in filter(None, (piece.strip() for piece in given.split(";"))):
        if part.endswith(" open"):
            del complete[part.removesuffix(" open")]
            continue
        if match := re.fullmatch(r"(\w+) to (\d\d-\d\d)", part):
            complete[match[1]] = date.fromisoformat(f"2025-{match[2]}")
            continue
        name, _, text = (piece.strip() for piece in part.partition("="))
        if name == "criteria":
            found.criteria += read_criteria(text, facts, values)
        elif name == "results":
            found.earlier = read_results(text)
        elif text.startswith("{"):
            found.scales[name] = text[1:-1]
        elif text.startswith("["):
            inside = [piece.strip() for piece in text[1:-1].split(",") if piece.strip()]
            records[name] = [entry(piece) for piece in inside]
            complete[name] = PERIOD.end
        elif name == "t":
            facts[name] = "type: time"
            values |= {name: time.fromisoformat(text)} if text != "?" else {}
        elif name == "d":
            facts[name] = "type: date or never"
            if text != "?":
                values[name] = date.fromisoformat(text) if text != "never" else NEVER
        elif match := _RANGE.fullmatch(text):
            facts[name] = f"type: number, min: {match[1]}, max: {match[2]}"
        elif _NUMBER.fullmatch(text):
            facts[name] = "type: number, min: 0, max: 1000"
            if name == "b":
                facts[name] = "type: number, min: 1, max: 1000" if text != "0" else "type: number, min: 0, max: 1000"
            values[name] = Fraction(text)
        elif text in ("?", "true", "false"):
            facts[name] = "type: boolean"
            if text != "?":
                values[name] = text == "true"
        else:
            facts[name] = "type: [x, y, z]" if "/" not in text else f"type: [{text.replace('/', ', ')}]"
            if "/" not in text:
                values[name] = text
    return found
