"""Products of an organisation that go together."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from functions.http.affinity_models import Affinity, ProductPair
from functions.http.affinity_query import AffinityQuery
from functions.http.answers import SIGNED_IN, answer, signed_in_responses
from functions.http.context import organization
from functions.http.product_models import ComputedStatus
from shared.analytics.affinity import MAXIMUM_PAIRS, Pair, pair_of, selected

routes = APIBlueprint(
    "affinity",
    __name__,
    url_prefix="/v1/analytics",
    abp_tags=[Tag(name="Affinity", description="Which products go together.")],
    abp_security=SIGNED_IN,
)


@routes.get("/affinity", operation_id="listProductPairs", responses=signed_in_responses(Affinity))
def list_product_pairs(query: AffinityQuery) -> Response:
    """List pairs of products that go together, best first.

    By presence of distinct products, over all counted orders with at least one item. A pair is
    ranked by `liftLower` unless asked otherwise, so that a few orders by chance do not lead. Costs
    one document read and one per some two thousand pairs kept, of which there are 5,000 at most;
    two or three where only `limit` and `relation` are given.
    """
    current = organization()
    wanted = query.selection
    state = current.results.state(wanted.relation)
    if state is None or state.computed_at is None:
        return answer(
            Affinity(
                org_id=current.id,
                computed_at=None,
                status=ComputedStatus(state.status) if state else ComputedStatus.PENDING,
                stale=True,
                last_error=state.last_error if state else None,
                source_rows=None,
                lag_seconds=None,
                orders=None,
                orders_cut=None,
                pairs_tested=None,
                pairs_found=None,
                pairs_kept=None,
                matching=None,
                pairs=None,
            )
        )
    orders = state.summary["orders"]
    entries = current.results.entries(state, last_key=wanted.last_key)
    pairs_found = state.summary["pairs_found"]
    pairs_kept = min(pairs_found, MAXIMUM_PAIRS)
    pairs = selected((pair_of(entry, orders) for entry in entries), wanted)
    return answer(
        Affinity(
            org_id=current.id,
            computed_at=state.computed_at,
            status=ComputedStatus(state.status),
            stale=state.stale(current.as_of),
            last_error=state.last_error,
            source_rows=state.source_rows,
            lag_seconds=state.lag_seconds,
            orders=orders,
            orders_cut=state.summary["orders_cut"],
            pairs_tested=state.summary["pairs_tested"],
            pairs_found=pairs_found,
            pairs_kept=pairs_kept,
            # Where nothing is asked of the pairs, not all of them were read.
            matching=len(pairs) if wanted.last_key is None else pairs_kept,
            pairs=[_product_pair(pair) for pair in pairs[: wanted.limit]],
        )
    )


def _product_pair(pair: Pair) -> ProductPair:
    return ProductPair(
        product_id_a=pair.a.id,
        product_a=pair.a.name,
        product_id_b=pair.b.id,
        product_b=pair.b.name,
        category_a=pair.a.category,
        category_b=pair.b.category,
        count=pair.count,
        support=pair.support,
        confidence_ab=pair.confidence_ab,
        confidence_ba=pair.confidence_ba,
        lift=pair.lift,
        lift_lower=pair.lift_lower,
        p_value=pair.p_value,
    )
