"""Run the benchmarks and print their ratios: `python -m tests.benchmarks [name …]`."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.benchmarks import (
    analytics,
    audit_memory,
    backfill,
    backfill_memory,
    campaigns,
    complete_journey,
    custom_segments,
    dashboard,
    facts,
    freshness,
    history,
    importing,
    nights,
    predictions,
    preview,
    product_memory,
    reclassification,
    reconcile,
    settings_memory,
    warehouse_scale,
    wordings,
)
from tests.benchmarks.ratio import Ratio
from tools.console import run
from tools.errors import ToolError
from tools.stack.local_stack import firestore_emulator

BENCHMARKS = {
    "import": importing.measure,
    "settings_memory": settings_memory.measure,
    "reconcile": reconcile.measure,
    "history": history.measure,
    "custom_segments": custom_segments.measure,
    "preview": preview.measure,
    "reclassification": reclassification.measure,
    "backfill": backfill.measure,
    "campaigns": campaigns.measure,
    "product_memory": product_memory.measure,
    "audit_memory": audit_memory.measure,
    "backfill_memory": backfill_memory.measure,
    "freshness": freshness.measure,
    "nights": nights.measure,
    "analytics": analytics.measure,
    "facts": facts.measure,
    "warehouse_scale": warehouse_scale.measure,
    "complete_journey": complete_journey.measure,
    "predictions": predictions.measure,
    "wordings": wordings.measure,
    "dashboard": dashboard.measure,
}


def main(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Some of {', '.join(BENCHMARKS)}.")
    ] = None,
) -> None:
    """Run the benchmarks named, or all, and print the ratios of each as it ends.

    One that fails does not stop the others. The exit code is 1 if any failed or missed its goal.
    """
    unknown = [name for name in names or () if name not in BENCHMARKS]
    if unknown:
        raise ToolError(f"No benchmark {unknown[0]}: there are {', '.join(BENCHMARKS)}.")
    console = Console()
    failed: list[str] = []
    missed: list[str] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        firestore_emulator(log_folder=Path(folder)) as emulator,
    ):
        os.environ.update(emulator.environment)
        for name in names or BENCHMARKS:
            try:
                with console.status(f"Measuring {name}"):
                    ratios = BENCHMARKS[name]()
            except Exception:
                console.print_exception()
                failed.append(name)
                continue
            console.print(_table(name, ratios))
            missed += [ratio.what for ratio in ratios if ratio.missed]
    problems = [f"Failed: {', '.join(failed)}."] if failed else []
    problems += [f"Goal missed: {what}." for what in missed]
    if problems:
        raise ToolError("\n".join(problems))


def _table(name: str, ratios: Iterable[Ratio]) -> Table:
    table = Table("measured", "baseline", "ratio", "goal", "figures", title=name)
    for ratio in ratios:
        value = f"{ratio.value:.2f}{' (missed)' if ratio.missed else ''}"
        table.add_row(ratio.what, ratio.baseline, value, ratio.goal, ratio.figures)
    return table


if __name__ == "__main__":
    run(main)
