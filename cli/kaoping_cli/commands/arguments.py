"""Arguments and options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kaoping.intake.normalise import tidy_period

Scheme = Annotated[str, typer.Argument(metavar="SCHEME", help="arg-scheme")]
SchemeOption = Annotated[str | None, typer.Option("--scheme", "-s", metavar="SCHEME", help="opt-scheme")]
# A period may be written as in a sheet: 2025年 is 2025, 2025年第一季度 is 2025Q1.
Period = Annotated[str, typer.Option("--period", "-p", metavar="PERIOD", parser=tidy_period, help="opt-period")]
PeriodFilter = Annotated[
    str | None, typer.Option("--period", "-p", metavar="PERIOD", parser=tidy_period, help="opt-period-filter")
]
Subject = Annotated[str, typer.Argument(metavar="SUBJECT", help="arg-subject")]
Evaluation = Annotated[int, typer.Argument(metavar="EVALUATION", help="arg-evaluation")]
On = Annotated[str, typer.Option("--on", metavar="DATE", help="opt-on")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="opt-dry-run", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="opt-reason")]
Company = Annotated[str | None, typer.Option("--company", metavar="ID", help="opt-company")]
Of = Annotated[str | None, typer.Option("--of", metavar="ID", help="opt-of")]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="opt-output")]
Tailoring = Annotated[str | None, typer.Option("--tailoring", metavar="NAME-OR-FILE", help="opt-tailoring")]
Yes = Annotated[bool, typer.Option("--yes", help="opt-yes", show_default=False)]
