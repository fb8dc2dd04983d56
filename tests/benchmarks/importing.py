"""How much longer `import main` takes than the libraries it cannot do without."""

import statistics
import subprocess
import sys
import time

from tests.benchmarks.ratio import Ratio
from tools.firebase_cli import ROOT

ROUNDS = 9
LIBRARIES = (
    "import firebase_functions.firestore_fn, firebase_functions.https_fn, "
    "firebase_functions.scheduler_fn, google.cloud.firestore"
)


def measure() -> list[Ratio]:
    """Medians of fresh processes, taking turns."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds("import main"))
        theirs.append(_seconds(LIBRARIES))
    own, base = statistics.median(ours), statistics.median(theirs)
    return [
        Ratio(
            what="import main",
            baseline="import the libraries",
            value=own / base,
            goal="≤ 1.20",
            figures=f"{own:.2f} s / {base:.2f} s",
        )
    ]


def _seconds(statement: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, cwd=ROOT)
    return time.perf_counter() - started
