"""Growth of an instance's memory when it handles orders of 20,000 organisations.

Each has 20 custom segments of five conditions. The process that is measured is a new one, which
imports what the functions import and reads the settings of each organisation once, as many at a
time as an instance handles events.
"""

import os
import subprocess
import sys

from google.cloud import firestore

from shared.firestore import paths
from shared.kernel.clock import utc_now
from shared.organizations.rules_codec import rules_document
from shared.organizations.settings import StoredRules
from shared.segments.thresholds import Thresholds
from tests.benchmarks.definitions import definitions
from tests.benchmarks.installation import new_client
from tests.benchmarks.ratio import Ratio
from tools.stack.firebase_cli import ROOT

ORGANIZATIONS = 20_000
SEGMENTS, CONDITIONS = 20, 5
WRITE_SIZE = 200
GOAL_MB = 300

LOOP = f"""
from concurrent.futures import ThreadPoolExecutor

import main
from shared.kernel.platform import CONCURRENCY
from google.cloud import firestore
from shared.organizations.directory_store import OrganizationDirectory

def peak():
    # Not ru_maxrss, which a new process takes over from the one that started it.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

directory = OrganizationDirectory(firestore.Client(), refresh_seconds=30)
def read(first):
    for number in range(first, {ORGANIZATIONS}, CONCURRENCY):
        directory.settings(f"org_{{number}}")

before = peak()
with ThreadPoolExecutor(CONCURRENCY) as executor:
    list(executor.map(read, range(CONCURRENCY)))
print(before, peak())
"""


def measure() -> list[Ratio]:
    """The largest resident set, against the goal."""
    client = new_client()
    document = rules_document(
        StoredRules(
            revision=1,
            thresholds=Thresholds(),
            thresholds_number=1,
            definitions=definitions(SEGMENTS, CONDITIONS),
        ),
        utc_now(),
    )
    for start in range(0, ORGANIZATIONS, WRITE_SIZE):
        batch: firestore.WriteBatch = client.batch()
        for number in range(start, start + WRITE_SIZE):
            batch.set(client.document(paths.segment_rules(f"org_{number}")), document)
        batch.commit()
    answer = subprocess.run(
        [sys.executable, "-c", LOOP],
        check=True,
        cwd=ROOT,
        env={**os.environ, "GOOGLE_CLOUD_PROJECT": client.project},
        capture_output=True,
        text=True,
    )
    before, after = (int(kilobytes) / 1000 for kilobytes in answer.stdout.split())
    return [
        Ratio(
            what=f"memory, settings of {ORGANIZATIONS:,} organisations",
            baseline=f"{GOAL_MB} MB",
            value=after / GOAL_MB,
            goal="≤ 1.00",
            figures=f"{after:.0f} MB / {GOAL_MB} MB, {before:.0f} MB at the start",
        )
    ]
