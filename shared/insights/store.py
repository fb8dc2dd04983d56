"""Insights in Firestore: a document per card, one of state, and one of the circuit breaker.

An earlier dashboard keeps cards in the same collection, with names and phone numbers in them. So
nothing here lists the collection: the state names our cards, and only those are read or deleted.
Their ids are those of `CardKind`, which no earlier dashboard gives.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.commits import commit_batch, put
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import content
from shared.firestore.values import plain_instant
from shared.insights.cards import Severity
from shared.insights.circuit import Circuit
from shared.insights.facts.sheet import Missing
from shared.insights.generation import StoredInsights
from shared.insights.insight_card import InsightCard, ShownFact, Trend, WordingSource
from shared.insights.numbers import Availability
from shared.insights.state import InsightsState, StoredText, WordingReport
from shared.insights.templates import CardKind
from shared.insights.wording import Fallback, Tokens
from shared.kernel.facts import FactUnit
from shared.reconciliation.stores.organization_documents import organization_pages

DUE_AT = "insights_due_at"
"""Field of a state. Its name is no other document's: all of the collections are searched by it."""
PAGE = 1000
MAX_SNIPPET_LENGTH = 500
_CIRCUIT = "insights_circuit"
_SOURCES = frozenset(source.value for source in WordingSource)


class InsightStore:
    """The insights of one organisation."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._client = client
        self._org_id = org_id
        self._state = client.document(paths.insights_state(org_id))

    def find(self) -> StoredInsights:
        """The stored state: one read."""
        snapshot = self._state.get(**READ_LIMITS)
        if not snapshot.exists:
            return StoredInsights(state=None, revision=None)
        return StoredInsights(state=_state(content(snapshot)), revision=snapshot.update_time)

    def cards(self, state: InsightsState) -> list[InsightCard]:
        """The cards in their order: one read each. One that is gone is left out."""
        references = [self._client.document(paths.insight(self._org_id, id)) for id in state.cards]
        documents = {
            snapshot.id: content(snapshot)
            for snapshot in (self._client.get_all(references, **READ_LIMITS) if references else ())
        }
        return [
            _card(documents[id]) for id in state.cards if documents[id].get("source") in _SOURCES
        ]

    def card(self, id: str) -> InsightCard | None:
        """Return one of our cards: one read, or none for an unknown id."""
        if id not in set(CardKind):
            return None
        document = content(
            self._client.document(paths.insight(self._org_id, id)).get(**READ_LIMITS)
        )
        return _card(document) if document.get("source") in _SOURCES else None

    def replace(
        self,
        before: StoredInsights,
        state: InsightsState,
        cards: Sequence[InsightCard],
        retired: Collection[str],
    ) -> None:
        """See `shared.insights.generation.Cards`. A write per card and for the state, and a delete
        per card that is gone.
        """
        batch = self._client.batch()
        for card in cards:
            reference = self._client.document(paths.insight(self._org_id, card.id))
            batch.set(reference, _card_document(card))
        for id in sorted(retired):
            batch.delete(self._client.document(paths.insight(self._org_id, id)))
        document = _state_document(state)
        # Field by field, each as a whole: texts that are gone go.
        put(batch, self._state, document, revision=before.revision)
        commit_batch(batch, "Other insights were written meanwhile.")

    def give_feedback(self, card: InsightCard, rating: str, *, by: str, at: datetime) -> None:
        """Note what an account thinks of a card, as the dashboard keeps it: one write.

        One document per account and wording: whoever changes their mind is counted once.
        """
        identity = "\n".join((by, card.id, card.generated_at.isoformat()))
        id = sha256(identity.encode()).hexdigest()[:32]
        self._client.document(paths.insight_feedback(self._org_id, id)).set(
            {
                "rating": rating,
                "orgId": self._org_id,
                "userId": by,
                "insightId": card.id,
                "messageId": None,
                "threadId": None,
                "agentId": card.agent_id,
                "contentSnippet": f"{card.headline} {card.subtext}"[:MAX_SNIPPET_LENGTH],
                "createdAt": at,
            }
        )


@dataclass(frozen=True, slots=True)
class FirestoreCircuits:
    """See `shared.insights.author.Circuits`. One read or one write."""

    client: firestore.Client

    def load(self) -> Circuit:
        """The circuit of the installation."""
        document = content(self.client.document(paths.job(_CIRCUIT)).get(**READ_LIMITS))
        open_until = document.get("open_until")
        return Circuit(
            failures=document.get("failures", 0),
            open_until=plain_instant(open_until) if open_until else None,
        )

    def save(self, circuit: Circuit) -> None:
        """Replace it."""
        self.client.document(paths.job(_CIRCUIT)).set(asdict(circuit))


def due_organizations(client: firestore.Client, now: datetime) -> list[str]:
    """Organisations whose insights are due by time alone: one read each, and at least one."""
    query = (
        client.collection_group(paths.ANALYTICS)
        .where(filter=firestore.FieldFilter(DUE_AT, "<=", now))
        .order_by(DUE_AT)
    )
    pages = organization_pages(query, paths.ANALYTICS, DUE_AT, PAGE)
    return [org_id for page in pages for org_id, _ in page]


def _state_document(state: InsightsState) -> dict[str, Any]:
    return {
        "generated_at": state.generated_at,
        "valid_until": state.valid_until,
        DUE_AT: state.due_at,
        "fingerprint": state.fingerprint,
        "cards": list(state.cards),
        "texts": {id: asdict(text) for id, text in state.texts.items()},
        "overview": state.overview,
        "overview_source": state.overview_source.value,
        "missing": [{"source": each.source, "reason": each.reason.value} for each in state.missing],
        "wording": {
            "source": state.wording.source.value,
            "reason": state.wording.reason.value if state.wording.reason else None,
            "prompt_version": state.wording.prompt_version,
            "model": state.wording.model,
            "tokens": asdict(state.wording.tokens),
            "calls": state.wording.calls,
        },
    }


def _state(document: Mapping[str, Any]) -> InsightsState:
    wording = document["wording"]
    return InsightsState(
        generated_at=plain_instant(document["generated_at"]),
        valid_until=plain_instant(document["valid_until"]),
        fingerprint=document["fingerprint"],
        cards=tuple(document["cards"]),
        texts={id: StoredText(**text) for id, text in document["texts"].items()},
        overview=document["overview"],
        overview_source=WordingSource(document["overview_source"]),
        missing=tuple(
            Missing(source=each["source"], reason=Availability(each["reason"]))
            for each in document["missing"]
        ),
        wording=WordingReport(
            source=WordingSource(wording["source"]),
            reason=Fallback(wording["reason"]) if wording["reason"] else None,
            prompt_version=wording["prompt_version"],
            model=wording["model"],
            tokens=Tokens(**wording["tokens"]),
            calls=wording["calls"],
        ),
    )


def _card_document(card: InsightCard) -> dict[str, Any]:
    """Return the card in the dashboard's shape, with its field names."""
    return {
        "id": card.id,
        "orgId": card.org_id,
        "category": card.category,
        "agentId": card.agent_id,
        "agentName": card.agent_name,
        "title": card.title,
        "headline": card.headline,
        "subtext": card.subtext,
        "value": card.value,
        "unit": card.unit,
        "trend": card.trend.value if card.trend else None,
        "trendValue": card.trend_value,
        "severity": card.severity.value,
        "actionable": card.actionable,
        "ctaLabel": card.cta_label,
        "segment": card.segment,
        "facts": [
            {
                "id": fact.id,
                "label": fact.label,
                "value": fact.value,
                "unit": fact.unit.value,
                "shown": fact.shown,
                "change": fact.change,
                "definition": fact.definition,
                "source": fact.source,
                "computedAt": fact.computed_at,
                "page": fact.page,
                "api": fact.api,
                "query": dict(fact.query),
            }
            for fact in card.facts
        ],
        "atStakeCents": card.at_stake_cents,
        "dataSource": card.data_source,
        "source": card.source.value,
        "generatedAt": card.generated_at,
        "validUntil": card.valid_until,
        # The dashboard's own names for the same.
        "lastUpdated": card.generated_at,
        "expiresAt": card.valid_until,
    }


def _card(document: Mapping[str, Any]) -> InsightCard:
    return InsightCard(
        id=document["id"],
        org_id=document["orgId"],
        category=document["category"],
        agent_id=document["agentId"],
        agent_name=document["agentName"],
        title=document["title"],
        headline=document["headline"],
        subtext=document["subtext"],
        value=document["value"],
        unit=document["unit"],
        trend=Trend(document["trend"]) if document["trend"] else None,
        trend_value=document["trendValue"],
        severity=Severity(document["severity"]),
        actionable=document["actionable"],
        cta_label=document["ctaLabel"],
        segment=document["segment"],
        facts=tuple(
            ShownFact(
                id=fact["id"],
                label=fact["label"],
                value=fact["value"],
                unit=FactUnit(fact["unit"]),
                shown=fact["shown"],
                change=fact["change"],
                definition=fact["definition"],
                source=fact["source"],
                computed_at=plain_instant(fact["computedAt"]),
                page=fact["page"],
                api=fact["api"],
                query=fact["query"],
            )
            for fact in document["facts"]
        ),
        at_stake_cents=document["atStakeCents"],
        data_source=document["dataSource"],
        source=WordingSource(document["source"]),
        generated_at=plain_instant(document["generatedAt"]),
        valid_until=plain_instant(document["validUntil"]),
    )
