"""Resources requested of the platform: region, time limits and retries of functions."""

REGION = "us-central1"
EVENT_TIMEOUT_SECONDS = 60
EXPORT_TIMEOUT_SECONDS = 300
"""Many times the duration of a row, since the first one may have to make the tables. A killed
delivery is repeated."""
CONCURRENCY = 4
"""Calls that an instance of one CPU takes at once: as many as it has threads."""
API_TIMEOUT_SECONDS = 300
"""Pages take a fraction of a second; previews and exports go through every customer."""
SCHEDULE_TIMEOUT_SECONDS = 540
"""The longest that the platform allows an event function."""
SCHEDULE_WORK_SECONDS = 480
"""Seconds after which a scheduled function starts no new work."""
DISPATCH_TIMEOUT_SECONDS = 1800
"""The longest that the platform allows a scheduled function."""
DISPATCH_WORK_SECONDS = 1500
"""Seconds after which a scheduled function dispatches no further tasks."""
TASK_TIMEOUT_SECONDS = 1800
"""The longest that the platform allows a task."""
TASK_WORK_SECONDS = 1500
"""Seconds after which a resumable task starts no new work."""
TASK_ATTEMPTS = 6
TASK_WAIT_SECONDS = 60
"""Before the second attempt; twice as long before each further one: half an hour altogether."""
