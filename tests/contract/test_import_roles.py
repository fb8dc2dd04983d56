"""The import check refuses what the name of a file does not allow."""

import pytest
from grimp import ImportGraph

from tools.import_roles import forbidden_imports


def graph_of(module: str, imported: str) -> ImportGraph:
    graph = ImportGraph()
    graph.add_module(module)
    if imported.startswith("shared."):
        graph.add_module(imported)
    else:
        graph.add_module(imported, is_squashed=True)
    graph.add_import(importer=module, imported=imported)
    return graph


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("shared.cohorts.cohorts", "google"),
        ("shared.cohorts.cohorts", "shared.cohorts.store"),
        ("shared.cohorts.cohorts", "shared.cohorts.routes"),
        ("shared.cohorts.cohorts", "pydantic"),
        ("shared.cohorts.store", "flask"),
        ("shared.cohorts.store", "shared.cohorts.answers"),
        ("shared.cohorts.routes", "google"),
        ("shared.audit.job", "flask"),
        ("shared.audit.job", "shared.audit.routes"),
        ("shared.insights.checker", "anthropic"),
        ("shared.reconciliation.reconcile", "shared.reconciliation.stores.ledger_codec"),
    ],
)
def test_an_import_against_the_role_is_refused(module: str, imported: str) -> None:
    assert list(forbidden_imports(graph_of(module, imported))) == [(module, imported)]


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("shared.cohorts.store", "google"),
        ("shared.history.cell_store", "google"),
        ("shared.cohorts.store", "shared.cohorts.cohorts"),
        ("shared.rules.thresholds_routes", "flask"),
        ("shared.rules.thresholds_answers", "pydantic"),
        ("shared.cohorts.routes", "shared.cohorts.store"),
        ("shared.audit.job", "shared.audit.store"),
        ("tools.demo.run", "google"),
    ],
)
def test_an_import_of_the_role_is_not(module: str, imported: str) -> None:
    assert list(forbidden_imports(graph_of(module, imported))) == []
