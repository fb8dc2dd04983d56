"""The stored form of a model: written models are read, and anything else is refused by name."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import UnreadableModelError
from shared.predictions.model import (
    BaseRate,
    ModelKind,
    PublishedModel,
    RecencyRule,
    from_json,
    to_json,
)
from tests.predictions.models import PARETO, churn_models, published, value_models


@given(st.builds(published, churn_models(), value_models(), st.integers(7, 365)))
def test_what_was_written_is_read(model: PublishedModel) -> None:
    assert from_json(json.loads(json.dumps(to_json(model)))) == model


@given(churn_models())
def test_no_list_holds_a_list(model: Any) -> None:
    """Firestore refuses lists within lists."""

    def lists(value: object) -> list[list[object]]:
        if isinstance(value, dict):
            return [actual for each in value.values() for actual in lists(each)]
        return [value] if isinstance(value, list) else []

    for actual in lists(to_json(published(model))):
        assert not any(isinstance(each, list | dict) for each in actual)


def test_a_kind_is_named_after_its_model() -> None:
    assert published(PARETO).kind is ModelKind.PARETO_NBD
    assert to_json(published(BaseRate(probability=0.5)))["kind"] == "base_rate"


def _changed(path: str, value: object) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(json.dumps(to_json(published())))
    *places, last = path.split(".")
    holder = stored
    for place in places:
        holder = holder[place]
    holder[last] = value
    return stored


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("format", 2),
        ("kind", "forest"),
        ("kind", None),
        ("kind", "bg_nbd"),
        ("horizon_days", 6),
        ("horizon_days", 90.5),
        ("horizon_days", True),
        ("reason", 3),
        ("churn", None),
        ("churn.coefficients.silence", -0.1),
        ("churn.coefficients.recent", float("nan")),
        ("churn.coefficients.rate", "1"),
        ("churn.means", []),
        ("churn.typical_spend_cents", 0),
        ("value", 5),
        ("value.coefficients.silence", 0.1),
        ("value.purchases", {"r": 1.0, "alpha": 1.0, "s": 1.0}),
        ("value.purchases", {"r": 1.0, "alpha": 1.0, "s": 1.0, "beta": 0}),
        ("value.yearly_discount", 1.5),
        ("value.spend_weight", 0),
        ("value.expected_days", [1.0, 1.0, 2.0, 3.0, 4.0]),
        ("value.q90", [1.0]),
        ("value.q10", "none"),
        ("evidence", None),
        ("evidence.origins", -1),
        ("evidence.auc", "high"),
        ("fitted_at", "yesterday"),
        ("data_until", "2026-01-01T00:00:00"),
        ("data_until", None),
    ],
)
def test_anything_else_is_refused_by_the_name_of_its_field(path: str, value: object) -> None:
    field = path.split(".", maxsplit=1)[0] if path != "kind" or value != "bg_nbd" else "churn"
    with pytest.raises(UnreadableModelError, match=rf"model\.{field}"):
        from_json(_changed(path, value))


@pytest.mark.parametrize("stored", [None, [], "model", {}])
def test_no_map_is_no_model(stored: object) -> None:
    with pytest.raises(UnreadableModelError, match="model"):
        from_json(stored)


@pytest.mark.parametrize("steps", [[0.1] * 3, [0.2] * 9 + [0.1], [0.1] * 9 + [1.5]])
def test_a_rule_has_a_rising_share_for_each_step(steps: list[float]) -> None:
    rule = RecencyRule(probabilities=(0.1,) * 10)
    stored = to_json(published(rule))
    stored["churn"]["probabilities"] = steps
    with pytest.raises(UnreadableModelError, match=r"model\.churn\.probabilities"):
        from_json(stored)


def test_instants_are_read_in_utc() -> None:
    stored = _changed("fitted_at", "2026-03-01T13:00:00+01:00")
    assert from_json(stored).fitted_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert from_json(stored).fitted_at.tzinfo is UTC


def test_scoring_loads_no_heavy_library() -> None:
    """It runs in the commit of every order, and each instance would pay for the import."""
    code = (
        "import sys, shared.predictions.scoring, shared.predictions.reasons;"
        "print({'numpy', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
