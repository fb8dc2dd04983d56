"""A document is written only as it was read; of many, those that changed are given back."""

import pytest
from google.cloud import firestore

from shared.firestore.commits import Update, commit_batch, create, put, remove, update_unchanged
from shared.firestore.snapshots import Snapshot, content
from shared.kernel.errors import AlreadyExistsError, ConflictError
from tests.support.metered import metered


def stored(client: firestore.Client, name: str, number: int = 1) -> Snapshot:
    reference = client.document("things", name)
    reference.set({"number": number})
    return reference.get()


def test_a_document_that_was_not_there_is_created_without_the_fields_to_delete(
    firestore_client: firestore.Client,
) -> None:
    missing = firestore_client.document("things/a").get()
    batch = firestore_client.batch()
    fields = {"number": 1, "gone": firestore.DELETE_FIELD}
    put(batch, missing.reference, fields, revision=missing.update_time)
    (result,) = commit_batch(batch)

    now = missing.reference.get()
    assert content(now) == {"number": 1}
    assert result.update_time == now.update_time


@pytest.mark.parametrize("deleting", [False, True])
def test_a_document_that_has_changed_is_neither_written_nor_deleted(
    firestore_client: firestore.Client, deleting: bool
) -> None:
    before = stored(firestore_client, "a")
    stored(firestore_client, "a", number=2)
    batch = firestore_client.batch()
    batch.set(firestore_client.document("things/b"), {"number": 1})
    if deleting:
        remove(batch, before.reference, revision=before.update_time)
    else:
        put(batch, before.reference, {"number": 3}, revision=before.update_time)
    with pytest.raises(ConflictError, match=r"^It has changed\.$"):
        commit_batch(batch, "It has changed.")

    assert content(before.reference.get()) == {"number": 2}
    assert not firestore_client.document("things/b").get().exists


def test_an_unchanged_document_is_updated_and_deleted(firestore_client: firestore.Client) -> None:
    first, second = stored(firestore_client, "a"), stored(firestore_client, "b")
    batch = firestore_client.batch()
    put(batch, first.reference, {"number": firestore.DELETE_FIELD}, revision=first.update_time)
    remove(batch, second.reference, revision=second.update_time)
    commit_batch(batch)

    assert content(first.reference.get()) == {}
    assert not second.reference.get().exists


def test_what_exists_is_not_created_again(firestore_client: firestore.Client) -> None:
    before = stored(firestore_client, "a")
    with pytest.raises(AlreadyExistsError, match=r"^There is one\.$"):
        create(before.reference, {"number": 2}, "There is one.")
    batch = firestore_client.batch()
    put(batch, before.reference, {"number": 2}, revision=None)
    with pytest.raises(AlreadyExistsError):
        commit_batch(batch)

    assert content(before.reference.get()) == {"number": 1}


def test_updates_of_changed_and_deleted_documents_are_given_back(
    firestore_client: firestore.Client,
) -> None:
    updates = [
        Update(stored(firestore_client, name), {"number": 2}) for name in ("a", "b", "c", "d")
    ]
    stored(firestore_client, "b", number=5)
    firestore_client.document("things/c").delete()

    with metered(firestore_client) as meter:
        assert update_unchanged(firestore_client, updates) == updates[1:3]
    assert meter.documents_written == 2

    numbers = {each.id: content(each) for each in firestore_client.collection("things").stream()}
    assert numbers == {"a": {"number": 2}, "b": {"number": 5}, "d": {"number": 2}}


def test_updates_are_one_commit_where_nothing_has_changed(
    firestore_client: firestore.Client,
) -> None:
    updates = [Update(stored(firestore_client, name), {"number": 2}) for name in ("a", "b")]
    with metered(firestore_client) as meter:
        assert update_unchanged(firestore_client, updates) == []
        assert update_unchanged(firestore_client, []) == []
    assert (meter.documents_written, meter.documents_read) == (2, 0)
