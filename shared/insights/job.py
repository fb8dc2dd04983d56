"""Insights as a job: a scheduled function dispatches due organisations; a task or a call generates
them."""

from collections.abc import Callable, Iterable
from datetime import datetime

from shared.insights.author import Author
from shared.insights.generation import Outcome, generate
from shared.insights.inputs_store import InputReader
from shared.insights.seen_store import SeenChanges
from shared.insights.store import FirestoreCircuits, InsightStore, due_organizations
from shared.insights.wording import Fallback, Writer
from shared.kernel import logs
from shared.kernel.clock import Clock
from shared.kernel.errors import ConflictError, ContentionError
from shared.limits.token_bucket import CallKind
from shared.nightly.dispatch import DispatchOutcome, Task, dispatch
from shared.organizations.settings import OrganizationSettings
from shared.reconciliation.stores.organization_list import organization_ids
from shared.services import Services

QUEUE = "insightsorganization"
MAX_CONFLICTS = 3


def dispatch_insights(
    services: Services, due_at: datetime, *, clock: Clock, stop_at: datetime
) -> DispatchOutcome:
    """Enqueue a task for every organisation that has changed, or whose insights are about to end.

    One read per organisation, and one more per organisation that is due by time. At the first
    hour of each day, and at the first call of all, one more for each: new ones are looked for.
    """
    changes = SeenChanges(services.client)
    before = changes.load()
    org_ids: Iterable[str] = before
    if not before or due_at.hour == 0:
        org_ids = organization_ids(services.client)
    numbers = changes.now(org_ids)
    due = {org_id for org_id, number in numbers.items() if number != before.get(org_id)}
    due.update(due_organizations(services.client, clock()))
    tasks = (Task(queue=QUEUE, org_id=org_id, due_at=due_at) for org_id in sorted(due))
    outcome = dispatch(services.queue(), QUEUE, tasks, clock=clock, stop_at=stop_at)
    if outcome.complete:
        changes.save(numbers)
    return outcome


def make_insights(
    services: Services, org_id: str, *, clock: Clock, asked_for: bool = False
) -> Outcome:
    """Bring an organisation's insights up to date; see `generate`.

    Some 30 reads; a call of Claude or two, and a write per card and one more, where what they say
    has changed. Raises ContentionError if others keep making them at the same time.
    """
    settings = services.organizations.refreshed(org_id)
    inputs = InputReader.of(services.client, org_id).read(settings, clock())
    store = InsightStore(services.client, org_id)
    author = author_for(services, settings, clock=clock)
    for _ in range(MAX_CONFLICTS):
        try:
            outcome = generate(
                store,
                store.find(),
                inputs.numbers,
                inputs.suggestions,
                author,
                asked_for=asked_for,
            )
        except ConflictError:
            # Somebody else has just made them, of the same facts as a rule: then nothing is left.
            continue
        report = outcome.state.wording
        if outcome.worded.rules:
            logs.wording_refused(org_id, [rule.value for rule in outcome.worded.rules])
        logs.insights_made(
            org_id,
            cards=len(outcome.state.cards),
            written=outcome.written,
            source=report.source,
            reason=report.reason,
            calls=outcome.worded.calls,
            output_tokens=outcome.worded.tokens.output,
        )
        return outcome
    raise ContentionError("Other insights keep being written.")


def author_for(services: Services, settings: OrganizationSettings, *, clock: Clock) -> Author:
    """Return the author of an organisation's insights: Claude, or the reason for none."""
    writer: Callable[[], Writer] | Fallback = services.claude or Fallback.NO_KEY
    if not services.settings.insights_llm_enabled:
        writer = Fallback.SWITCHED_OFF
    elif not settings.claude_wording:
        writer = Fallback.OFF_FOR_ORGANIZATION

    def within_budget() -> bool:
        tries = services.limiter.take(
            CallKind.WORDING, account="", org_id=settings.org_id, now=clock()
        )
        return all(each.allowed for each in tries.values())

    return Author(
        writer=writer,
        model=services.settings.insights_model,
        within_budget=within_budget,
        circuits=FirestoreCircuits(services.client),
        clock=clock,
    )
