"""The assessor's day: sheets out, sheets in, close, evaluate, explain, rank, publish."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kaoping.errors import UsageError
from kaoping_cli import office
from kaoping_cli.commands.arguments import DryRun, On, Output, Period, Scheme, SchemeOption, Subject
from kaoping_cli.grammar import Done, command, group
from kaoping_cli.pages import evaluation, explanation, intake, ranking, rounds
from kaoping_cli.pages import tailoring as tailoring_page

if TYPE_CHECKING:
    from kaoping.office.desk import Desk

Paths = Annotated[list[Path], typer.Argument(metavar="PATH", help="import-paths")]
Correct = Annotated[str | None, typer.Option("--correct", metavar="REASON", help="import-correct")]
Notes = Annotated[bool, typer.Option("--notes", help="import-notes", show_default=False)]
Engine = Annotated[str | None, typer.Option("--engine", metavar="NAME", help="evaluate-engine")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="TIME", help="evaluate-as-of")]
Tailorings = Annotated[list[str] | None, typer.Option("--tailoring", metavar="NAME-OR-FILE", help="evaluate-tailoring")]
Compare = Annotated[bool, typer.Option("--compare", help="evaluate-compare", show_default=False)]
Trace = Annotated[str | None, typer.Option("--trace", metavar="all", help="evaluate-trace")]
Csv = Annotated[bool, typer.Option("--csv", help="rank-csv", show_default=False)]
Supersede = Annotated[bool, typer.Option("--supersede", help="publish-supersede", show_default=False)]
Number = Annotated[int | None, typer.Option("--evaluation", metavar="NUMBER", help="opt-evaluation")]


def declare(app: typer.Typer) -> None:
    """The daily verbs."""

    @command(app, "template", "模板", show=intake.template)
    def template(
        desk: Desk,
        *,
        scheme: Annotated[str | None, typer.Argument(metavar="SCHEME", help="template-scheme")] = None,
        subject: Annotated[str | None, typer.Option("--subject", metavar="TYPE", help="template-subject")] = None,
        period: Period,
        output: Output = Path(),
        force: Annotated[bool, typer.Option("--force", help="template-force", show_default=False)] = False,
        dry_run: DryRun = False,
    ) -> dict[str, Any]:
        return office.sheets.template(desk, scheme, subject, period, output, force=force, dry_run=dry_run)

    @command(app, "import", "导入", show=intake.imported)
    def import_(
        desk: Desk, *, paths: Paths, correct: Correct = None, notes: Notes = False, dry_run: DryRun = False
    ) -> Done:
        data = office.imports.import_paths(desk, paths, correct=correct, dry_run=dry_run)
        show = partial(intake.imported, every_note=notes)
        return Done(data, 1 if data["errors"] else 0, show=show)

    @command(app, "evaluate", "评级", "测算", show=evaluation.evaluated)
    def evaluate(
        desk: Desk,
        *,
        scheme: Annotated[str | None, typer.Argument(metavar="SCHEME", help="evaluate-scheme")] = None,
        every: Annotated[bool, typer.Option("--all", help="evaluate-all", show_default=False)] = False,
        period: Period,
        engine: Engine = None,
        as_of: AsOf = None,
        tailoring: Tailorings = None,
        compare: Compare = False,
        trace: Trace = None,
        dry_run: DryRun = False,
    ) -> Done:
        names = tailoring or []
        how = office.evaluations.How(engine, as_of, dry_run, compare, trace)
        if every and scheme is None and not compare:
            data = office.rounds.evaluate_all(desk, period, how, tailorings=names)
            return Done(data, data["exit_code"], show=rounds.evaluated)
        if every or scheme is None:
            raise UsageError("cli.compare-one" if every and compare else "cli.scheme-or-all")
        if len(names) > 1:
            raise UsageError("cli.one-tailoring")
        data = office.evaluations.evaluate(desk, scheme, period, how, tailoring=names[0] if names else None)
        return Done(data, show=tailoring_page.evaluated if compare else None)

    @command(app, "explain", "说明", show=explanation.explained)
    def explain(
        desk: Desk, *, subject: Subject, period: Period, scheme: SchemeOption = None, evaluation: Number = None
    ) -> dict[str, Any]:
        return office.explanations.explain(desk, subject, period, scheme=scheme, evaluation=evaluation)

    @command(app, "publish", "公布", show=evaluation.published)
    def publish(
        desk: Desk,
        *,
        evaluation: Annotated[int, typer.Argument(metavar="EVALUATION", help="arg-evaluation")],
        on: On,
        supersede: Supersede = False,
        dry_run: DryRun = False,
    ) -> dict[str, Any]:
        return office.publications.publish(desk, evaluation, on, supersede=supersede, dry_run=dry_run)

    report = group(app, "report")

    @command(report, "rank", "排名", show=ranking.ranked, key="report-rank")
    def rank(desk: Desk, *, scheme: Scheme, period: Period, csv: Csv = False, number: Number = None) -> Done:
        data = office.reports.rank(desk, scheme, period, evaluation=number)
        return Done(data, show=ranking.as_csv if csv else None)
