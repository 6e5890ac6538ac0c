"""Schemes: the list, one read aloud, what is wrong in a file, how the worked cases came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kaoping_cli.console import definitions, out, pad, terminal_width, width_of, wrap
from kaoping_cli.pages import boundaries, tailoring
from kaoping_cli.pages.explanation import FORMS
from kaoping_cli.pages.plugins import problems
from kaoping_cli.pages.values import amount
from kaoping_cli.words import state, title, word

Rows = Sequence[tuple[str, str, dict[str, Any]]]
Called = Mapping[str, str]
"""The numbers of decisions, by id."""


def listed(data: dict[str, Any]) -> None:
    """The schemes that can be used, family by family."""
    schemes = {scheme["id"]: scheme for scheme in data["schemes"]}
    for family in data["families"]:
        bundled = "" if family["bundled"] else f"  {family['distribution']} {family['version']}"
        out(word("family", plugin=title(family["title"], family["plugin"]), count=len(family["schemes"])) + bundled)
        rows = [(name, title(schemes[name]["title"])) for name in family["schemes"]]
        width = max(width_of(name) for name, _ in rows)
        for name, called in rows:
            out(f"  {pad(name, width)}  {called}")
            for line in wrap(_about(schemes[name]), terminal_width() - 6):
                out(f"      {line}")
        out()
    out(word("schemes-sum", schemes=len(schemes), families=len(data["families"])))
    problems(data["problems"])
    if data["idle_plugins"]:
        out()
        out(word("idle-plugins", names=", ".join(data["idle_plugins"])))


def _kinds(scheme: dict[str, Any]) -> str:
    return word("comma").join(state("kind", kind) for kind in (scheme["period"], *scheme["parts"]))


def _about(scheme: dict[str, Any]) -> str:
    """Who is assessed, how often, what comes of it, and where the scheme comes from."""
    judged = title(scheme["subject_title"], scheme["subject"])
    about = [judged, _kinds(scheme), state("verdict", scheme["verdict"])]
    about.append((word("document", document=scheme["source"]["document"]) + scheme["source"].get("plan", "")).rstrip())
    return " · ".join([*about, word("edition", edition=scheme["edition"])])


def shown(data: dict[str, Any]) -> None:
    """A scheme, read aloud: titles stand where the file has names."""
    _head(data)
    called = {one["id"]: str(one["number"]) for one in data["decisions"]}
    _section("gates", [(_title(rule), _when(rule), rule) for rule in data["gates"]], called)
    _judging(data, called)
    _section("cohort", [(_title(rule), _order(rule), rule) for rule in data["cohort"]], called)
    _consequences(data, called)
    for section in data["roll_ups"]:
        out()
        out(word("section-rolled-up", type=title(section["title"], section["id"])))
        _judging(section, called)
        _consequences(section, called)
    bars: Rows = [
        (
            title(bar["title"], bar["consequence"]),
            word("bar-of", scheme=title(bar["scheme_title"], bar["scheme"]), tag=title(bar["tag_title"])),
            {},
        )
        for bar in data["bars_from"]
    ]
    _section("bars", bars, called)
    _section("parameters", [(_title(rule), _parameter(rule), rule) for rule in data["parameters"]], called)
    if data["events"]:
        rows = [(event["id"], title(event["title"])) for event in data["events"]]
        _lines("events", definitions(rows))
    out()
    out(word("scheme-next", scheme=data["id"], count=len(data["decisions"])))


def _judging(data: dict[str, Any], called: Called) -> None:
    grades = {band["grade"]: title(band["title"], band["grade"]) for band in data["bands"]}
    criteria = [(_title(rule), f"{_when(rule)}{_worth(rule)}", rule) for rule in data["criteria"]]
    vetoes = [(_title(rule), f"{_effect(rule, grades)}{word('colon')}{_when(rule)}", rule) for rule in data["vetoes"]]
    _section("criteria", criteria, called)
    _section("measures", [(_title(rule), rule["aloud"], rule) for rule in data["measures"]], called)
    _section(FORMS[data["grade_form"]], [(title(band["title"]), _band(band), {}) for band in data["bands"]], called)
    _section("vetoes", vetoes, called)


def _consequences(data: dict[str, Any], called: Called) -> None:
    rows = [(_title(rule), _when(rule) or word("always"), rule) for rule in data["consequences"]]
    _section("consequences", rows, called)


def decisions(data: dict[str, Any]) -> None:
    """What was decided where the source is silent, with the reason, and what a place may change that disagrees."""
    _head(data)
    known = {parameter["id"]: parameter for parameter in data["parameters"]}
    for decision in data["decisions"]:
        out()
        head = word("decision-head", number=decision["number"], title=title(decision["title"]))
        for line in wrap(head, terminal_width()):
            out(line)
        for line in wrap(word("reason", text=title(decision["why"])), terminal_width() - 2):
            out(f"  {line}")
        names = [f"{_title(known[name])} {_parameter(known[name])}" for name in decision["parameters"]]
        for line in (
            wrap(word("may-change", names=word("semicolon").join(names)), terminal_width() - 2) if names else ()
        ):
            out(f"  {line}")
        out(f"  [{decision['id']}]")


def checked(data: dict[str, Any]) -> None:
    """Whether a file is a scheme."""
    for finding in data["findings"]:
        _finding(finding)
    if not data["errors"]:
        scheme = data["scheme"]
        _proved(data)
        facts = {"file": data["file"], "title": title(scheme["title"]), "edition": scheme["edition"]}
        if found := data["tailoring"]:
            out(word("tailoring-sound", name=title(found["title"]), **facts))
            tailoring.changes(found)
        else:
            out(word("scheme-sound", **facts))
        for note in data["notes"]:
            out(word("note", message=note))
        return
    problems(data["errors"])
    out()
    out(word("scheme-unsound", file=data["file"], count=len(data["errors"])))


def tested(data: dict[str, Any]) -> None:
    """How the worked cases came out."""
    for scheme in data["schemes"]:
        out(word("tested", scheme=scheme["scheme"], cases=scheme["cases"], passed=scheme["passed"]))
        for failure in scheme["failures"]:
            out(word("case-failed", case=failure["case"], title=title(failure.get("title"))))
            for found in failure["differences"]:
                where = f"{found['where']}: " if found["where"] else ""
                out(f"      {where}{word('case-difference', **found)}")
        _unconfirmed(scheme["unconfirmed"])
        _sensitivity(scheme.get("sensitivity"))
        if "coverage" in scheme:
            _coverage(scheme["coverage"], named=len(data["schemes"]) == 1)
        if "boundaries" in scheme:
            boundaries.drawn(scheme["boundaries"])
    for note in data["notes"]:
        out(word("note", message=note))
    out(word("tested-all", cases=data["cases"], passed=data["passed"], engines=" = ".join(data["engines"])))


def _unconfirmed(found: dict[str, Any]) -> None:
    """The cases a program made, which count nowhere; and those of them that are not as they were."""
    if found["cases"]:
        out(word("unconfirmed", count=found["cases"]))
    for one in found["differing"]:
        out(word("unconfirmed-differs", case=one["case"]))
        for difference in one["differences"]:
            out(f"      {word('case-difference', **difference)}")


def _finding(finding: dict[str, Any]) -> None:
    for position, line in enumerate(wrap(f"{finding['where']}: {finding['message']}", terminal_width() - 6)):
        out(f"{'× ' if not position else '    '}{line}")
    if finding.get("hint"):
        for line in wrap(word("finding-hint", hint=finding["hint"]), terminal_width() - 8):
            out(f"    {line}")
    for witness in finding["witnesses"]:
        facts = [
            f"{subject} {name}" + "".join(f" {at}: {value}" for at, value in places.items())
            if subject != "witness"
            else f"{name} " + word("comma").join(_at(at, value, len(places)) for at, value in places.items())
            for subject, known in witness["facts"].items()
            for name, places in known["values"].items()
        ]
        facts += [
            f"{kind} {len(records)}"
            for known in witness["facts"].values()
            for kind, records in known["records"].items()
        ]
        told = word("finding-witness", facts=word("semicolon").join(facts) or "-", standing=witness["standing"])
        for line in wrap(told, terminal_width() - 8):
            out(f"    {line}")


def _at(at: str, value: str, count: int) -> str:
    return value if count == 1 and at.isdigit() else f"{at}={value}"


def _proved(data: dict[str, Any]) -> None:
    """What the proofs came to, and each question that is left open."""
    if data.get("prover"):
        out(word("proofs-count", prover=data["prover"], **data["counts"]))
        for one in data["undecided"]:
            out(f"  ？ {word('proofs-open', **one)}")
        if data["saved"]:
            key = "proofs-saved-dry" if data["saved"]["dry_run"] or not data["saved"]["cases"] else "proofs-saved"
            out(word(key, **data["saved"]))
    elif data["findings"]:
        out(word("findings-count", count=len(data["findings"])))


def _coverage(found: dict[str, Any], *, named: bool) -> None:
    """How many outcomes of the rules the cases show; of one scheme also which they never do."""
    out(word("coverage-shown", **{key: found[key] for key in ("shown", "outcomes")}))
    by_kind: dict[tuple[str, str], list[str]] = {}
    for one in found["never_shown"] if named else ():
        by_kind.setdefault((one["kind"], one["what"]), []).append(one["rule"])
    for (kind, what), rules in by_kind.items():
        told = word("never-shown", rules=word("comma").join(rules), what=state("shown", f"{kind}-{what}"))
        for position, line in enumerate(wrap(told, terminal_width() - 8)):
            out(f"  {'    ' if position else '？ '}{line}")


def _sensitivity(found: dict[str, Any] | None) -> None:
    """How many changes of the rules the cases notice, and which they do not."""
    if found is None:
        return
    out(word("mutation-score", **{key: found[key] for key in ("noticed", "changes", "percent")}))
    for one in found["survivors"]:
        kind = state("mutant", one["kind"])
        change = f"{one['was']} → {one['becomes']}" if one["becomes"] else ""
        out(f"  × {one['rule']}{word('colon')}{kind} {change}".rstrip() + f"  ({one['where']})")


def written(data: dict[str, Any]) -> None:
    """A new package."""
    facts = {"folder": data["folder"], "count": len(data["files"])}
    out(word("new-dry", **facts) if data["dry_run"] else word("new-written", cases=data["cases"], **facts))
    for file in data["files"]:
        out(f"  {file}")
    scheme = next(file for file in data["files"] if file.endswith(f"{data['name']}.yaml"))
    out(word("new-next", file=f"{data['folder']}/{scheme}"))


def _head(data: dict[str, Any]) -> None:
    out(f"{title(data['title'])}  [{data['id']}]  {word('edition', edition=data['edition'])}")
    out(word("scheme-judges", subject=title(data["subject_title"], data["subject"]), kinds=_kinds(data)))
    out(word("scheme-source", source=" · ".join(data["source"].values())))
    out(word("scheme-verdict", verdict=state("verdict", data["verdict"])))
    if found := data["tailoring"]:
        facts = {name: found[name] for name in ("authority", "document")}
        since, until = found["in_force"]
        out(word("tailoring-head", name=title(found["title"]), since=since, until=until or "", **facts))
        tailoring.changes(found)


def _section(name: str, rows: Rows, called: Called) -> None:
    if rows:
        _lines(name, definitions([(head, f"{text}{_clause(rule, called)}") for head, text, rule in rows]))


def _lines(name: str, lines: list[str]) -> None:
    out()
    out(word(f"section-{name}"))
    for line in lines:
        out(line)


def _clause(rule: dict[str, Any], called: Called) -> str:
    parts = [rule["clause"]] if rule.get("clause") else []
    if rule.get("decisions"):
        parts.append(word("decided", names=word("comma").join(called[one] for one in rule["decisions"])))
    return f"〔{word('semicolon').join(parts)}〕" if parts else ""


def _title(rule: dict[str, Any]) -> str:
    return title(rule["title"], rule["id"])


def _aloud(expression: dict[str, str] | None) -> str:
    return expression["aloud"] if expression else ""


def _when(rule: dict[str, Any]) -> str:
    return _aloud(rule["when"])


def _band(band: dict[str, Any]) -> str:
    return _aloud(band["when"]) or word("by-veto" if band["by_veto"] else "otherwise")


def _worth(rule: dict[str, Any]) -> str:
    if not rule["points"]:
        return ""
    key = "earns" if rule["earns"] else "worth"
    return f"{word('semicolon')}{word(key, points=_aloud(rule['points']), earns=_aloud(rule['earns']))}"


def _effect(rule: dict[str, Any], grades: Mapping[str, str]) -> str:
    key, grade = ("at-most", rule["at_most"]) if rule["at_most"] else ("becomes", rule["becomes"])
    return word(key, grade=grades.get(grade, grade))


def _order(rule: dict[str, Any]) -> str:
    keys = [_aloud(key) if key else word("draw") for key in rule["by"]]
    return word("ranked-by", keys=" > ".join(keys))


def _parameter(rule: dict[str, Any]) -> str:
    """A parameter's value, what it was before a tailoring, and what else a place may choose."""
    text = _valued(rule, rule["value"])
    if rule["own"] is not None:
        text += word("own-value", value=_valued(rule, rule["own"]))
    choices = [
        f"{_valued(rule, choice)} [{choice}]" if choice in rule["titles"] else choice for choice in rule["one_of"]
    ]
    return text + (word("one-of", values=word("comma").join(choices)) if choices else "")


def _valued(rule: dict[str, Any], value: Any) -> str:
    """A parameter's value by its title, or with its unit."""
    if isinstance(value, str) and value in rule["titles"]:
        return title(rule["titles"][value])
    return f"{amount(value)}{rule['unit']}"
