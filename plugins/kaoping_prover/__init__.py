"""The plugin that offers z3 as a prover."""

from __future__ import annotations

from kaoping.hookspecs import hookimpl
from kaoping_prover.prover import Z3Prover


@hookimpl
def kaoping_provers() -> list[Z3Prover]:
    return [Z3Prover()]
