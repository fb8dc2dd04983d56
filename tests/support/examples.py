"""Number and choice of the examples that Hypothesis draws.

Profile `commit` draws the same ones at every run. Profile `deep` draws other ones each time, and
ten times as many (`make test-deep`).

Now and then Hypothesis draws a constant of the modules that happen to be loaded, so that a test
would draw other examples with each choice of files to run. Here it draws from those of all rules.
"""

from functools import cache
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis.internal import constants_ast
from hypothesis.internal.conjecture import providers

_COMMIT_EXAMPLES = 100
_DEEP_FACTOR = 10
_PHASES = [phase for phase in Phase if phase is not Phase.explain]
"""All but explanations, which trace every line and take long tests beyond their time limit: the
example cut short then differs from its repetition, and Hypothesis reports that alone."""


RULES = Path(__file__).parents[2] / "shared"


@cache
def constants_of_all_rules() -> constants_ast.Constants:
    """Those of every module of the product's rules, whether it is loaded or not."""
    found = constants_ast.Constants()
    for module in RULES.rglob("*.py"):
        found |= constants_ast._constants_from_source(module.read_bytes(), limit=True)
    return found


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
    providers._get_local_constants = constants_of_all_rules


def examples(commit: int) -> int:
    """For a test that needs another number than the profile's: so many, in `deep` ten times."""
    return commit * settings().max_examples // _COMMIT_EXAMPLES
