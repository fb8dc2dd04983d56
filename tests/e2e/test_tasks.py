"""A night from the scheduled function through the queues of the Firebase CLI to results."""

from collections.abc import Iterator

import firebase_admin
import pytest
from google.cloud import firestore

from shared.nightly.queue import CloudTasks
from tests.nightly.task_night import TaskNight
from tools.stack.local_stack import PROJECT, REGION, FirebaseEmulators

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

BROKEN = "org_task_broken"
WHOLE = [f"org_task_{number:02}" for number in range(12)]


@pytest.fixture
def client(
    emulators: FirebaseEmulators, monkeypatch: pytest.MonkeyPatch
) -> Iterator[firestore.Client]:
    for name, value in emulators.environment.items():
        monkeypatch.setenv(name, value)
    connected = firestore.Client(project=PROJECT)
    yield connected
    connected.close()


@pytest.fixture
def queue(client: firestore.Client) -> Iterator[CloudTasks]:
    """The queues, as whoever else may enqueue."""
    app = firebase_admin.initialize_app(options={"projectId": PROJECT}, name="e2e")
    yield CloudTasks(REGION, app)
    firebase_admin.delete_app(app)


def test_a_night_in_which_tasks_are_killed_repeated_and_late_and_one_organisation_is_broken(
    emulators: FirebaseEmulators, client: firestore.Client, queue: CloudTasks
) -> None:
    night = TaskNight(emulators, client, queue, WHOLE, BROKEN).run()
    assert night.repeated > 2 * len(WHOLE)
