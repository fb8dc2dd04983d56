"""What the route about a customer's profile answers with. See `shared.customers.answers`."""

from pydantic import AwareDatetime, Field

from shared.contacts.retention import RetentionTier
from shared.segments.crm_profile import Consent, LoyaltyTier
from shared.web.models import ApiModel


class ChannelConsent(ApiModel):
    """Whether a person may be written to on one channel."""

    consent: Consent = Field(
        description="`granted`, `denied`, or `unknown` where no document says either. Of several "
        "documents the strictest decides, and whoever unsubscribed or complained has denied."
    )
    since: AwareDatetime | None = Field(description="Since when; null for `unknown`.")
    unsubscribed: bool = Field(description="Whether the person unsubscribed and did not return.")
    undeliverable: bool = Field(description="Whether a message bounced or was complained of.")


class RetentionBreakdown(ApiModel):
    """Parts of the retention score."""

    recency: int = Field(description="Up to 30, by days since the latest order.")
    frequency_monetary: int = Field(description="Up to 30, by orders and lifetime value.")
    churn_inverse: int = Field(
        description="Up to 25, by the predicted churn probability, or by the segment before a "
        "model is in force."
    )
    engagement: int = Field(description="Up to 15, by points, purchase streak and tier.")


class Retention(ApiModel):
    """How likely a customer is to stay, as one number."""

    score: int = Field(description="From 0 to 100, the sum of the parts.")
    tier: RetentionTier = Field(
        description="`champion` from 80, `engaged` from 55, `at_risk` from 30, else `dormant`."
    )
    breakdown: RetentionBreakdown = Field(description="Parts of the score.")


class CrmProfile(ApiModel):
    """What the dashboard's `customers` documents say of a customer; null where they say nothing.

    These documents belong to the dashboard, and nothing here changes them.
    """

    customer_key: str = Field(description="The customer.")
    org_id: str = Field(description="The organisation the customer belongs to.")
    as_of: AwareDatetime = Field(description="When this was read.")
    profile_ids: list[str] = Field(
        description="Ids of the documents in `customers` with an address of the customer, sorted; "
        "links of the dashboard lead to them. Empty where none is known."
    )
    first_name: str | None = Field(description="First name; of several, the one written last.")
    last_name: str | None = Field(description="Last name, likewise.")
    tier: LoyaltyTier | None = Field(description="Tier of the loyalty programme, likewise.")
    points: int | None = Field(description="Points of the loyalty programme, likewise.")
    tags: list[str] = Field(description="Tags that staff gave, sorted.")
    source: str | None = Field(description="Where the person was acquired, likewise.")
    created_at: AwareDatetime | None = Field(description="When the first document was created.")
    email_consent: ChannelConsent | None = Field(
        description="Consent for the customer's e-mail address; null where no document has it."
    )
    sms_consent: ChannelConsent | None = Field(
        description="Consent for the customer's phone number; null where no document has it."
    )
    retention: Retention | None = Field(
        description="The retention score; null where the loyalty programme does not know the "
        "customer."
    )
