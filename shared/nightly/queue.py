"""The task queues of the platform, which the deployment makes: one per task function."""

import os

import firebase_admin
from firebase_admin import exceptions, functions

from shared.kernel.errors import QueueError
from shared.nightly.dispatch import Task

EMULATOR = "CLOUD_TASKS_EMULATOR_HOST"
LONGEST_SECONDS = 1800
"""Maximum running time of a task: the longest that the platform allows."""


class CloudTasks:
    """See `shared.nightly.dispatch.TaskQueue`. One call per task.

    The functions' own account needs `cloudtasks.tasks.create`, and calls the function as itself.
    With CLOUD_TASKS_EMULATOR_HOST set, tasks go to the emulator.
    """

    def __init__(self, region: str, app: firebase_admin.App | None = None) -> None:
        """`app` is the default one if omitted."""
        self._region = region
        self._app = app

    def enqueue(self, task: Task) -> bool:
        """See `shared.nightly.dispatch.TaskQueue.enqueue`."""
        name = f"locations/{self._region}/functions/{task.queue}"
        queue = functions.task_queue(name, app=self._app)
        options = functions.TaskOptions(
            task_id=task.name, dispatch_deadline_seconds=LONGEST_SECONDS
        )
        try:
            # The client leaves the envelope, which the function takes off, to its caller.
            queue.enqueue({"data": task.as_data()}, options)
        except (exceptions.AlreadyExistsError, exceptions.ConflictError):
            # The platform answers with the one, its emulator with the other.
            return False
        except exceptions.FirebaseError as error:
            raise QueueError(f"The queue {task.queue} answered {error.code}.") from error
        except ValueError:
            # Of the emulator's answer the client cuts off a slash, which is not there where a task
            # has a name of its own, and then cannot read the rest. The task is enqueued.
            if EMULATOR not in os.environ:
                raise
        return True
