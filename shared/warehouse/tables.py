"""The tables of the warehouse.

`order_facts_raw_changelog` and its view have the schema, descriptions, partitions and clusters of
the firestore-bigquery-export extension, so that tools for its tables work. Every run builds its
typed tables from the view.
"""

from datetime import timedelta

from google.cloud import bigquery

CHANGELOG = "order_facts_raw_changelog"
LATEST = "order_facts_raw_latest"

CHANGELOG_SCHEMA = [
    bigquery.SchemaField(name, type, mode=mode, description=description)
    for name, type, mode, description in (
        (
            "timestamp",
            "TIMESTAMP",
            "REQUIRED",
            "The commit timestamp of this change in Cloud Firestore. If the operation is IMPORT, "
            "this timestamp is epoch to ensure that any operation on an imported document "
            "supersedes the IMPORT.",
        ),
        (
            "event_id",
            "STRING",
            "REQUIRED",
            "The ID of the document change event that triggered the Cloud Function created by the "
            "extension. Empty for imports.",
        ),
        (
            "document_name",
            "STRING",
            "REQUIRED",
            "The full name of the changed document, for example, "
            "projects/collection/databases/(default)/documents/users/me).",
        ),
        ("operation", "STRING", "REQUIRED", "One of CREATE, UPDATE, IMPORT, or DELETE."),
        (
            "data",
            "STRING",
            "NULLABLE",
            "The full JSON representation of the document state after the indicated operation is "
            "applied. This field will be null for DELETE operations.",
        ),
        (
            "old_data",
            "STRING",
            "NULLABLE",
            "The full JSON representation of the document state before the indicated operation is "
            "applied. This field will be null for CREATE operations.",
        ),
        (
            "document_id",
            "STRING",
            "NULLABLE",
            "The document id as defined in the firestore database.",
        ),
        (
            "path_params",
            "STRING",
            "NULLABLE",
            "JSON string representing wildcard params with Firestore Document ids",
        ),
    )
]


CAMPAIGN_MEMBERS = "campaign_members"
CAMPAIGN_MEMBERS_SCHEMA = [
    bigquery.SchemaField("org_id", "STRING", mode="REQUIRED"),
    bigquery.SchemaField("campaign_id", "STRING", mode="REQUIRED"),
    bigquery.SchemaField(
        "generation", "STRING", mode="REQUIRED", description="Names the frozen audience."
    ),
    bigquery.SchemaField("customer_key", "STRING", mode="REQUIRED"),
    bigquery.SchemaField("held_out", "BOOL", mode="REQUIRED"),
    bigquery.SchemaField(
        "segment", "STRING", description="At the freezing; null for a customer in none."
    ),
    bigquery.SchemaField("frozen_at", "TIMESTAMP", mode="REQUIRED"),
]
MEMBERS_KEPT = timedelta(days=270)
"""Longer than a campaign is measured."""


def members_table(dataset: bigquery.DatasetReference) -> bigquery.Table:
    """Members of frozen audiences, by key. Rows may repeat; they go MEMBERS_KEPT after freezing."""
    table = bigquery.Table(dataset.table(CAMPAIGN_MEMBERS), schema=CAMPAIGN_MEMBERS_SCHEMA)
    table.time_partitioning = bigquery.TimePartitioning(
        type_=bigquery.TimePartitioningType.DAY,
        field="frozen_at",
        expiration_ms=MEMBERS_KEPT // timedelta(milliseconds=1),
    )
    table.clustering_fields = ["org_id", "campaign_id"]
    return table


def changelog_table(dataset: bigquery.DatasetReference) -> bigquery.Table:
    """Return the table to which changes are appended."""
    table = bigquery.Table(dataset.table(CHANGELOG), schema=CHANGELOG_SCHEMA)
    table.time_partitioning = bigquery.TimePartitioning(
        type_=bigquery.TimePartitioningType.DAY, field="timestamp"
    )
    table.clustering_fields = ["document_id"]
    return table
