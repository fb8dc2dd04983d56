"""Runs the BigQuery emulator without time travel, by the Python of the environment beside it.

For time travel it copies the whole table at every insert, load and DML statement, and keeps each
copy for days: memory and time grow with the square of the inserts. Nothing here reads the past
state of a table.
"""

from bqemulator.cli import main
from bqemulator.domain.events import TableDataChanged
from bqemulator.versioning.snapshots import SnapshotManager


def publish_change(self: SnapshotManager, project_id: str, dataset_id: str, table_id: str) -> None:
    """What `record_change` does besides the copy: tell the subscribers, such as views."""
    self._events.publish(TableDataChanged(project_id, dataset_id, table_id))


if __name__ == "__main__":
    SnapshotManager.record_change = publish_change
    main()
