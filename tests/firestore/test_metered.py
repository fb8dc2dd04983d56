"""The meter and the failures that other tests rely on, against the emulator."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from google.api_core.exceptions import AlreadyExists, ServiceUnavailable
from google.cloud import firestore
from google.cloud.firestore import FieldFilter, Increment

from tests.support.metered import After, Before, Plan, failing, metered

FIVE = [f"item-{number}" for number in range(5)]


@pytest.fixture
def items(firestore_client: firestore.Client) -> firestore.CollectionReference:
    """Five documents with a `number` from 0 to 4."""
    collection = firestore_client.collection("shops/acme/items")
    batch = firestore_client.batch()
    for number, id in enumerate(FIVE):
        batch.set(collection.document(id), {"number": number})
    batch.commit()
    return collection


def above(items: firestore.CollectionReference, number: int) -> firestore.Query:
    return items.where(filter=FieldFilter("number", ">", number))


def test_documents_asked_for_count_found_or_missing(
    firestore_client: firestore.Client, items: firestore.CollectionReference
) -> None:
    references = [items.document(id) for id in ("item-0", "item-1", "missing", "item-0")]
    with metered(firestore_client) as meter:
        list(firestore_client.get_all(references))
        items.document("item-2").get()
        items.document("missing").get()
    assert meter.documents_read == 3 + 1 + 1
    assert meter.calls == {"batch_get_documents": 3}


@pytest.mark.parametrize(("lowest", "read"), [(-1, 5), (2, 2), (3, 1), (4, 1)])
def test_a_query_counts_what_it_returns_and_at_least_one(
    firestore_client: firestore.Client,
    items: firestore.CollectionReference,
    lowest: int,
    read: int,
) -> None:
    with metered(firestore_client) as meter:
        list(above(items, lowest).stream())
    assert meter.documents_read == read


@pytest.mark.parametrize(("offset", "read"), [(0, 2), (1, 3), (3, 5), (4, 5)])
def test_documents_skipped_by_an_offset_count(
    firestore_client: firestore.Client,
    items: firestore.CollectionReference,
    offset: int,
    read: int,
) -> None:
    with metered(firestore_client) as meter:
        items.order_by("number").offset(offset).limit(2).get()
    assert meter.documents_read == read


@pytest.mark.parametrize("alias", [None, "n"])
@pytest.mark.parametrize("lowest", [-1, 4])
def test_counting_up_to_a_thousand_counts_one(
    firestore_client: firestore.Client,
    items: firestore.CollectionReference,
    lowest: int,
    alias: str | None,
) -> None:
    with metered(firestore_client) as meter:
        # Annotated as giving the class, not a query.
        above(items, lowest).count(alias=alias).get()  # type: ignore[call-arg]
    assert meter.documents_read == 1
    assert [query.aggregated for query in meter.queries] == [True]


def test_counting_more_than_a_thousand_counts_two(firestore_client: firestore.Client) -> None:
    items = firestore_client.collection("many")
    for start in (0, 500, 1000):
        batch = firestore_client.batch()
        for number in range(start, min(start + 500, 1001)):
            batch.set(items.document(str(number)), {})
        batch.commit()
    with metered(firestore_client) as meter:
        items.count().get()
    assert meter.documents_read == 2


def test_an_aggregation_without_a_count_has_no_known_price(
    firestore_client: firestore.Client, items: firestore.CollectionReference
) -> None:
    with metered(firestore_client), pytest.raises(NotImplementedError, match="does not tell"):
        items.sum("number").get()


def test_writes_and_deletes_of_a_batch(
    firestore_client: firestore.Client, items: firestore.CollectionReference
) -> None:
    with metered(firestore_client) as meter:
        batch = firestore_client.batch()
        batch.create(items.document("new"), {"number": 7})
        batch.set(items.document("item-0"), {"number": Increment(2), "other": 1}, merge=True)
        batch.update(items.document("item-1"), {"number": 8})
        batch.delete(items.document("item-2"))
        batch.commit()
    assert (meter.documents_written, meter.documents_deleted, meter.commits) == (3, 1, 1)
    assert meter.documents_read == 0
    assert meter.calls == {"commit": 1}


def test_a_refused_commit_writes_nothing(
    firestore_client: firestore.Client, items: firestore.CollectionReference
) -> None:
    with metered(firestore_client) as meter, pytest.raises(AlreadyExists):
        items.document("item-0").create({})
    assert (meter.documents_written, meter.commits, meter.calls["commit"]) == (0, 0, 1)


def test_only_the_writes_of_a_bulk_that_were_done_count(
    firestore_client: firestore.Client, items: firestore.CollectionReference
) -> None:
    with metered(firestore_client) as meter:
        bulk = firestore_client.bulk_writer()
        bulk.on_write_error(lambda *_: False)
        bulk.create(items.document("new"), {})
        bulk.create(items.document("item-0"), {})
        bulk.delete(items.document("item-1"))
        bulk.close()
    assert (meter.documents_written, meter.documents_deleted, meter.commits) == (1, 1, 0)


def test_a_transaction(
    firestore_client: firestore.Client, items: firestore.CollectionReference
) -> None:
    @firestore.transactional
    def work(transaction: firestore.Transaction) -> None:
        items.document("item-0").get(transaction=transaction)
        list(above(items, 2).stream(transaction=transaction))
        transaction.update(items.document("item-0"), {"number": 9})

    with metered(firestore_client) as meter:
        work(firestore_client.transaction())
    assert (meter.documents_read, meter.documents_written, meter.commits) == (1 + 2, 1, 1)
    assert meter.calls == {
        "begin_transaction": 1,
        "batch_get_documents": 1,
        "run_query": 1,
        "commit": 1,
    }
    assert [query.in_transaction for query in meter.queries] == [True]


def test_queries_are_recorded_as_sent(
    firestore_client: firestore.Client, items: firestore.CollectionReference
) -> None:
    with metered(firestore_client) as meter:
        above(items, 1).order_by("number").limit(3).get()
        firestore_client.collection_group("items").get()
    first, second = meter.queries
    assert (first.parent, first.collection, first.collection_group) == (
        "shops/acme",
        "items",
        False,
    )
    assert first.query.limit == 3
    assert first.query.where.field_filter.field.field_path == "number"
    assert (second.parent, second.collection, second.collection_group) == ("", "items", True)
    assert [query.in_transaction or query.aggregated for query in meter.queries] == [False, False]
    assert __file__ in [file for file, _ in first.callers]


def test_lists_count_every_page(
    firestore_client: firestore.Client, items: firestore.CollectionReference
) -> None:
    with metered(firestore_client) as meter:
        assert len(list(items.list_documents(page_size=2))) == 5
        assert [each.id for each in firestore_client.document("shops/acme").collections()] == [
            "items"
        ]
    assert meter.documents_read == 5 + 1
    assert meter.calls == {"list_documents": 3, "list_collection_ids": 1}


def test_what_has_no_known_price_is_refused(
    firestore_client: firestore.Client, items: firestore.CollectionReference
) -> None:
    with metered(firestore_client), pytest.raises(NotImplementedError, match="partition_query"):
        list(firestore_client.collection_group("items").get_partitions(2))


def test_counting_ends_with_the_block(
    firestore_client: firestore.Client, items: firestore.CollectionReference
) -> None:
    with metered(firestore_client) as outer:
        with metered(firestore_client) as inner:
            items.document("item-0").get()
        items.document("item-0").get()
    items.document("item-0").get()
    assert (outer.documents_read, inner.documents_read) == (2, 1)


def test_several_clients_and_threads_share_a_meter(
    firestore_client: firestore.Client, items: firestore.CollectionReference
) -> None:
    other = firestore.Client(project=firestore_client.project)
    references = [items.document("item-0"), other.document("shops/acme/items/item-1")]
    with metered(firestore_client, other) as meter, ThreadPoolExecutor(8) as executor:
        list(executor.map(lambda number: references[number % 2].get(), range(100)))
        list(executor.map(lambda _: above(items, -1).get(), range(20)))
    assert meter.documents_read == 100 + 20 * 5
    assert len(meter.queries) == 20


def unavailable(method: str, number: int) -> Plan:
    """A plan in which one call does not reach the server."""
    return lambda called, at: (
        Before(ServiceUnavailable("")) if (called, at) == (method, number) else None
    )


def lost(method: str, number: int) -> Plan:
    """A plan in which the answer to one call is lost."""
    return lambda called, at: (
        After(ServiceUnavailable("")) if (called, at) == (method, number) else None
    )


def test_a_call_that_fails_before_takes_no_effect(
    firestore_client: firestore.Client, items: firestore.CollectionReference
) -> None:
    item = items.document("item-0")
    with metered(firestore_client) as meter, failing(firestore_client, unavailable("commit", 2)):
        item.update({"number": 10})
        with pytest.raises(ServiceUnavailable):
            item.update({"number": 11})
        assert item.get().get("number") == 10
        item.update({"number": 12})
    assert item.get().get("number") == 12
    assert meter.calls["commit"] == 2


def test_a_call_that_fails_after_took_effect(
    firestore_client: firestore.Client, items: firestore.CollectionReference
) -> None:
    item = items.document("item-0")
    with metered(firestore_client) as meter, failing(firestore_client, lost("commit", 1)):
        with pytest.raises(ServiceUnavailable):
            item.update({"number": 10})
        assert item.get().get("number") == 10
    assert meter.commits == 1


@pytest.mark.parametrize("plan", [unavailable, lost])
def test_reads_fail_too(
    firestore_client: firestore.Client, items: firestore.CollectionReference, plan: type
) -> None:
    with failing(firestore_client, plan("run_query", 1)):
        with pytest.raises(ServiceUnavailable):
            above(items, 0).get()
        assert len(above(items, 0).get()) == 4
    with failing(firestore_client, plan("batch_get_documents", 1)):
        with pytest.raises(ServiceUnavailable):
            items.document("item-0").get()
        assert items.document("item-0").get().exists


def test_failures_end_with_the_block(
    firestore_client: firestore.Client, items: firestore.CollectionReference
) -> None:
    with failing(firestore_client, lambda *_: Before(ServiceUnavailable(""))):
        pass
    assert items.document("item-0").get().exists


def test_every_call_of_every_thread_has_its_own_number(
    firestore_client: firestore.Client, items: firestore.CollectionReference
) -> None:
    numbers: list[int] = []

    def note(method: str, number: int) -> None:
        numbers.append(number)

    with failing(firestore_client, note), ThreadPoolExecutor(8) as executor:
        list(executor.map(lambda _: items.document("item-0").get(), range(50)))
    assert sorted(numbers) == list(range(1, 51))
