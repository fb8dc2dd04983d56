"""A night of 300 organisations through the queues of the Firebase CLI: `make bench-tasks`.

Tasks are killed, repeated and late, and one organisation is broken. Prints what came of it, and
fails where a task is lost or done twice, or a failure is not visible. Takes ten minutes or so: the
CLI starts a process for each task that runs beside others.
"""

import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import firebase_admin
import typer
from google.cloud import firestore
from rich.console import Console
from rich.table import Table

from shared.nightly.queue import CloudTasks
from tests.nightly.task_night import TaskNight
from tests.support.own_data import unused_ports
from tools.console import run
from tools.stack.local_stack import PROJECT, REGION, firebase_emulators

BROKEN = "org_task_broken"
KILLS = 5
PATIENCE = timedelta(minutes=40)
PAUSE_SECONDS = 0.5


def main(
    organizations: Annotated[
        int, typer.Option(min=2, help="How many, the broken one aside.")
    ] = 300,
) -> None:
    """Run the night and print its figures."""
    whole = [f"org_task_{number:03}" for number in range(organizations)]
    with (
        tempfile.TemporaryDirectory() as folder,
        firebase_emulators(unused_ports(), log_folder=Path(folder)) as stack,
    ):
        os.environ.update(stack.environment)
        client = firestore.Client(project=PROJECT)
        app = firebase_admin.initialize_app(options={"projectId": PROJECT}, name="bench")
        night = TaskNight(
            stack,
            client,
            CloudTasks(REGION, app),
            whole,
            BROKEN,
            kills=KILLS,
            patience=PATIENCE,
            pause_seconds=PAUSE_SECONDS,
        ).run()
    table = Table("what", "number")
    table.add_row("organisations done once each", f"{organizations:,}")
    table.add_row("seconds from schedule to the last", f"{night.seconds:,.0f}")
    table.add_row("processes killed at work", str(night.killed))
    for attempt, count in sorted(night.attempts.items()):
        table.add_row(f"done by attempt {attempt}", f"{count:,}")
    table.add_row("repeated and late deliveries that did nothing", f"{night.repeated:,}")
    table.add_row("broken, visible with its reason", "1")
    Console().print(table)


if __name__ == "__main__":
    run(main)
