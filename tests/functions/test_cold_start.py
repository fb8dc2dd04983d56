"""A new instance's handling of concurrent first events."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

FIRST_EVENTS = """
import time
from concurrent.futures import ThreadPoolExecutor

import main
from firebase_functions import firestore_fn
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from tests.support.events import call_trigger, document_event

make = firestore_fn.initialize_app


def slowly():
    time.sleep(0.1)
    make()


firestore_fn.initialize_app = slowly
client = firestore.Client(project="demo-cold", credentials=AnonymousCredentials())
deleted = document_event(client, "organizations/o/events/e", {"type": "cart.updated"}, None)
with ThreadPoolExecutor(4) as executor:
    calls = [executor.submit(call_trigger, main.on_event_written, deleted) for _ in range(4)]
for call in calls:
    call.result()
"""


def test_first_events_at_once_do_not_race_for_the_default_app() -> None:
    environment = {
        "GOOGLE_CLOUD_PROJECT": "demo-cold",
        "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1",  # so that no credentials are looked for
    }
    answer = subprocess.run(
        [sys.executable, "-c", FIRST_EVENTS],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
