"""Routes of affinity: products of an organisation that are bought together."""

from dataclasses import replace

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.affinity.affinity import Pair, is_current, pairs_of, size_factor
from shared.affinity.answers import Affinity, ProductPair
from shared.affinity.pair_selection import select_pairs
from shared.affinity.query import AffinityQuery
from shared.nightly.result import ResultState
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
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
        return answer(Affinity.of(current, _without_pairs(state)))
    summary = state.summary
    pairs = select_pairs(
        pairs_of(current.results.entries(state), summary, selection.relation),
        selection,
    )
    return answer(
        Affinity.of(
            current,
            state,
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


def _without_pairs(state: ResultState | None) -> ResultState | None:
    """Return the state as never computed: pairs stored by an earlier version are not usable."""
    if state is None:
        return None
    return replace(state, computed_at=None, stale_at=None, source_rows=None, lag_seconds=None)


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
