"""How many examples Hypothesis draws, and which.

Profile `commit` draws the same ones at every run. Profile `deep` draws other ones each time, and
ten times as many (`make test-deep`).
"""

from hypothesis import Phase, settings

_COMMIT_EXAMPLES = 100
_DEEP_FACTOR = 10
_PHASES = [phase for phase in Phase if phase is not Phase.explain]
"""All but explanations, which trace every line and take long tests beyond their time limit: the
example cut short then differs from its repetition, and Hypothesis reports that alone."""


def load_commit_profile() -> None:
    """Register both profiles and load `commit`; `--hypothesis-profile=deep` loads the other.

    Neither limits the time of an example: workers share the machine.
    """
    settings.register_profile(
        "commit",
        max_examples=_COMMIT_EXAMPLES,
        derandomize=True,
        deadline=None,
        phases=_PHASES,
    )
    settings.register_profile(
        "deep",
        max_examples=_DEEP_FACTOR * _COMMIT_EXAMPLES,
        derandomize=False,
        deadline=None,
        phases=_PHASES,
    )
    settings.load_profile("commit")


def examples(commit: int) -> int:
    """For a test that needs another number than the profile's: so many, in `deep` ten times."""
    return commit * settings().max_examples // _COMMIT_EXAMPLES
