"""Run the benchmarks and print their ratios: `python -m tests.benchmarks [name …]`."""

import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks import (
    analytics,
    backfill,
    custom_segments,
    freshness,
    importing,
    preview,
    reclassification,
    reconcile,
    warehouse_scale,
)
from tests.benchmarks.ratio import Ratio
from tools.local_stack import firestore_emulator

BENCHMARKS = {
    "import": importing.measure,
    "reconcile": reconcile.measure,
    "custom_segments": custom_segments.measure,
    "preview": preview.measure,
    "reclassification": reclassification.measure,
    "backfill": backfill.measure,
    "freshness": freshness.measure,
    "analytics": analytics.measure,
    "warehouse_scale": warehouse_scale.measure,
}


def main(names: list[str]) -> None:
    """Run those named, or all."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"No benchmark {unknown[0]}: there are {', '.join(BENCHMARKS)}.")
    console = Console()
    ratios: list[Ratio] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        firestore_emulator(log_folder=Path(folder)) as emulator,
    ):
        os.environ.update(emulator.environment)
        for name in names or BENCHMARKS:
            with console.status(f"Measuring {name}"):
                ratios += BENCHMARKS[name]()
    table = Table("measured", "baseline", "ratio", "goal", "figures")
    for ratio in ratios:
        table.add_row(ratio.what, ratio.baseline, f"{ratio.value:.2f}", ratio.goal, ratio.figures)
    console.print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
