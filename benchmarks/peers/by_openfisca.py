"""OpenFisca: a variable for each measure, formulas over whole columns, doubles in place of its single floats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable
from world import ENDS, QUARTERS

from peers import GRADES, HAIR

NAME, PACKAGE = "openfisca-core, formulas over columns", "openfisca-core"
YEAR = "2025"
Estate = build_entity(key="estate", plural="estates", label="An estate", is_person=True)


class Double(Variable):
    """A number of doubles: half a hundredth is not seen in single floats."""

    def __init__(self, baseline_variable: Variable | None = None) -> None:
        super().__init__(baseline_variable)
        if self.value_type is float:
            self.dtype = np.float64


def variable(name: str, kind: type, formula: Callable[..., Any] | None = None) -> type[Variable]:
    """A variable of a year."""
    said = {"value_type": kind, "entity": Estate, "definition_period": DateUnit.YEAR, "label": name}
    if kind is float:
        said["default_value"] = float("nan")
    if formula is not None:
        said["formula"] = formula
    return type(name, (Double,), said)


def complaint(q: int) -> Callable[..., np.ndarray]:
    def formula(estate: Any, period: Any) -> np.ndarray:
        valid, households = estate(f"valid_{q}", period), estate(f"households_{q}", period)
        rate = np.where(valid > 0, 2000 * valid / households, 0)
        righted = np.where(valid > 0, 100 * estate(f"rectified_{q}", period) / valid, 100)
        score = np.floor((np.maximum(0, 100 - rate) + righted) * 5000 + 0.5 + HAIR) / 1000
        return np.where(estate("complete_through", period) >= ENDS[q], score, np.nan)

    return formula


def annual(part: str, name: str) -> Callable[..., np.ndarray]:
    def formula(estate: Any, period: Any) -> np.ndarray:
        quarters = [estate(f"{name}_{q}", period) for q in QUARTERS]
        there = sum((~np.isnan(one)).astype(float) for one in quarters)
        mean = sum(np.nan_to_num(one) for one in quarters) / there
        entered = estate(f"annual_{part}", period)
        return np.where(np.isnan(entered), mean, entered)

    return formula


def composite(estate: Any, period: Any) -> np.ndarray:
    group, satisfaction = estate("year_group", period), estate("year_satisfaction", period)
    total, weight = 50 * group, np.full(estate.count, 50.0)
    for name in ("year_association", "year_complaints"):
        part = estate(name, period)
        there = ~np.isnan(part)
        total += np.where(there, 10 * part, 0)
        weight += 10 * there
    return np.floor((70 * total / weight + 30 * satisfaction) / 10 + 0.5 + HAIR)


def raw_grade(estate: Any, period: Any) -> np.ndarray:
    score = estate("score", period)
    return np.select([score >= 8500, score >= 7000, score >= 6000], [0, 1, 2], 3)


def grade(estate: Any, period: Any) -> np.ndarray:
    raw = estate("raw_grade", period)
    capped = np.where(estate("capped", period), np.maximum(raw, 1), raw)
    return np.where(estate("forced", period), 3, capped)


def system(inputs: list[str]) -> TaxBenefitSystem:
    """The scheme as a system of variables."""
    made = TaxBenefitSystem([Estate])
    given = [variable(name, float) for name in inputs]
    measures = [
        *(variable(f"complaint_{q}", float, complaint(q)) for q in QUARTERS),
        *(variable(f"year_{part}", float, annual(part, part)) for part in ("group", "satisfaction", "association")),
        variable("year_complaints", float, annual("complaint", "complaint")),
        variable("score", float, composite),
        variable("raw_grade", int, raw_grade),
        variable("capped", bool, lambda estate, period: estate("cap", period) > 0),
        variable("forced", bool, lambda estate, period: estate("force", period) > 0),
        variable("grade", int, grade),
    ]
    made.add_variables(*given, *measures)
    return made


def prepare(rows: Any) -> tuple[TaxBenefitSystem, dict[str, np.ndarray]]:
    columns = {name: rows[name].to_numpy().astype(float) for name in rows.column_names if name not in ("id", "plain")}
    return system(list(columns)), columns


def judge(prepared: tuple[TaxBenefitSystem, dict[str, np.ndarray]]) -> list[np.ndarray]:
    made, columns = prepared
    simulation = SimulationBuilder().build_default_simulation(made, len(columns["cap"]))
    for name, values in columns.items():
        simulation.set_input(name, YEAR, values)
    with np.errstate(divide="ignore", invalid="ignore"):
        return [simulation.calculate(name, YEAR) for name in ("score", "grade", "capped", "forced")]


def found(judged: list[np.ndarray]) -> Iterator[tuple[int | None, str | None, bool, bool]]:
    for score, at, cap, force in zip(*(one.tolist() for one in judged), strict=True):
        none = score != score  # noqa: PLR0124 - no number equals itself but one that is none
        yield None if none else int(score), None if none and not force else GRADES[at], cap, force
