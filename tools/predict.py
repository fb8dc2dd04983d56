"""Fit and publish the models of predictions now: `python -m tools.predict`."""

from datetime import timedelta
from typing import Annotated

import typer

from shared.computation.questions import PREDICTION_SAMPLES
from shared.kernel.clock import utc_now
from shared.nightly.asking import Night
from shared.nightly.nights import readable_settings
from shared.nightly.question import ComputedOrganization
from shared.nightly.result import attempt_at
from shared.predictions.job import predict_organization
from shared.reconciliation.stores.organization_list import organization_ids
from shared.services import Services
from shared.warehouse.answers import NightTables
from tools.connection import Project, connect
from tools.console import CONSOLE, progress, run
from tools.errors import ToolError
from tools.organization import require_organization
from tools.organization_option import organization_id

LONGEST = timedelta(hours=1)
"""For asking the question."""


def main(
    org: Annotated[
        str | None, typer.Option(help="Only this organisation.", callback=organization_id)
    ] = None,
    withdraw: Annotated[
        bool, typer.Option(help="Take the model of the organisation out of force instead.")
    ] = False,
    project: Project = None,
) -> None:
    """Fit each organisation's model; publish it if it should replace the one in force.

    As each night does. Publishing a model re-evaluates all customers of its organisation in the
    background. Without a model nothing is predicted until the next night publishes one. Exits with
    code 1 if a model could not be fitted, and names the organisation.
    """
    if withdraw and org is None:
        raise ToolError("--withdraw needs --org: name the organisation.")
    services = connect(project, warehouse=not withdraw)
    if org is not None:
        require_organization(services, org)
    if withdraw and org is not None:
        services.rules(org).publish_model(lambda in_force: None)
        CONSOLE.print(f"No model is in force for {org}.")
        return
    failures = predict_now(services, [org] if org else organization_ids(services.client))
    if failures:
        raise ToolError(
            f"Not predicted: {', '.join(failures)}. What was computed before is still shown, as "
            "stale; the log above says what went wrong."
        )
    CONSOLE.print(f"Predicted for {org or 'all organisations'}.")


def predict_now(services: Services, org_ids: list[str]) -> list[str]:
    """Ask, fit and publish for each organisation; returns those that failed."""
    as_of = utc_now()
    night, tables = Night(), NightTables(services.warehouse(), org_ids)
    with CONSOLE.status("Making tables") as status:
        settings = readable_settings(services, org_ids)
        organizations = [ComputedOrganization.of(each, as_of) for each in settings if each]
        night.make_facts(tables, organizations, as_of)
        status.update("Asking for samples")
        night.ask(tables, [PREDICTION_SAMPLES], clock=utc_now, stop_at=as_of + LONGEST)
        if night.failed:
            raise ToolError("The warehouse gave no answer: the log above says what went wrong.")
        night.combine(tables)
    assert night.facts is not None
    failures = []
    with progress("Fitting", len(org_ids)) as show:
        for count, org_id in enumerate(org_ids, start=1):
            attempt = attempt_at(utc_now(), due_at=as_of, as_of=as_of)
            try:
                predict_organization(services, org_id, night.facts, attempt, clock=utc_now)
            except Exception:
                failures.append(org_id)
            show(count)
    return failures


if __name__ == "__main__":
    run(main)
