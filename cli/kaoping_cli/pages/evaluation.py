"""One evaluation: how many got which grade, what is not decided and why; and the list of those kept."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from kaoping_cli.console import definitions, out, pad, table, terminal_width, width_of
from kaoping_cli.words import state, title, word, words

_EARLIER = re.compile(r"(previous|baseline)\((\w+)\)")
MOST, FEW = 8, 5
BAR, BESIDE = 36, 10
"""Columns of a full bar where there is room, and of what stands beside a grade's name and bar."""


def evaluated(data: dict[str, Any]) -> None:
    """What an evaluation found, in a few lines."""
    out(heading(data))
    out(opinions(data))
    for note in data["notes"]:
        out(word("note", message=note))
    out()
    distribution(data["results"], data["titles"])
    for kind in dict.fromkeys(found["type"] for found in data["rolled_up"]):
        members = [found for found in data["rolled_up"] if found["type"] == kind]
        out()
        out(word("rolled-up", type=title(data["titles"]["types"].get(kind), kind), count=len(members)))
        distribution(members, data["titles"])
    places(data)
    barred(data)
    undecided(data)
    out()
    out(word("digest", digest=data["result_digest"]))
    if data["evaluation"] is None:
        out(word("not-stored"))
    else:
        _next(data)


def full(data: dict[str, Any]) -> None:
    """Every subject's result in one table."""
    out(heading(data))
    out(opinions(data))
    out()
    rows = [
        [
            found["subject"],
            found["title"],
            score(found),
            grade_of(found, data["titles"]),
            state("status", found["status"]),
        ]
        for found in (*data["results"], *data["rolled_up"])
    ]
    for line in table(words("head-subject", "head-title", "head-score", "head-grade", "head-state"), rows, right=[2]):
        out(line)
    barred(data)
    undecided(data)
    out()
    out(word("digest", digest=data["result_digest"]))


def heading(data: dict[str, Any]) -> str:
    """Scheme, edition, period, number."""
    number = word("not-numbered") if data["evaluation"] is None else word("numbered", number=data["evaluation"])
    edition = word("edition", edition=data["edition"])
    name = f"{title(data['title'], data['scheme'])}{tailored_by(data)}"
    return f"{name}  {edition}  {data['period']}  {number}"


def tailored_by(data: dict[str, Any]) -> str:
    """Whose tailoring a result is by, to stand behind the name of its scheme; nothing where it is by none."""
    one = data.get("tailoring")
    return word("tailored-by", title=title(one["title"], one["id"]), document=one["document"]) if one else ""


def opinions(data: dict[str, Any]) -> str:
    """Who vouches for the result."""
    count = len(data["results"])
    names = " = ".join(data["engines"])
    key = "one-opinion" if data["opinions"] == 1 else "opinions"
    return word(key, subjects=count, count=data["opinions"], engines=names)


def score(found: dict[str, Any]) -> str:
    """A score, or the span it must lie in."""
    if found["score"] is not None:
        return str(found["score"])
    if found["score_range"]:
        low, high = found["score_range"]
        return f"{low if low is not None else ''}..{high if high is not None else ''}"
    return "-"


def grade_of(found: dict[str, Any], titles: dict[str, Any]) -> str:
    """The grade, or the grades still possible; without grades how many requirements are met."""
    if found["grade"] is not None:
        text = title(titles["grades"].get(found["grade"]), found["grade"])
        raw = found["raw_grade"]
        before = title(titles["grades"].get(raw), raw)
        return text if raw in (None, found["grade"]) else word("grade-after-veto", grade=text, raw=before)
    names = [title(titles["grades"].get(grade), state("gate", grade)) for grade in found["possible_grades"]]
    if not names and (required := _required(found)):
        applying = [outcome for outcome in required if outcome != "not_applicable"]
        return word("requirements-met", met=applying.count("met"), of=len(applying))
    return word("or").join(names) or "-"


def _required(found: dict[str, Any]) -> list[str]:
    """What became of each requirement of a subject that gets neither grade nor score."""
    if found["score"] is not None or found["score_range"] or found["possible_grades"]:
        return []
    return [one["outcome"] for one in found["findings"] if one["severity"] == "required"]


def counted(grades: dict[str, int], titles: dict[str, Any]) -> list[str]:
    """How many got each grade, best first, each in a word."""
    order = [
        *(grade for grade in titles["grades"] if grade in grades),
        *sorted(grades.keys() - titles["grades"].keys()),
    ]
    return [f"{title(titles['grades'].get(grade), state('gate', grade))} {grades[grade]}" for grade in order]


def distribution(found: list[dict[str, Any]], titles: dict[str, Any]) -> None:
    """A bar for each grade, best first; a full one is everybody."""
    counts = Counter(one["standing"] for one in found)
    order = [grade for grade in titles["grades"] if counts[grade]]
    order += [grade for grade in counts if grade not in order]
    names = {grade: title(titles["grades"].get(grade), state("gate", grade)) for grade in order}
    width = max((width_of(name) for name in names.values()), default=0)
    longest = max(FEW, min(BAR, terminal_width() - width - BESIDE))
    for grade in order:
        bar = "█" * max(1, (2 * counts[grade] * longest + len(found)) // (2 * len(found)))
        out(f"  {pad(names[grade], width)}  {counts[grade]:>4}  {bar}")


def places(data: dict[str, Any]) -> None:
    """How many places each cohort rule gave, windows in order, tiers from the best."""
    lines = []
    for rule, name in data["titles"]["cohort"].items():
        won: Counter[tuple[str, str]] = Counter()
        for found in sorted(data["results"], key=lambda one: min(one["ranks"].get(rule, {}).values(), default=0)):
            for window, place in found["cohort"].get(rule, {}).items():
                if place not in (False, None, "none"):
                    won[window, "open" if isinstance(place, dict) else "" if place is True else str(place)] += 1
        text = word("comma").join(
            f"{window} {state('tier', place)} {won[window, place]}".replace("  ", " ").strip()
            for window, place in sorted(won, key=lambda key: key[0])
        )
        if text:
            lines.append((title(name, rule), text))
    if lines:
        out()
        for line in definitions(lines):
            out(line)


def barred(data: dict[str, Any]) -> None:
    """Who is kept out of places and honours, and by what."""
    reached: dict[str, list[str]] = {}
    for found in (*data["results"], *data["rolled_up"]):
        for bar in found["bars"]:
            reached.setdefault(bar_text(bar), []).append(found["title"])
    if not reached:
        return
    out()
    out(word("barred", count=len({who for names in reached.values() for who in names})))
    for line in definitions([(word("comma").join(dict.fromkeys(who[:MOST])), text) for text, who in reached.items()]):
        out(line)


def bar_text(bar: dict[str, Any]) -> str:
    """What keeps somebody out: of which scheme, from when until when."""
    text = word("bar", name=title(bar["title"], bar["consequence"]), scheme=bar["scheme"])
    since = word("bar-since", day=bar["since"]) if bar["since"] else ""
    return text + since + (word("bar-until", day=bar["until"]) if bar["until"] else "")


def undecided(data: dict[str, Any]) -> None:
    """Who has no grade yet, and which facts could still change it."""
    waiting = [found for found in (*data["results"], *data["rolled_up"]) if found["missing"] or found["overlap"]]
    if not waiting:
        return
    out()
    out(word("undecided", count=len(waiting)))
    rows = []
    for found in waiting[:MOST]:
        names = dict.fromkeys(still_missing(item, data["titles"]) for item in found["missing"])
        if found["overlap"]:
            names[word("overlapping")] = None
        shown = word("comma").join(list(names)[:4]) + (word("and-more", count=len(names) - 4) if len(names) > 4 else "")
        rows.append((found["title"], f"{grade_of(found, data['titles'])}{word('colon')}{shown}"))
    for line in definitions(rows):
        out(line)
    if len(waiting) > MOST:
        out(word("more-of-them", count=len(waiting) - MOST))


def published(data: dict[str, Any]) -> None:
    """What a publication opened."""
    facts = {"number": data["evaluation"], "title": title(data["title"], data["scheme"]), "period": data["period"]}
    out(word("published-dry" if data["dry_run"] else "published", on=data["on"], **facts))
    rows = [(title(entry["title"], entry["consequence"]), str(entry["count"])) for entry in data["opened"]]
    if rows:
        out(word("opened", count=data["entries"]))
        for line in definitions(rows):
            out(line)
    for entry in data["unaddressed"]:
        who = entry["subjects"]
        facts = {"subjects": word("comma").join(who[:FEW]), "count": len(who)}
        out(word("unaddressed", name=title(entry["title"], entry["consequence"]), **facts))
    since: dict[str, list[str]] = {}
    for entry in data["barred_since"]:
        since.setdefault(title(entry["title"], entry["consequence"]), []).append(entry["subject_title"])
    for name, who in since.items():
        named = list(dict.fromkeys(who))
        out(word("barred-since", name=name, subjects=word("comma").join(named[:FEW]), count=len(named)))
    if data["supersedes"]:
        out(word("supersedes", number=data["supersedes"]))


def listed(data: dict[str, Any]) -> None:
    """The evaluations kept, latest last."""
    rows = [
        [
            str(one["evaluation"]),
            word("with-tailoring", scheme=one["scheme"], name=one["tailoring"]) if one["tailoring"] else one["scheme"],
            one["edition"],
            one["period"],
            one["at"][:16].replace("T", " "),
            one["actor"],
            str(one["opinions"]),
            one["result_digest"][:12],
            one["published_on"] or (word("superseded") if one["superseded_by"] else "-"),
        ]
        for one in data["evaluations"]
    ]
    heads = words("head-number", "head-scheme", "head-edition", "head-period", "head-at", "head-actor")
    for line in table([*heads, *words("head-opinions", "head-digest", "head-published")], rows, right=[0, 6]):
        out(line)


def verified(data: dict[str, Any]) -> None:
    """Whether it came out the same."""
    facts = {"number": data["evaluation"], "scheme": data["scheme"], "period": data["period"]}
    out(word("same" if data["same"] else "not-same", known_at=data["known_at"], **facts))
    out(word("digest-stored", digest=data["result_digest"]))
    if not data["same"]:
        out(word("digest-now", digest=data["digest_now"]))
        for line in data["differences"]:
            out(f"  {line}")


def missing_fact(item: dict[str, Any], titles: dict[str, Any]) -> str:
    """A fact that is missing, and for which period or item."""
    name = title(titles["facts"].get(item["fact"]), item["fact"])
    if earlier := _EARLIER.fullmatch(item["fact"]):
        known = titles["facts"].get(earlier[2]) or titles["measures"].get(earlier[2])
        name = word(f"missing-{earlier[1]}", name=title(known, earlier[2]))
    if item["at"] in titles["items"]:
        return f"{name}{word('colon')}{title(titles['items'][item['at']])}"
    return f"{name} {item['at']}".strip()


def still_missing(item: dict[str, Any], titles: dict[str, Any]) -> str:
    """What an office has yet to enter: a value, a statement that a register is complete, a field of a line of one."""
    if item["fact"] in titles["records"]:
        return word("missing-register", register=title(titles["records"][item["fact"]]))
    if item["fact"] in titles["fields"]:
        register, field = item["fact"].partition(".")[0], title(titles["fields"][item["fact"]])
        return word(
            "missing-field", register=title(titles["records"].get(register), register), no=item["at"], field=field
        )
    return missing_fact(item, titles)


def _next(data: dict[str, Any]) -> None:
    out(word("next-rank", scheme=data["scheme"], period=data["period"]))
    if data["results"]:
        out(word("next-explain", subject=data["results"][0]["subject"], period=data["period"], scheme=data["scheme"]))
    out(word("next-publish" if data["closed"] else "next-close", number=data["evaluation"], scheme=data["scheme"],
             period=data["period"]))  # fmt: skip
