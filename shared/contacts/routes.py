"""GET /v1/customers/{customerKey}/profile: what the dashboard's own documents say of a customer."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.contacts import answers as models
from shared.contacts.job import crm_profiles
from shared.contacts.retention import RetentionFacts, retention_score
from shared.customers.presentation import customer_profile
from shared.customers.record_store import CustomerRecords
from shared.kernel.document_ids import is_document_id
from shared.kernel.errors import NotFoundError
from shared.segments.crm_profile import ChannelConsent, CrmProfile
from shared.segments.customer_selection import ListedCustomer
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.context import Organization, organization
from shared.web.parameters import CustomerPath, OrganizationQuery

routes = APIBlueprint(
    "customer_profiles",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Customers", description="Customers and the reasons for their segments.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/customers/<customerKey>/profile",
    operation_id="getCustomerProfile",
    responses=signed_in_responses(models.CrmProfile),
)
def get_customer_profile(path: CustomerPath, query: OrganizationQuery) -> Response:
    """Get what the dashboard's own documents say of a customer, and the retention score.

    Documents are found by the e-mail address and the phone number of the customer's latest order.
    Costs one document read, one per address, and one per document found.
    """
    current = organization()
    key = path.customer_key
    found = current.open(CustomerRecords).customers_by_key([key]) if is_document_id(key) else []
    if not found:
        raise NotFoundError("The customer does not exist.")
    (customer,) = found
    profile = current.run(crm_profiles).profile(customer.contact)
    return answer(
        models.CrmProfile(
            customer_key=key,
            org_id=current.id,
            as_of=current.as_of,
            profile_ids=list(profile.ids),
            first_name=profile.first_name,
            last_name=profile.last_name,
            tier=profile.tier,
            points=profile.points,
            tags=list(profile.tags),
            source=profile.source,
            created_at=profile.created_at,
            email_consent=_consent(profile.email_consent),
            sms_consent=_consent(profile.sms_consent),
            retention=_retention(customer, profile, current) if profile.has_loyalty else None,
        )
    )


def _consent(said: ChannelConsent | None) -> models.ChannelConsent | None:
    if said is None:
        return None
    return models.ChannelConsent(
        consent=said.consent,
        since=said.since,
        unsubscribed=said.unsubscribed,
        undeliverable=said.undeliverable,
    )


def _retention(
    customer: ListedCustomer, profile: CrmProfile, current: Organization
) -> models.Retention:
    shown = customer_profile(customer, current)
    score = retention_score(
        RetentionFacts(
            days_since_last_order=shown.days_since_last_order,
            order_count=customer.order_count,
            lifetime_value_cents=customer.lifetime_value_cents,
            churn_percent=shown.churn_probability,
            segment=customer.segment,
            points=profile.points,
            purchase_streak=profile.purchase_streak,
            tier=profile.tier,
        )
    )
    return models.Retention(
        score=score.total,
        tier=score.tier,
        breakdown=models.RetentionBreakdown(
            recency=score.recency,
            frequency_monetary=score.frequency_monetary,
            churn_inverse=score.churn_inverse,
            engagement=score.engagement,
        ),
    )
