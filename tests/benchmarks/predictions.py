"""Fit and score a million customers in one process, and fits against those of `lifetimes`."""

import json
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from datetime import timedelta

import numpy as np

from shared.predictions.btyd import fit_bg_nbd, fit_pareto_nbd
from shared.predictions.features import Features
from shared.predictions.fitting import fit
from shared.predictions.samples import MAX_ROWS, Sample
from shared.predictions.scoring import score_features
from tests.benchmarks.ratio import Ratio
from tests.predictions.prediction_evaluation import CUTOFFS
from tests.predictions.public_purchases import Purchases, cdnow, purchases, windows
from tools.stack.firebase_cli import ROOT

CUSTOMERS = 1_000_000
SECONDS, MEBIBYTES = 60, 1024
_HORIZON = 60
_ROUNDS = 5


def measure() -> list[Ratio]:
    """A million customers in a process of its own, then the fits on all of CDNOW."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.predictions"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        # More threads than one wait for each other more than they help with matrices this small.
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    actual = json.loads(done.stdout)
    seconds = actual["fit"] + actual["score"]
    return [
        Ratio(
            what=f"fit and score {CUSTOMERS:,} customers",
            baseline=f"{SECONDS} s of a processor",
            value=seconds / SECONDS,
            goal="≤ 1.00",
            figures=f"fit {actual['fit']:.1f} s, score {actual['score']:.1f} s",
        ),
        Ratio(
            what="its memory",
            baseline=f"{MEBIBYTES} MiB",
            value=actual["mebibytes"] / MEBIBYTES,
            goal="≤ 1.00",
            figures=f"{actual['mebibytes']:.0f} MiB",
        ),
        *_against_lifetimes(),
    ]


def _against_lifetimes() -> list[Ratio]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifetimes

        sample = CUTOFFS[0].followed(0)
        repeats, last = sample.purchase_days - 1, sample.span_days / 7
        age = (sample.span_days + sample.silent_days) / 7
        pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "BG/NBD": (
                lambda: lifetimes.BetaGeoFitter().fit(repeats, last, age),
                lambda: fit_bg_nbd(sample.purchase_groups()),
            ),
            "Pareto/NBD": (
                lambda: lifetimes.ParetoNBDFitter().fit(repeats, last, age),
                lambda: fit_pareto_nbd(sample.purchase_groups()),
            ),
        }
        ratios = []
        for name, (theirs, ours) in pairs.items():
            ours()
            own, other = _seconds(ours), _seconds(theirs)
            ratios.append(
                Ratio(
                    what=f"lifetimes' fit of {name}, {len(sample):,} customers",
                    baseline="own fit",
                    value=other / own,
                    goal="≥ 5.00",
                    figures=f"{other:.2f} s / {own:.2f} s",
                )
            )
        return ratios


def _million() -> dict[str, float]:
    """Fit samples of the largest size, and score each of their customers many times over."""
    shop = _large()
    now, past = windows(shop, int(shop.day.max()), _HORIZON)
    assert len(now.sample) >= MAX_ROWS * 0.9
    start = time.process_time()
    actual = fit(now, past, fitted_at=now.sample.cutoff_at + timedelta(hours=1)).model
    assert actual is not None
    fitted = time.process_time()
    features = _features(now.sample)
    at = now.sample.cutoff_at
    for number in range(CUSTOMERS):
        score_features(actual, features[number % len(features)], at)
    return {
        "fit": fitted - start,
        "score": time.process_time() - fitted,
        "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _large() -> Purchases:
    """CDNOW twice, days of the second half shifted, as `MAX_ROWS` customers or nearly."""
    data = cdnow()
    return purchases(
        data.first_date,
        np.concatenate([data.customer, data.customer + 10**6]),
        np.concatenate([data.day, data.day + 30]),
        np.concatenate([data.cents, data.cents]),
    )


def _features(sample: Sample) -> list[Features]:
    return [
        Features(
            purchase_days=int(days),
            span_days=int(span),
            squared_gap_days=float(squared),
            recent_weight=float(recent),
            spend_cents=int(cents),
            last_ordered_at=sample.cutoff_at - timedelta(days=int(silent)),
        )
        for days, span, squared, recent, cents, silent in zip(
            sample.purchase_days,
            sample.span_days,
            sample.squared_gap_days,
            sample.recent_weight,
            sample.spend_cents,
            sample.silent_days,
            strict=True,
        )
    ]


def _seconds(work: Callable[[], object]) -> float:
    """The fastest of some rounds: what else runs meanwhile only makes one slower."""

    def once() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return min(once() for _ in range(_ROUNDS))


if __name__ == "__main__":
    print(json.dumps(_million()))
