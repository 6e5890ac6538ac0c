"""Writes what is made from the schemes that ship: a page for each and the kinds of rule. With --check only compares.

How much the worked cases of a scheme notice takes long to measure: `make mutation` keeps it in a file with the digest
of what it was measured of. A score of an earlier state is told as such; that alone makes no page wrong.
"""
# ruff: noqa: INP001 - a script of this folder, not a package

import hashlib
import json
import sys
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

from kaoping.evaluation.values import round_half_away
from kaoping.facts.types import Catalogue
from kaoping.facts.values import number_text
from kaoping.office.coverage import coverage_of
from kaoping.scheme.catalogue import base_catalogue, merge_catalogue
from kaoping.scheme.model import Scheme
from kaoping.scheme.prose import page
from kaoping.scheme.reader import read_schemes
from kaoping.scheme.verdict import verdict
from kaoping.texts import Language, say

ROOT = Path(__file__).parent.parent
LANGUAGES: tuple[Language, ...] = ("zh", "en")
FOLDER = ROOT / "docs" / "schemes"
SCORES = FOLDER / "mutation.json"
MADE = "<!-- made by make docs from the scheme's file; do not edit -->\n"
INDEX = f"""\
{MADE}
# 方案 Schemes

每个随附方案一页：要求什么、怎样定等级、带来什么后果、原文未写明处怎样决定。中文在前。

A page for each scheme that ships: what it asks, how it grades, what follows, what was decided where its source is
silent. Chinese first, English below.
"""
HEADS = "| 方案 scheme | 对象 whom | 周期 period | 给出 gives |\n|---|---|---|---|\n"
RULES = f"""\
{MADE.replace("the scheme's file", "the worked cases")}
# 规则种类 Kinds of rule

考评方案里可能出现的规则共 {{kinds}} 种。下面列出每一种由哪些方案的哪些[算例](cases.md)体现：算例用 `shows:` 写明。
`kaoping scheme coverage` 按已安装的方案列出同样的内容。

An assessment standard may hold {{kinds}} kinds of rule. Below each stand the schemes and [worked cases](cases.md) that
show it; a case names them under `shows:`. `kaoping scheme coverage` gives the same for what is installed.

尚无算例 Without a case ({{missing}}): {{names}}
"""


def pages() -> dict[Path, str]:
    """Every page by its file."""
    folders = sorted((ROOT / "schemes").glob("kaoping_*"))
    schemes, catalogue = read()
    found = {FOLDER / f"{one.id}.md": f"{MADE}\n{page(one, catalogue)}\n{noticed(one)}" for one in schemes}
    index = "".join(family(folder.name, read_schemes(folder), catalogue) for folder in folders)
    return {FOLDER / "README.md": INDEX + altogether() + index, FOLDER.parent / "rules.md": rules(schemes), **found}


def read() -> tuple[list[Scheme], Catalogue]:
    """The schemes that ship, by id, and what they may name."""
    folders = sorted((ROOT / "schemes").glob("kaoping_*"))
    schemes = sorted((scheme for folder in folders for scheme in read_schemes(folder)), key=lambda one: one.id)
    return schemes, merge_catalogue(base_catalogue(), schemes)


def scores() -> dict[str, dict[str, Any]]:
    """The mutation scores that were measured, by scheme."""
    return json.loads(SCORES.read_text(encoding="utf-8")) if SCORES.exists() else {}


def digest(scheme: Scheme) -> str:
    """Of a scheme and its worked cases."""
    return hashlib.sha256(f"{scheme.text}\0{scheme.cases_text}".encode()).hexdigest()[:16]


def noticed(scheme: Scheme) -> str:
    """How many changes of its rules its cases notice, in both languages, and the changes they do not."""
    score = scores().get(scheme.id)
    if score is None:
        return ""
    facts = {name: score[name] for name in ("cases", "changes", "noticed", "percent")}
    heads = [say("prose.mutation-head", language) for language in LANGUAGES]
    text = f"\n# {' '.join(heads)}\n"
    for language in LANGUAGES:
        text += f"\n{say('prose.mutation', language, missed=len(score['survivors']), **facts)}"
        text += say("prose.mutation-earlier", language) if score["digest"] != digest(scheme) else ""
        text += "\n"
    return text + ("\n" + "".join(f"- {code(one)}\n" for one in score["survivors"]) if score["survivors"] else "")


def altogether() -> str:
    """How many changes the worked cases of all schemes notice together."""
    known = list(scores().values())
    if not known:
        return ""
    changes, seen = (sum(one[name] for one in known) for name in ("changes", "noticed"))
    percent = number_text(round_half_away(Fraction(100 * seen, changes), 1))
    facts = {"schemes": len(known), "changes": changes, "noticed": seen, "percent": percent}
    return "".join(f"\n{say('prose.mutation-all', language, **facts)}\n" for language in LANGUAGES)


def same(wanted: str | None, there: str | None) -> bool:
    """Are two texts of a page the same, but for whether a score is said to be of an earlier state?"""
    if wanted is None or there is None:
        return wanted is there
    for language in LANGUAGES:
        earlier = say("prose.mutation-earlier", language)
        wanted, there = wanted.replace(earlier, ""), there.replace(earlier, "")
    return wanted == there


def earlier() -> list[str]:
    """The schemes whose score is of an earlier state, or that have none."""
    known = scores()
    return [one.id for one in read()[0] if known.get(one.id, {}).get("digest") != digest(one)]


def family(name: str, schemes: list[Scheme], catalogue: Catalogue) -> str:
    """The schemes of one package: whom they assess, how often, and what they give."""
    text = f"\n## {name.removeprefix('kaoping_')}\n\n{HEADS}"
    for one in schemes:
        subject = catalogue.subject_types[one.subject].title
        given = [
            [say(f"cli.{key}", language) for key in (f"kind-{one.period}", f"verdict-{verdict(one)}")]
            for language in LANGUAGES
        ]
        text += f"| [{one.title.zh}]({one.id}.md)<br>{one.title.en} | {subject.zh}<br>{subject.en} "
        text += "".join(f"| {zh}<br>{en} " for zh, en in zip(*given, strict=True)) + "|\n"
    return text


def rules(schemes: list[Scheme]) -> str:
    """The page of the kinds of rule."""
    data = coverage_of(schemes)
    text = RULES.format(
        kinds=len(data["kinds"]), missing=len(data["not_shown"]), names=", ".join(map(code, data["not_shown"])) or "—"
    )
    for _, group in groupby(data["kinds"], key=lambda kind: kind["group"]):
        kinds = list(group)
        text += f"\n## {kinds[0]['group_title']['zh']} {kinds[0]['group_title']['en']}\n"
        for kind in kinds:
            text += f"\n{code(kind['kind'])} {kind['title']['zh']} · {kind['title']['en']}\n\n"
            for one in kind["schemes"]:
                cases = ", ".join(case["case"] for case in one["cases"])
                text += f"- [{one['scheme']}](schemes/{one['scheme']}.md): {cases}\n"
            text += "" if kind["schemes"] else "- —\n"
    return text


def code(name: str) -> str:
    """A name as it is typed."""
    return f"`{name}`"


def stale() -> list[str]:
    """The pages that are not as the schemes are, those of schemes that are gone included."""
    wanted = pages()
    there = {path: path.read_text(encoding="utf-8") for path in {*wanted, *FOLDER.glob("*.md")} if path.exists()}
    return sorted(path.name for path in {*wanted, *there} if not same(wanted.get(path), there.get(path)))


def write() -> None:
    """Make the folder as the schemes are."""
    wanted = pages()
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.md"):
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write()
    elif names := stale():
        sys.exit(f"not as the schemes are: {', '.join(names)}; run make docs")
    elif old := earlier():
        sys.stdout.write(
            f"mutation scores of an earlier state, or none: {len(old)} schemes; make mutation measures them\n"
        )
