"""Calls of a Firestore client to the server, counted as billed; and deliberate failures.

Both stand between the client library and its generated API object, so that whatever goes through a
client is seen: documents, queries, batches and transactions. The library's own retries of single
calls happen below and are not seen.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count as count_from
from threading import Lock
from traceback import walk_stack
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1.types import StructuredQuery

STREAMED = frozenset({"batch_get_documents", "run_query", "run_aggregation_query"})
RPCS = STREAMED | {
    "batch_write",
    "begin_transaction",
    "commit",
    "create_document",
    "delete_document",
    "execute_pipeline",
    "get_document",
    "list_collection_ids",
    "list_documents",
    "listen",
    "partition_query",
    "rollback",
    "update_document",
    "write",
}
"""Methods of the API object that call the server."""

COUNTED_PER_READ = 1000
"""Index entries that a count takes in for the price of one document read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedQuery:
    """A query as it was sent."""

    parent: str
    """Path of the document below which it looks; empty for the root."""
    query: StructuredQuery
    in_transaction: bool
    aggregated: bool
    summed: tuple[str, ...]
    """Fields that an aggregation adds up."""
    callers: tuple[tuple[str, int], ...]
    """File and line of every call that led to it, innermost first."""

    @property
    def collection(self) -> str:
        """Name of the collections it looks in."""
        return self.query.from_[0].collection_id

    @property
    def collection_group(self) -> bool:
        """Whether it looks in all collections of that name below `parent`."""
        return self.query.from_[0].all_descendants


@dataclass(slots=True)
class Meter:
    """Counts of calls. Several threads may add to it at once."""

    documents_read: int = 0
    """One per document asked for by name, found or not; one per document that a query returned or
    skipped, and at least one per query; one per thousand index entries counted."""
    documents_written: int = 0
    """One per write in a commit that took effect, whatever it changes in its document."""
    documents_deleted: int = 0
    """One per delete in a commit that took effect, whether or not there was a document."""
    commits: int = 0
    """Commits that took effect."""
    calls: Counter[str] = field(default_factory=Counter)
    """Calls by method, failed ones too."""
    queries: list[RecordedQuery] = field(default_factory=list)
    """Every query, in the order in which they were sent."""
    written: set[str] = field(default_factory=set)
    """Paths of the documents that commits wrote or deleted."""
    _lock: Any = field(default_factory=Lock, repr=False)

    def observe(self, method: str, call: Callable[..., Any], **arguments: Any) -> Any:
        """Make the call and count it. Raises NotImplementedError where its price is not known."""
        with self._lock:
            self.calls[method] += 1
        request = arguments.get("request")
        match method:
            case "batch_get_documents":
                answer = call(**arguments)
                documents = types.BatchGetDocumentsRequest(request).documents
                self._add(documents_read=len(set(documents)))
                return answer
            case "run_query":
                asked = types.RunQueryRequest(request)
                self._record(asked, asked.structured_query, aggregated=False)
                return self._query_answers(call(**arguments), asked.structured_query.offset)
            case "run_aggregation_query":
                return self._aggregate(call, arguments)
            case "commit":
                answer = call(**arguments)
                self._add_writes(types.CommitRequest(request).writes)
                self._add(commits=1)
                return answer
            case "batch_write":
                answer = call(**arguments)
                writes = types.BatchWriteRequest(request).writes
                done = zip(writes, answer.status, strict=True)
                self._add_writes([write for write, status in done if status.code == 0])
                return answer
            case "list_documents":
                return self._pages(method, call(**arguments), lambda page: len(page.documents))
            case "list_collection_ids":
                return self._pages(method, call(**arguments), lambda page: 1)
            case "begin_transaction" | "rollback":
                return call(**arguments)
        raise NotImplementedError(f"The meter does not know what {method} costs.")

    def _query_answers(self, answers: Any, offset: int) -> Iterator[Any]:
        counted = max(1, offset)
        self._add(documents_read=counted)
        read = offset
        for answer in answers:
            if "document" in answer:
                read += 1
                self._add(documents_read=read > counted)
            yield answer

    def _aggregate(self, call: Callable[..., Any], arguments: dict[str, Any]) -> Iterator[Any]:
        asked = types.RunAggregationQueryRequest(arguments["request"])
        query = asked.structured_aggregation_query
        unnamed = count_from(1)
        # Firestore names those that have no name of their own.
        names = [each.alias or f"field_{next(unnamed)}" for each in query.aggregations]
        counts = [
            name for name, each in zip(names, query.aggregations, strict=True) if "count" in each
        ]
        if not counts:
            raise NotImplementedError("An aggregation without a count does not tell what it costs.")
        summed = tuple(each.sum.field.field_path for each in query.aggregations if "sum" in each)
        self._record(asked, query.structured_query, aggregated=True, summed=summed)
        return self._aggregation_answers(call(**arguments), counts[0])

    def _aggregation_answers(self, answers: Any, alias: str) -> Iterator[Any]:
        for answer in answers:
            if "result" in answer:
                entries = answer.result.aggregate_fields[alias].integer_value
                self._add(documents_read=max(1, -(-entries // COUNTED_PER_READ)))
            yield answer

    def _pages(self, method: str, pager: Any, reads: Callable[[Any], int]) -> Any:
        """The pager, whose further pages are calls of their own."""
        self._add(documents_read=max(1, reads(pager)))
        fetch = pager._method

        def counted(*arguments: Any, **options: Any) -> Any:
            with self._lock:
                self.calls[method] += 1
            page = fetch(*arguments, **options)
            self._add(documents_read=max(1, reads(page)))
            return page

        pager._method = counted
        return pager

    def _record(
        self,
        asked: Any,
        query: StructuredQuery,
        *,
        aggregated: bool,
        summed: tuple[str, ...] = (),
    ) -> None:
        recorded = RecordedQuery(
            parent=asked.parent.partition("/documents")[2].removeprefix("/"),
            query=query,
            in_transaction=bool(asked.transaction) or "new_transaction" in asked,
            aggregated=aggregated,
            summed=summed,
            callers=tuple(
                (frame.f_code.co_filename, line) for frame, line in walk_stack(sys._getframe())
            ),
        )
        with self._lock:
            self.queries.append(recorded)

    def _add_writes(self, writes: Any) -> None:
        deletes = sum("delete" in write for write in writes)
        self._add(documents_written=len(writes) - deletes, documents_deleted=deletes)
        names = (write.delete or write.update.name for write in writes)
        with self._lock:
            self.written.update(name.partition("/documents/")[2] for name in names)

    def _add(self, **amounts: int) -> None:
        with self._lock:
            for name, amount in amounts.items():
                setattr(self, name, getattr(self, name) + amount)


@contextmanager
def metered(*clients: firestore.Client) -> Iterator[Meter]:
    """Count everything that goes through the clients until the block ends, on one meter.

    Beside `failing`, enter this one first: then only calls that reached the server are counted.
    """
    meter = Meter()
    with _intercepted(clients, meter.observe):
        yield meter


@dataclass(frozen=True, slots=True)
class Before:
    """The call does not reach the server: nothing takes effect, and the caller gets the error."""

    error: Exception


@dataclass(frozen=True, slots=True)
class After:
    """The call takes effect, its answer is lost, and the caller gets the error."""

    error: Exception


Plan = Callable[[str, int], Before | After | None]
"""Given a method such as `commit` and the number of the call among calls of that method (from 1),
says what befalls the call; None for nothing. Called by whichever thread makes the call."""


@contextmanager
def failing(client: firestore.Client, plan: Plan) -> Iterator[None]:
    """Have calls that go through the client fail as planned, until the block ends."""
    numbers: Counter[str] = Counter()
    lock = Lock()

    def fail(method: str, call: Callable[..., Any], **arguments: Any) -> Any:
        with lock:
            numbers[method] += 1
            number = numbers[method]
        match plan(method, number):
            case Before(error):
                raise error
            case After(error):
                answer = call(**arguments)
                if method in STREAMED:
                    list(answer)
                raise error
        return call(**arguments)

    with _intercepted([client], fail):
        yield


Interceptor = Callable[..., Any]
"""Called with the method's name, the method, and its keyword arguments, in place of the method."""


class _InterceptedApi:
    """The API object, with the methods that call the server put through an interceptor."""

    def __init__(self, api: Any, interceptor: Interceptor) -> None:
        self._api = api
        self._interceptor = interceptor

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._api, name)
        return partial(self._interceptor, name, attribute) if name in RPCS else attribute


@contextmanager
def _intercepted(clients: Any, interceptor: Interceptor) -> Iterator[None]:
    with ExitStack() as restored:
        for client in clients:
            # Read through the property, which makes the API object at first use.
            api = client._firestore_api
            restored.callback(setattr, client, "_firestore_api_internal", api)
            client._firestore_api_internal = _InterceptedApi(api, interceptor)
        yield
