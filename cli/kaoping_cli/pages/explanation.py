"""Why a subject has its grade, clause by clause."""

from __future__ import annotations

from typing import Any

from kaoping_cli.console import out, terminal_width, wrap
from kaoping_cli.pages.evaluation import bar_text, grade_of, score, still_missing, tailored_by
from kaoping_cli.pages.values import value_text
from kaoping_cli.words import state, title, word

FORMS = {"first": "bands", "unique": "bands-unique", "taken": "bands-taken"}
"""How bands give the grade, and what the heading above them is called."""
SIGNS = {"met": "√", "not_met": "×", "not_applicable": "－", "unknown": "？", True: "√", False: "×", None: "？"}


def explained(data: dict[str, Any]) -> None:
    """One explanation after the other."""
    out(f"{data['title']} [{data['subject']}]  {data['period']}")
    for explanation in data["explanations"]:
        out()
        one(explanation)


def one(data: dict[str, Any], *, brief: bool = False) -> None:
    """The explanation under one scheme; `brief` leaves out how each measure was worked out."""
    edition = word("edition", edition=data["edition"])
    number = word("numbered", number=data["evaluation"])
    key = "vouched-alone" if data["opinions"] == 1 else "vouched"
    vouched = word(key, engines=" = ".join(data["engines"]))
    out(f"{title(data['scheme_title'], data['scheme'])}{tailored_by(data)}  {edition}  {number}  {vouched}")
    if data["changed_since"]:
        names = word("comma").join(one["title"] for one in data["changed_since"])
        _wrapped(word("changed-since", names=names, evaluation=data["evaluation"]), 0)
    out(word("scheme-source", source=" · ".join(data["source"].values())))
    for related in data["related"]:
        out(f"{title(related['title'], related['relation'])}{word('colon')}{related['to_title']} [{related['to']}]")
    out()
    value = "" if score(data) == "-" else word("score-is", score=score(data))
    out(f"{grade_of(data, data['titles'])}  {value}  {state('status', data['status'])}".rstrip())
    missing(data)
    _gates(data)
    _bands(data)
    _vetoes(data)
    why_not(data)
    _criteria(data)
    _measures(data, brief=brief)
    _places(data)
    _consequences(data)
    _bars(data)
    out()
    out(word("decisions-mark", scheme=data["scheme"]))


def missing(data: dict[str, Any]) -> None:
    """Which facts could still change the grade."""
    if data["missing"]:
        names = [still_missing(item, data["titles"]) for item in data["missing"]]
        _wrapped(word("still-missing", names=word("comma").join(dict.fromkeys(names))), 0)


def _gates(data: dict[str, Any]) -> None:
    if data["gates"]:
        _head("gates")
        for rule in data["gates"]:
            _rule(SIGNS[rule["passed"]], rule)


def _bands(data: dict[str, Any]) -> None:
    if data["bands"]:
        _head(FORMS[data["grade_form"]])
        sure, first = True, data["grade_form"] == "first"
        for rule in data["bands"]:
            _rule(SIGNS[rule["holds"] if sure or not first or rule["holds"] is False else None], rule)
            sure = sure and rule["holds"] is not None
            if rule["holds"] is True and first:
                break
        if data["overlap"]:
            _wrapped(word("overlapping"), 2)


def _vetoes(data: dict[str, Any]) -> None:
    if data["vetoes"]:
        _head("vetoes")
        for rule in data["vetoes"]:
            grade = title(data["titles"]["grades"].get(rule["grade"]), rule["grade"])
            effect = word("at-most" if rule["effect"] == "at_most" else "becomes", grade=grade)
            holds = {True: word("veto-holds", effect=effect), False: word("veto-does-not"), None: word("veto-open")}
            _rule("●" if rule["holds"] else "－" if rule["holds"] is False else "？", rule, holds[rule["holds"]])


def why_not(data: dict[str, Any]) -> None:
    """For each better grade what stands in its way, and whether what is missing may still clear it."""
    if not data["why_not"]:
        return
    _head("why-not")
    for way in data["why_not"]:
        grade = title(data["titles"]["grades"].get(way["grade"]), way["grade"])
        facing = "" if way["obstacles"] else word("why-not-open" if data["missing"] else "why-not-passed-over")
        _wrapped(f"{grade}{word('colon') if facing else ''}{facing}", 2)
        for obstacle in way["obstacles"]:
            _obstacle(obstacle, data["titles"], 4)
    if not data["missing"]:
        _wrapped(word("why-not-settled"), 2)


def _obstacle(found: dict[str, Any], titles: dict[str, Any], indent: int) -> None:
    kind, words, parts = found["kind"], found["words"], found["parts"]
    sign = SIGNS[None if found["open"] else False]
    names = {"gate": "gates", "criterion": "criteria", "veto": "vetoes"}
    if kind in names:
        named = f"{title(titles[names[kind]].get(found['id']), found['id'])} {_item(found['at'], titles)}".strip()
        if kind == "veto":
            grade = title(titles["grades"].get(found["grade"]), found["grade"])
            effect = word("at-most" if found["effect"] == "at_most" else "becomes", grade=grade)
            named = f"{named}{word('colon')}{word('veto-holds', effect=effect)}"
            sign = "？" if found["open"] else "●"
        _wrapped(f"{sign} {named}{_clause(found)}", indent)
        if len(parts) == 1 and not parts[0]["parts"] and kind != "veto":
            _wrapped(_missed(parts[0], titles), indent + 4)
            return
        if kind == "veto":
            return
    elif kind == "any_of":
        _wrapped(word("why-not-any-of", count=len(parts)), indent)
    elif kind == "all_of":
        _wrapped(word("why-not-all-of"), indent)
    elif kind == "record":
        _wrapped(f"● {found['at']}", indent)
    else:
        _wrapped(f"{sign} {_missed(found, titles)}", indent)
        if not words:
            return
    for part in parts:
        _obstacle(part, titles, indent + 4)


def _missed(found: dict[str, Any], titles: dict[str, Any]) -> str:
    """A condition, and by how much it is missed."""
    at = _item(found["at"], titles)
    text = f"{at}{word('colon')}{found['words']}" if at else found["words"]
    if not found.get("short"):
        return text
    amount = f"{value_text(found['short'])}{found['unit']}"
    if found["short"] == "0" and found["strict"]:
        key = "why-not-just" if not found["open"] else "why-not-open-value"
    else:
        key = "why-not-open-value" if found["open"] else "why-not-short"
    facts = {"value": f"{value_text(found['value'])}{found['unit']}", "short": amount}
    return f"{text}{word('semicolon')}{word(key, **facts)}"


def _item(at: str, titles: dict[str, Any]) -> str:
    return " ".join(title(titles["items"].get(one), one) for one in at.split("/") if one)


def _criteria(data: dict[str, Any]) -> None:
    if data["criteria"]:
        _head("criteria")
        for rules in _grouped(data["criteria"]):
            first = rules[0]
            severity = "" if first["severity"] == "required" else state("severity", first["severity"])
            if len(rules) == 1:
                _rule(SIGNS[first["outcome"]], first, word("semicolon").join(filter(None, (severity, _earned(first)))))
                continue
            _wrapped(f"{title(first['title'], first['id'])}{_more(severity)}{_clause(first)}", 2)
            _wrapped(first["aloud"], 6)
            _limits(first)
            for rule in rules:
                sign = f"{SIGNS[rule['outcome']]} {_item(rule['at'], data['titles'])}"
                _wrapped(f"{sign}{_more(_earned(rule))}{word('colon')}{_reads(rule)}{_sources(rule)}", 4)


def _earned(rule: dict[str, Any]) -> str:
    """How many points a criterion earned of those it is worth."""
    if rule["points"] is None:
        return ""
    return word("earned", points=value_text(rule["points"]), full=value_text(rule["full_points"]))


def _measures(data: dict[str, Any], *, brief: bool) -> None:
    if not data["measures"]:
        return
    _head("measures")
    for rules in _grouped(data["measures"]):
        first = rules[0]
        values = word("comma").join(f"{rule['at']} {value_text(rule['value'])}".strip() for rule in rules)
        _wrapped(f"{title(first['title'], first['id'])}{word('colon')}{values}{first['unit']}{_clause(first)}", 2)
        if not brief:
            _wrapped(f"= {first['aloud']}", 6)


def _places(data: dict[str, Any]) -> None:
    rows = [rule for rule in data["cohort"] if rule["rank"] is not None or rule["outcome"] not in (False, "none")]
    if rows:
        _head("cohort")
        for rules in _grouped(rows):
            first = rules[0]
            places = word("comma").join(_place(rule) for rule in rules)
            _wrapped(f"{title(first['title'], first['id'])}{word('colon')}{places}{_clause(first)}", 2)


def _place(rule: dict[str, Any]) -> str:
    rank = "" if rule["rank"] is None else word("place-of", rank=rule["rank"], count=rule["of"])
    return " ".join(part for part in (rule["at"], rank, _won(rule)) if part)


def _consequences(data: dict[str, Any]) -> None:
    if data["consequences"]:
        _head("consequences")
        lines: dict[str, dict[str, Any]] = {}
        for rule in data["consequences"]:
            key = title(rule["title"], rule["id"])
            lines.setdefault(key, {"clause": rule["source"], "at": []})["at"].append(rule["at"])
        for name, rule in lines.items():
            at = word("comma").join(dict.fromkeys(place for place in rule["at"] if place))
            _wrapped(f"{name} {at}".strip() + _clause(rule), 2)


def _bars(data: dict[str, Any]) -> None:
    """What keeps the subject, or who its honours go to, out of places and honours."""
    if not data["bars"]:
        return
    _head("bars")
    for bar in data["bars"]:
        whose = "" if bar["of"] == data["subject"] else f"{bar['of']}{word('colon')}"
        _wrapped(f"● {whose}{bar_text(bar)}", 2)
    names = [
        title(data["titles"]["consequences"].get(one["consequence"]), one["consequence"]) for one in data["withheld"]
    ]
    if names:
        _wrapped(word("withheld", names=word("comma").join(dict.fromkeys(names))), 2)


def _grouped(rules: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    by_name: dict[str, list[dict[str, Any]]] = {}
    for rule in rules:
        by_name.setdefault(rule["id"], []).append(rule)
    return list(by_name.values())


def _rule(sign: str, rule: dict[str, Any], more: str = "") -> None:
    name = f"{title(rule['title'], rule.get('id', rule.get('grade', '')))} {rule.get('at', '')}".strip()
    _wrapped(f"{sign} {name}{_more(more)}{_clause(rule)}", 2)
    if rule["expression"] == "otherwise":
        return
    _wrapped(rule["aloud"], 6)
    if reads := _reads(rule):
        _wrapped(f"{word('read', parts=reads)}{_sources(rule)}", 6)
    _limits(rule)
    for record in rule.get("records", ()):
        if record["counts"] is not False:
            fields = word("comma").join(f"{one['title']} {value_text(one['value'])}" for one in record["read"])
            _wrapped(f"● {record['no']}{word('colon')}{fields}", 6)


def _more(text: str) -> str:
    return f"{word('colon')}{text}" if text else ""


def _reads(rule: dict[str, Any]) -> str:
    return word("semicolon").join(f"{one['title']} {value_text(one['value'])}".rstrip() for one in rule["read"])


def _sources(rule: dict[str, Any]) -> str:
    sources = [source for source in rule["sources"] if source]
    return word("from-sources", parts=word("semicolon").join(sources)) if sources else ""


def _limits(rule: dict[str, Any]) -> None:
    """The thresholds that the words of the rule do not already give with their values."""
    limits = [
        f"{title(one['title'], name)} {one['value']}{one['unit']}"
        for name, one in rule["threshold"].items()
        if f"{one['value']}{one['unit']}" not in rule["aloud"]
    ]
    if limits:
        _wrapped(word("threshold", parts=word("semicolon").join(limits)), 6)


def _won(rule: dict[str, Any]) -> str:
    outcome = rule["outcome"]
    if outcome is True:
        return word("won")
    if outcome in (False, "none"):
        return ""
    if isinstance(outcome, str):
        return state("tier", outcome)
    if rule["draw_among"]:
        return word("draw-needed", names=", ".join(rule["draw_among"]))
    return word("place-open", count=len(rule["waiting_for"]))


def _clause(rule: dict[str, Any]) -> str:
    mark = "※" if rule.get("decisions") else ""
    text = f"{rule.get('clause') or rule.get('source') or ''}{mark}"
    return f"〔{text}〕" if text else ""


def _head(name: str) -> None:
    out()
    out(word(f"section-{name}"))


def _wrapped(text: str, indent: int) -> None:
    for position, line in enumerate(wrap(text, terminal_width() - indent - 2)):
        out(" " * (indent + (2 if position else 0)) + line)


__all__ = ["explained", "missing", "one"]
