"""Reading what is found of one subject: measures, tables and scales, gates, criteria."""

from __future__ import annotations

from dataclasses import replace

from kaoping.errors import Place
from kaoping.scheme.document import Items, Scalar, Table
from kaoping.scheme.expressions import Comparison, parse
from kaoping.scheme.model import (
    Constant,
    Criterion,
    DecisionTable,
    Expr,
    Gate,
    Measure,
)
from kaoping.scheme.reading import Reading
from kaoping.scheme.tables import TableError, constant, read_table


class RuleReading(Reading):
    """Reads the rules of a section."""

    def measures(self, table: Table) -> dict[str, Measure]:
        """Every measure; a table with several results gives one measure each, ``name.result``."""
        found: dict[str, Measure] = {}
        for name, entry in self.tables(table, "measures").items():
            measure = self.measure(name, entry)
            results = measure.table.results if measure.table else ()
            if len(results) > 1:
                for column, result in enumerate(results):
                    found[f"{name}.{result}"] = replace(measure, id=f"{name}.{result}", column=column)
            else:
                found[name] = measure
        return found

    def decision_table(self, table: Table) -> DecisionTable | None:
        """A measure's table, with its hit policy, order of results and default."""
        node = table.get("table")
        if not isinstance(node, Scalar):
            return None
        place = Place(node.place.file, (node.place.line or 0) + 1, None)
        try:
            read = read_table(node.text, place, self.parameter_names, self.text(table, "hit", "unique"))
        except TableError as error:
            self.errors.append(error.error)
            return None
        order, default = table.get("gives"), table.get("default")
        given: tuple[Constant, ...] | None = None
        if isinstance(default, Scalar):
            given = (constant(default.text),)
        elif isinstance(default, Table):
            given = tuple(constant(self.text(default, result)) for result in read.results)
        if given is not None and len(given) != len(read.results):
            self.fail("table-default", table.place, results=", ".join(read.results))
        best_first = tuple(constant(text) for text in self.texts(order))
        if read.hit in ("priority", "output_order") and {row.gives[0] for row in read.rows} - set(best_first):
            self.fail("table-order", table.place, hit=read.hit)
        return replace(read, order=best_first, default=given)

    def measure(self, name: str, table: Table) -> Measure:
        """A measure in one of its forms."""
        forms = [form for form in ("value", "weigh", "steps", "table") if table.get(form) is not None]
        if len(forms) != 1:
            self.fail("measure-form", table.place, name=name)
        weigh = []
        for what, weight in self.table(table, "weigh").items():
            place = table.entries["weigh"].keys[what] if isinstance(table.entries["weigh"], Table) else table.place
            weighed = self.expression(Scalar(what, place))
            amount = self.expression(weight)
            if weighed and amount:
                weigh.append((weighed, amount))
        within = table.get("keep_within")
        ends = [self.expression(item) for item in within.items] if isinstance(within, Items) else []
        total = table.get("total")
        return Measure(
            id=name,
            title=self.title(table.get("title")),
            clause=self.clause(table),
            place=table.place,
            of=self.text(table, "of"),
            for_each=self.texts(table.get("for_each")),
            form=forms[0] if forms else "value",
            value=self.expression(table.get("value")),
            weigh=tuple(weigh),
            leave_out=self.texts(table.get("leave_out")),
            total=self.number(total),
            steps=self.steps(table),
            table=self.decision_table(table),
            keep_within=(ends[0], ends[1]) if len(ends) == 2 and ends[0] and ends[1] else None,
            applies_when=self.expression(table.get("applies_when")),
            round=int(self.text(table, "round")) if table.get("round") else None,
            unit=self.text(table, "unit"),
            better=self.text(table, "better"),
            frozen=self.text(table, "frozen") == "true",
        )

    def steps(self, table: Table) -> tuple[tuple[str, Expr, Expr | None], ...]:
        """``start`` and then adds and caps."""
        node = table.get("steps")
        found: list[tuple[str, Expr, Expr | None]] = []
        for item in node.items if isinstance(node, Items) else ():
            kinds = [
                k for k in ("start", "add", "at_most", "at_least") if isinstance(item, Table) and k in item.entries
            ]
            if not isinstance(item, Table) or len(kinds) != 1 or (kinds[0] == "start") != (not found):
                self.fail("step-form", item.place)
                continue
            amount = self.expression(item.get(kinds[0]))
            if amount:
                found.append((kinds[0], amount, self.expression(item.get("when"))))
        return tuple(found)

    def gate(self, name: str, table: Table) -> Gate:
        """A stage gate."""
        return Gate(
            name,
            self.needed(table, "needs"),
            self.text(table, "otherwise"),
            self.title(table.get("title")),
            self.clause(table),
            table.place,
        )

    def criterion(self, name: str, table: Table) -> Criterion:
        """A criterion."""
        points, earns = self.expression(table.get("points")), self.expression(table.get("earns"))
        require = self.expression(table.get("require"))
        if earns and not points:
            self.fail("earns-without-points", table.place, name=name)
        if table.get("require") is None and not earns:
            self.fail("criterion-form", table.place, name=name)
        if require is None and earns and points:  # what earns all its points is met
            whole = Comparison(">=", earns.tree, points.tree, earns.tree.at)
            require = Expr(f"{earns.text} >= {points.text}", whole, earns.place)
        return Criterion(
            id=name,
            require=require or Expr("0", parse("0"), table.place),
            title=self.title(table.get("title")),
            clause=self.clause(table),
            place=table.place,
            for_each=self.texts(table.get("for_each")),
            applies_when=self.expression(table.get("applies_when")),
            severity=self.text(table, "severity", "required"),
            group=self.text(table, "group"),
            points=points,
            earns=earns,
        )
