"""GET /v1/me: who calls, about which organisation, and what the account may do."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.api import account_answers as models
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.context import organization
from shared.web.limits import may_scan
from shared.web.parameters import OrganizationQuery

routes = APIBlueprint(
    "me",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Account", description="The calling account and its organisation.")],
    abp_security=SIGNED_IN,
)


@routes.get("/me", operation_id="getMe", responses=signed_in_responses(models.Me))
def get_me(query: OrganizationQuery) -> Response:
    """Get the calling account, its organisation, and its permissions.

    Follows from the token's claims and the organisation's settings.
    """
    current = organization()
    caller, settings = current.caller, current.settings()
    namable = models.NamableOrganizations
    return answer(
        models.Me(
            uid=caller.uid,
            role=caller.role,
            org_id=current.id,
            own_org_id=caller.org_id,
            org_claim=caller.org_claim,
            other_org_ids=list(caller.other_org_ids),
            namable_organizations=namable.ANY if caller.is_super_user else namable.OWN,
            may_change=list(models.Change) if caller.may_change else [],
            may_read_all=may_scan(),
            currency=settings.currency,
            time_zone=settings.time_zone.key,
        )
    )
