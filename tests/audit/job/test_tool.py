"""The tool that audits organisations."""

from collections.abc import Callable, Sequence

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.warehouse.warehouse import Warehouse
from tests.audit.job.night import Night
from tests.support.shop import ORG, OTHER


def test_the_tool_says_what_is_left(
    audit: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(org=ORG, repair=False) == 1
    told = capsys.readouterr().out
    assert "export_complete" in told
    assert "export order_0001" in told

    assert audit(org=ORG) == 0
    assert audit(org=ORG, repair=False) == 0


def test_the_tool_audits_all_organisations_of_the_same_tables(
    audit: Callable[..., int],
    night: Night,
    firestore_client: firestore.Client,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert audit() == 0
    told = capsys.readouterr().out
    assert [line.split()[1::2] for line in told.splitlines() if "org_" in line] == [
        [org, "4", "4", "0"] for org in (ORG, OTHER)
    ]
    made = []
    refresh = Warehouse.refresh_facts

    def counted(warehouse: Warehouse, org_ids: Sequence[str]) -> str:
        made.append(refresh(warehouse, org_ids))
        return made[-1]

    with monkeypatch.context() as patched:
        patched.setattr(Warehouse, "refresh_facts", counted)
        assert audit(repair=False) == 0
    assert len(made) == 1, "once for all of them"

    firestore_client.document(paths.segment_rules(ORG)).set({"revision": "damaged"})
    assert audit() == 1
    told = capsys.readouterr().out
    assert "UnreadableRulesError" in told
    assert OTHER in told
