"""Time of `import main` relative to the libraries it cannot do without.

The platform compiles every module when a function is deployed (`python3 -m compileall`), so all are
compiled here before anything is measured, the product's own and the libraries'.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping

from tests.benchmarks.ratio import Ratio
from tools.stack.firebase_cli import ROOT

ROUNDS = 9
LIBRARIES = (
    "import firebase_functions.firestore_fn, firebase_functions.https_fn, "
    "firebase_functions.scheduler_fn, google.cloud.firestore"
)
UNCOLLECTED = f"import gc; gc.disable(); {LIBRARIES}"
"""Imports of main.py alone; the difference is the product's own modules."""
MAIN = "import main"
FIRST_ORDER = (
    "import main, shared.installation, shared.reconciliation.reconcile, "
    "shared.reconciliation.stores.firestore_ledger_store, shared.contacts.customer_profile_store"
)
"""With what an instance imports besides when the first order arrives."""
COMPARED = (
    ("import main", MAIN, "import the libraries", LIBRARIES, "≤ 1.20"),
    (
        "import main",
        MAIN,
        "import the libraries, no garbage collection",
        UNCOLLECTED,
        "for comparison",
    ),
    (
        "import main and all that the first order needs",
        FIRST_ORDER,
        "import the libraries",
        LIBRARIES,
        "≤ 1.20",
    ),
)


def measure() -> list[Ratio]:
    """Medians of fresh processes, in turn."""
    statements = (MAIN, FIRST_ORDER, LIBRARIES, UNCOLLECTED)
    taken: dict[str, list[float]] = {statement: [] for statement in statements}
    with tempfile.TemporaryDirectory() as compiled:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for statement in statements:
            _seconds(statement, environment)
        for _ in range(ROUNDS):
            for statement in statements:
                taken[statement].append(_seconds(statement, environment))
    median = {statement: statistics.median(seconds) for statement, seconds in taken.items()}
    return [
        Ratio(
            what=what,
            baseline=baseline,
            value=median[statement] / median[against],
            goal=goal,
            figures=f"{median[statement]:.2f} s / {median[against]:.2f} s",
        )
        for what, statement, baseline, against, goal in COMPARED
    ]


def _seconds(statement: str, environment: Mapping[str, str]) -> float:
    """Processor time of the import alone, without the interpreter's own start and end."""
    timed = f"import time; started = time.process_time(); {statement}; "
    program = timed + "print(time.process_time() - started)"
    answer = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    return float(answer.stdout)
