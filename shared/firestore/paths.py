"""Every document path, in one place. Ids never hold personal data."""

from datetime import date
from enum import StrEnum
from hashlib import sha256

ORDERS = "orders"
LEDGER = "order_ledger"
REJECTED = "rejected_orders"
UNPROCESSED = "unprocessed_orders"
ALIASES = "organization_aliases"
TENANTS = "tenants"
CUSTOMERS = "customer_segments"
DAILY_STATS = "daily_stats"
SEGMENT_COUNTS = "segment_counts"
TRANSITIONS = "segment_transitions"
SETTINGS = "settings"
THRESHOLD_VERSIONS = "threshold_versions"
CUSTOM_SEGMENTS = "custom_segments"
ANALYTICS = "analytics"
INSIGHTS = "insights"
INSIGHT_FEEDBACK = "insight_feedback"
ORGANIZATIONS = "organizations"
EVENTS = "events"
FUNNEL_SESSIONS = "funnel_sessions"
FUNNEL_MONTHS = "funnel_months"
CHUNKS = "chunks"
JOBS = "jobs"
NIGHTS = "nights"
RATE_LIMITS = "rate_limits"
PRODUCTS = "products"
PUBLIC_VIEWS = "publicViews"
CATALOGUE_ITEMS = "items"
PROFILES = "customers"
"""Profiles of people in the dashboard, several documents for one of them."""
CONTACT_LEDGER = "contact_ledger"
CONTACT_POINTS = "contact_points"
CAMPAIGNS = "segment_campaigns"
CAMPAIGN_COUNTERS = "campaign_counters"
DASHBOARD_CAMPAIGNS = "campaigns"
RECIPIENTS = "recipients"


class SettingsDocument(StrEnum):
    """Names of the documents of an organisation's settings."""

    LOYALTY = "loyalty"
    ANALYTICS = "analytics"
    SEGMENT_RULES = "segment_rules"


def order(order_id: str) -> str:
    """The order as the shop wrote it."""
    return f"{ORDERS}/{order_id}"


def ledger_entry(order_id: str) -> str:
    """Path of the state that an order was last counted as."""
    return f"{LEDGER}/{order_id}"


def rejected_order(order_id: str) -> str:
    """Path of the reason why an order is not counted although it seems to be one."""
    return f"{REJECTED}/{order_id}"


def alias(claimed_id: str) -> str:
    """Path of the organisation that an id on orders belongs to."""
    return f"{ALIASES}/{claimed_id}"


def events(claimed_id: str) -> str:
    """Collection of the events that the shop wrote for an organisation, or an alias of one."""
    return f"{ORGANIZATIONS}/{claimed_id}/{EVENTS}"


def funnel_session(org_id: str, session_key: str) -> str:
    """Path of one session of an organisation's shop."""
    return f"{TENANTS}/{org_id}/{FUNNEL_SESSIONS}/{session_key}"


def funnel_months(org_id: str) -> str:
    """Collection of an organisation's sessions by month and day."""
    return f"{TENANTS}/{org_id}/{FUNNEL_MONTHS}"


def funnel_month_shard(org_id: str, month: str, shard: str) -> str:
    """One shard of a month (`YYYY-MM`) that changes are added to."""
    return f"{funnel_months(org_id)}/{month}_{shard}"


def customers(org_id: str) -> str:
    """Collection of an organisation's customers."""
    return f"{TENANTS}/{org_id}/{CUSTOMERS}"


def customer(org_id: str, customer_key: str) -> str:
    """One customer of an organisation."""
    return f"{customers(org_id)}/{customer_key}"


def transitions(org_id: str) -> str:
    """Collection of the transitions of an organisation's customers."""
    return f"{TENANTS}/{org_id}/{TRANSITIONS}"


def transition(org_id: str, customer_key: str, number: int) -> str:
    """One transition of a customer."""
    return f"{transitions(org_id)}/{customer_key}_{number}"


def daily_stats(org_id: str) -> str:
    """Collection of an organisation's daily statistics."""
    return f"{TENANTS}/{org_id}/{DAILY_STATS}"


def daily_shard(org_id: str, day: date, shard: str) -> str:
    """One shard of a day that changes are added to."""
    return f"{daily_stats(org_id)}/{day.isoformat()}_{shard}"


def segment_counts(org_id: str) -> str:
    """Collection of the shards of an organisation's segment counts and totals."""
    return f"{TENANTS}/{org_id}/{SEGMENT_COUNTS}"


def segment_counts_shard(org_id: str, shard: str) -> str:
    """One shard of an organisation's segment counts and totals."""
    return f"{segment_counts(org_id)}/{shard}"


def loyalty_settings(org_id: str) -> str:
    """Settings that the dashboard writes; the thresholds are among them."""
    return f"{TENANTS}/{org_id}/{SETTINGS}/{SettingsDocument.LOYALTY}"


def segment_rules(org_id: str) -> str:
    """The rules in force: thresholds and custom segments, with their revision."""
    return f"{TENANTS}/{org_id}/{SETTINGS}/{SettingsDocument.SEGMENT_RULES}"


def threshold_versions(org_id: str) -> str:
    """Collection of every version of the thresholds that was ever saved."""
    return f"{TENANTS}/{org_id}/{THRESHOLD_VERSIONS}"


def threshold_version(org_id: str, number: int) -> str:
    """One saved version of the thresholds. Ids sort as the numbers do."""
    return f"{threshold_versions(org_id)}/{number:06}"


def custom_segments(org_id: str) -> str:
    """Collection of an organisation's custom segments."""
    return f"{TENANTS}/{org_id}/{CUSTOM_SEGMENTS}"


def custom_segment(org_id: str, segment_id: str) -> str:
    """One custom segment: its name and its definition."""
    return f"{custom_segments(org_id)}/{segment_id}"


def rate_limit(key: str) -> str:
    """A bucket of calls; `key` is a keyed hash."""
    return f"{RATE_LIMITS}/{key}"


def reclassification(org_id: str) -> str:
    """Path of the progress of evaluating an organisation's customers under its newest rules."""
    return f"{TENANTS}/{org_id}/{ANALYTICS}/reclassification"


def analytics_settings(org_id: str) -> str:
    """The organisation's time zone."""
    return f"{TENANTS}/{org_id}/{SETTINGS}/{SettingsDocument.ANALYTICS}"


def result(org_id: str, name: str) -> str:
    """Path of a result that is computed on a schedule."""
    return f"{TENANTS}/{org_id}/{ANALYTICS}/{name}"


def result_chunks(org_id: str, name: str) -> str:
    """Collection of the entries of a result, in chunks, of this and the last generation."""
    return f"{result(org_id, name)}/{CHUNKS}"


def insights(org_id: str) -> str:
    """Collection of an organisation's insight cards, with those of an earlier dashboard."""
    return f"{TENANTS}/{org_id}/{INSIGHTS}"


def insight(org_id: str, card_id: str) -> str:
    """One insight card."""
    return f"{insights(org_id)}/{card_id}"


def insights_state(org_id: str) -> str:
    """Path of the list of an organisation's insight cards, and their wording."""
    return f"{TENANTS}/{org_id}/{ANALYTICS}/{INSIGHTS}"


def insight_feedback(org_id: str, feedback_id: str) -> str:
    """A user's rating of a card."""
    return f"{TENANTS}/{org_id}/{INSIGHT_FEEDBACK}/{feedback_id}"


def job(name: str) -> str:
    """Progress of a scheduled job, with the lease of the call that runs it."""
    return f"{JOBS}/{name}"


def nights(job: str) -> str:
    """Collection of the newest nights of a job, by organisation."""
    return f"{JOBS}/{job}/{NIGHTS}"


def task(org_id: str, queue: str) -> str:
    """Path of the state of an organisation's newest task of a queue."""
    return f"{TENANTS}/{org_id}/{JOBS}/{queue}"


def catalogue(org_id: str) -> str:
    """Collection of the products that the organisation's shop shows."""
    return f"{TENANTS}/{org_id}/{PUBLIC_VIEWS}/{PRODUCTS}/{CATALOGUE_ITEMS}"


def catalogue_item(org_id: str, product_id: str) -> str:
    """A product in the organisation's catalogue, which the shop writes."""
    digest = sha256(f"{org_id}:{product_id}".encode()).hexdigest()[:20]
    return f"{catalogue(org_id)}/prod_{digest}"


def root_product(product_id: str) -> str:
    """A product as the shop wrote it, of whichever organisation it names."""
    return f"{PRODUCTS}/{product_id}"


def contact_ledger(document_key: str) -> str:
    """Path of the statements last recorded from one of the dashboard's customers."""
    return f"{CONTACT_LEDGER}/{document_key}"


def contact_points(org_id: str) -> str:
    """Collection of the addresses that an organisation may or may not write to."""
    return f"{TENANTS}/{org_id}/{CONTACT_POINTS}"


def contact_point(org_id: str, key: str) -> str:
    """One of them; `key` is a keyed hash of the channel and the address."""
    return f"{contact_points(org_id)}/{key}"


def campaigns(org_id: str) -> str:
    """Collection of an organisation's campaigns."""
    return f"{TENANTS}/{org_id}/{CAMPAIGNS}"


def campaign(org_id: str, campaign_id: str) -> str:
    """One campaign."""
    return f"{campaigns(org_id)}/{campaign_id}"


def dashboard_campaign(dashboard_id: str) -> str:
    """A campaign of the dashboard, of whichever organisation it names."""
    return f"{DASHBOARD_CAMPAIGNS}/{dashboard_id}"


def dashboard_recipients(dashboard_id: str) -> str:
    """Collection of the people whom a campaign of the dashboard is for."""
    return f"{dashboard_campaign(dashboard_id)}/{RECIPIENTS}"


def profile(profile_id: str) -> str:
    """Path of a person's document in the dashboard."""
    return f"{PROFILES}/{profile_id}"


def campaign_chunks(org_id: str, campaign_id: str) -> str:
    """Collection of the frozen audience of a campaign, in chunks."""
    return f"{campaign(org_id, campaign_id)}/{CHUNKS}"


def campaign_counters(org_id: str) -> str:
    """Collection of the shards of the counters of an organisation's campaigns."""
    return f"{TENANTS}/{org_id}/{CAMPAIGN_COUNTERS}"


def campaign_counters_shard(org_id: str, campaign_id: str, shard: str) -> str:
    """One shard of a campaign's events and credit that changes are added to."""
    return f"{campaign_counters(org_id)}/{campaign_id}_{shard}"
