"""Answers of the routes about the caller. See `shared.customers.answers`."""

from enum import StrEnum

from pydantic import Field

from shared.web.models import ApiModel


class Change(StrEnum):
    """A change or a job that an account may make or start."""

    THRESHOLDS = "thresholds"
    CUSTOM_SEGMENTS = "customSegments"
    CAMPAIGNS = "campaigns"
    INSIGHTS = "insights"


class NamableOrganizations(StrEnum):
    """Organisations that the parameter `org` may name."""

    OWN = "own"
    ANY = "any"


class Me(ApiModel):
    """The calling account, and the organisation of the call."""

    uid: str = Field(description="Id of the account.")
    role: str = Field(description="Role of the account.")
    org_id: str = Field(
        description="The organisation that the call is about: the account's own, or the one that "
        "`org` names."
    )
    own_org_id: str = Field(description="The account's own organisation.")
    org_claim: str = Field(
        description="Claim that `ownOrgId` comes from: `orgId`, `brandId`, `currentOrgId` or `uid`."
    )
    other_org_ids: list[str] = Field(
        description="Further organisations in the claims `orgId`, `brandId`, `currentOrgId`, "
        "`tenantId` and `orgIds`, sorted. Only a `super_user` may name them."
    )
    namable_organizations: NamableOrganizations = Field(
        description="Organisations that `org` may name: only the account's `own`, or `any`."
    )
    may_change: list[Change] = Field(
        description="Changes and jobs that the account may make or start; empty for a `budtender`."
    )
    may_read_all: bool = Field(
        description="Whether the account may make calls that read every customer, such as previews "
        "and files."
    )
    currency: str = Field(description="Currency of all amounts, an ISO 4217 code.")
    time_zone: str = Field(description="Time zone of days, weeks and months, an IANA name.")
