"""Measures how much the worked cases of each scheme notice, and writes it to docs/schemes/mutation.json.

Only schemes whose file or cases are not those of the last time are measured, or the ones named; each is written as soon
as it is known. Many minutes for all of them.
"""
# ruff: noqa: INP001 - a script of this folder, not a package

import json
import sys

from pages import SCORES, digest, read, scores

from kaoping.cases import read_cases
from kaoping.evaluation.compile import compile_scheme
from kaoping.evaluation.values import round_half_away
from kaoping.facts.values import number_text
from kaoping.mutation import sensitivity


def main(names: list[str]) -> None:
    """Measure the schemes named, or all whose score is of an earlier state."""
    schemes, catalogue = read()
    known = {name: one for name, one in scores().items() if name in {scheme.id for scheme in schemes}}
    wanted = [one for one in schemes if one.id in names or (not names and not is_of(known.get(one.id), digest(one)))]
    for scheme in wanted:
        cases = [case for case in read_cases(scheme.cases_text, scheme.cases_file) if case.confirmed]
        found = sensitivity(compile_scheme(scheme, catalogue), cases)
        known[scheme.id] = {
            "digest": digest(scheme),
            "cases": len(cases),
            "changes": found.changes,
            "noticed": found.changes - len(found.survivors),
            "percent": number_text(round_half_away(found.percent, 1)),
            "survivors": [
                " ".join(part for part in (one.kind, one.rule, one.was, "→", one.becomes) if part).removesuffix(" →")
                for one in found.survivors
            ],
        }
        SCORES.write_text(json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        sys.stdout.write(f"{scheme.id}: {known[scheme.id]['noticed']} of {found.changes}\n")
        sys.stdout.flush()


def is_of(score: dict | None, state: str) -> bool:
    """Is it a score of this state?"""
    return score is not None and score["digest"] == state


if __name__ == "__main__":
    main(sys.argv[1:])
