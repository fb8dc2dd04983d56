"""How much longer `import main` takes than the libraries it cannot do without."""

import statistics
import subprocess
import sys

from tests.benchmarks.ratio import Ratio
from tools.stack.firebase_cli import ROOT

ROUNDS = 9
LIBRARIES = (
    "import firebase_functions.firestore_fn, firebase_functions.https_fn, "
    "firebase_functions.scheduler_fn, google.cloud.firestore"
)
UNCOLLECTED = f"import gc; gc.disable(); {LIBRARIES}"
"""As main.py imports them: what is left is the product's own modules."""
BASELINES = {
    "import the libraries": (LIBRARIES, "≤ 1.20"),
    "import the libraries, no garbage collection": (UNCOLLECTED, "for comparison"),
}


def measure() -> list[Ratio]:
    """Medians of fresh processes, in turn."""
    statements = ["import main", *(statement for statement, _ in BASELINES.values())]
    taken: dict[str, list[float]] = {statement: [] for statement in statements}
    for _ in range(ROUNDS):
        for statement in statements:
            taken[statement].append(_seconds(statement))
    median = {statement: statistics.median(seconds) for statement, seconds in taken.items()}
    own = median["import main"]
    return [
        Ratio(
            what="import main",
            baseline=baseline,
            value=own / median[statement],
            goal=goal,
            figures=f"{own:.2f} s / {median[statement]:.2f} s",
        )
        for baseline, (statement, goal) in BASELINES.items()
    ]


def _seconds(statement: str) -> float:
    """Processor time of the import alone, without the interpreter's own start and end."""
    timed = f"import time; started = time.process_time(); {statement}; "
    program = timed + "print(time.process_time() - started)"
    answer = subprocess.run(
        [sys.executable, "-c", program], check=True, cwd=ROOT, capture_output=True, text=True
    )
    return float(answer.stdout)
