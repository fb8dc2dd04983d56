"""Products of an organisation that go together."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.affinity.affinity import Pair, is_current, pairs_of, size_factor
from shared.affinity.answers import Affinity, ProductPair
from shared.affinity.pair_selection import selected
from shared.affinity.query import AffinityQuery
from shared.nightly.result import ResultState, ResultStatus
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.computed import ComputedStatus
from shared.web.context import organization

routes = APIBlueprint(
    "affinity",
    __name__,
    url_prefix="/v1/analytics",
    abp_tags=[Tag(name="Affinity", description="Products bought together.")],
    abp_security=SIGNED_IN,
)


@routes.get("/affinity", operation_id="listProductPairs", responses=signed_in_responses(Affinity))
def list_product_pairs(query: AffinityQuery) -> Response:
    """List pairs of products bought together, best first.

    By presence of distinct products, over all counted orders with at least one item. Pairs are
    ranked by `liftLower` by default, so that a few chance orders do not lead the list. Costs two
    document reads, and one more per 600 kB of products and pairs.
    """
    current = organization()
    selection = query.selection
    state = current.results.state(selection.relation)
    if state is None or state.computed_at is None or not is_current(state.summary):
        return answer(
            Affinity(
                org_id=current.id,
                computed_at=None,
                status=_status_without_pairs(state),
                stale=True,
                last_error=state.last_error if state else None,
                source_rows=None,
                lag_seconds=None,
                orders=None,
                orders_cut=None,
                size_factor=None,
                pairs_tested=None,
                pairs_found=None,
                pairs_kept=None,
                matching=None,
                pairs=None,
            )
        )
    summary = state.summary
    pairs = selected(
        pairs_of(current.results.entries(state), summary, selection.relation),
        selection,
    )
    return answer(
        Affinity(
            org_id=current.id,
            computed_at=state.computed_at,
            status=ComputedStatus(state.status),
            stale=state.stale(current.as_of),
            last_error=state.last_error,
            source_rows=state.source_rows,
            lag_seconds=state.lag_seconds,
            orders=summary["orders"],
            orders_cut=summary["orders_cut"],
            size_factor=size_factor(summary),
            pairs_tested=summary["pairs_tested"],
            pairs_found=summary["pairs_found"],
            pairs_kept=summary["pairs_kept"],
            matching=len(pairs),
            pairs=[_product_pair(pair) for pair in pairs[: selection.limit]],
        )
    )


def _status_without_pairs(state: ResultState | None) -> ComputedStatus:
    """Pending until pairs were computed by this version, unless that failed."""
    failed = state is not None and state.status is ResultStatus.FAILED
    return ComputedStatus.FAILED if failed else ComputedStatus.PENDING


def _product_pair(pair: Pair) -> ProductPair:
    return ProductPair(
        product_id_a=pair.a.id,
        product_a=pair.a.name,
        product_id_b=pair.b.id,
        product_b=pair.b.name,
        category_a=pair.a.category,
        category_b=pair.b.category,
        count=pair.count,
        customers=pair.customers,
        support=pair.support,
        confidence_ab=pair.confidence_ab,
        confidence_ba=pair.confidence_ba,
        lift=pair.lift,
        lift_adjusted=pair.lift_adjusted,
        lift_lower=pair.lift_lower,
        p_value=pair.p_value,
        q_value=pair.q_value,
    )
