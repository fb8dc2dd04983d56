"""How many examples Hypothesis draws, and which.

Profile `commit` draws the same ones at every run. Profile `deep` draws other ones each time, and
ten times as many (`make test-deep`).
"""

from hypothesis import settings

_COMMIT_EXAMPLES = 100
_DEEP_FACTOR = 10


def load_commit_profile() -> None:
    """Register both profiles and load `commit`; `--hypothesis-profile=deep` loads the other.

    Neither limits the time of an example: workers share the machine.
    """
    settings.register_profile(
        "commit", max_examples=_COMMIT_EXAMPLES, derandomize=True, deadline=None
    )
    settings.register_profile(
        "deep", max_examples=_DEEP_FACTOR * _COMMIT_EXAMPLES, derandomize=False, deadline=None
    )
    settings.load_profile("commit")


def examples(commit: int) -> int:
    """For a test that needs another number than the profile's: so many, in `deep` ten times."""
    return commit * settings().max_examples // _COMMIT_EXAMPLES
