"""Pages of any list of customers, while customers change; and what they cost."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from google.cloud import firestore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.customers import store as customer_list
from shared.customers.store import MAX_PAGE_READS
from shared.segments.segment import Segment
from tests.customers.people import Person, define, put
from tests.support.dashboard import Dashboard
from tests.support.examples import examples
from tests.support.metered import Meter, metered
from tests.support.shop import NOW, days_ago

PATH = "/v1/customers"
KEEN, DORMANT = "cs_0123456789ab", "cs_fedcba987654"
SETTINGS = 3


@pytest.fixture(autouse=True)
def segments(firestore_client: firestore.Client) -> None:
    define(firestore_client, (KEEN, DORMANT))


SORTS = ["lastOrderDate", "totalSpent", "orderCount", "avgOrderValue", "displayName"]

numbers = count()


@contextmanager
def reads_at_most(most: int) -> Iterator[None]:
    """Have pages end after fewer documents, as they do in a large organisation."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(customer_list, "MAX_PAGE_READS", most)
        yield


class TestAnyList:
    """Against a list made in memory, by rules that are written down here a second time."""

    NAMES = [None, None, "Ada", "ada Byron", "Bob", "Émile Zola", "Zoë Ada"]
    WORDS = ["ad", "ada", "byr", "zo", "emi zo", "b"]

    @staticmethod
    def person(key: str) -> st.SearchStrategy[Person]:
        return st.builds(
            Person,
            key=st.just(key),
            name=st.sampled_from(TestAnyList.NAMES),
            email=st.sampled_from([None, None, "zz@example.org", "byron.k@example.org"]),
            cents=st.integers(1, 4).map(lambda units: units * 100),
            orders=st.integers(0, 2),
            last=st.integers(0, 3).map(days_ago),
            segment=st.sampled_from([Segment.NEW, Segment.LOYAL]),
            custom=st.sampled_from([(), (KEEN,), (DORMANT, KEEN)]),
        )

    keys = st.integers(0, 11).map(lambda number: f"k{number:02}")
    people = st.dictionaries(keys, st.just(None), max_size=12).flatmap(
        lambda chosen: st.fixed_dictionaries({key: TestAnyList.person(key) for key in chosen})
    )
    queries = st.fixed_dictionaries(
        {"sort": st.sampled_from(SORTS), "order": st.sampled_from(["asc", "desc"])},
        optional={
            "segment": st.sampled_from(["new", "loyal", KEEN, DORMANT]),
            "search": st.sampled_from(WORDS[:-1]),
            "minTotalSpent": st.sampled_from(["2", "2.01"]),
            "maxTotalSpent": st.sampled_from(["3", "2.99", "4"]),
            "lastOrderFrom": st.sampled_from(["2026-11-21", "2026-11-22"]),
            "lastOrderTo": st.sampled_from(["2026-11-22", "2026-11-23"]),
        },
    )

    @staticmethod
    def wanted(person: Person, query: Mapping[str, str]) -> bool:
        plain = (person.name or "").lower().replace("é", "e").replace("ë", "e")
        words = [*plain.split(), person.email or "", *(person.email or "").split("@")[0].split(".")]
        day = f"{person.last:%Y-%m-%d}"
        segment = query.get("segment", "")
        return (
            person.orders > 0
            and (segment in ("", person.segment.value) or segment in person.custom)
            and all(
                any(word.startswith(begun) for word in words)
                for begun in query.get("search", "").split()
            )
            and float(query.get("minTotalSpent", 0)) * 100 <= person.cents
            and person.cents <= float(query.get("maxTotalSpent", 99)) * 100
            and query.get("lastOrderFrom", "") <= day <= query.get("lastOrderTo", "9999")
        )

    @staticmethod
    def in_order(people: list[Person], query: Mapping[str, str]) -> list[str]:
        def name(person: Person) -> str:
            plain = (person.name or "").lower().replace("é", "e").replace("ë", "e")
            return plain or person.email or ""

        value: dict[str, Any] = {
            "lastOrderDate": lambda person: person.last,
            "totalSpent": lambda person: person.cents,
            "orderCount": lambda person: person.orders,
            "avgOrderValue": lambda person: (
                (2 * person.cents + person.orders) // (2 * person.orders)
            ),
            "displayName": name,
        }
        by = value[query["sort"]]
        ordered = sorted(
            people, key=lambda each: (by(each), each.key), reverse=query["order"] == "desc"
        )
        if query["sort"] == "displayName":
            ordered.sort(key=lambda person: name(person) == "")
        return [person.key for person in ordered]

    @given(
        people=people,
        query=queries,
        size=st.integers(1, 5),
        most=st.integers(6, 9) | st.just(MAX_PAGE_READS),
        changes=st.lists(people, max_size=3),
    )
    @settings(
        max_examples=examples(60),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    def test_whoever_stays_as_they_are_is_on_exactly_one_page(
        self,
        dashboard: Dashboard,
        firestore_client: firestore.Client,
        people: dict[str, Person],
        query: dict[str, str],
        size: int,
        most: int,
        changes: list[dict[str, Person]],
    ) -> None:
        org = f"org_{next(numbers)}"
        define(firestore_client, (KEEN, DORMANT), org=org)
        put(firestore_client, people.values(), org=org)
        changed = {key for change in changes for key in change}
        later = iter(changes)
        actual: list[str] = []
        token = None
        with reads_at_most(most):
            while True:
                asked = {**query, "pageSize": size, **({"pageToken": token} if token else {})}
                with metered(firestore_client) as meter:
                    answer = dashboard.get(PATH, asked, orgId=org)
                page = [customer["id"] for customer in answer["customers"]]
                assert len(set(page)) == len(page) <= size
                # Queries that find nothing cost one; there is one more where names are missing.
                assert meter.documents_read <= most + 2 + 2 * SETTINGS
                actual += page
                token = answer["nextPageToken"]
                if token is None:
                    break
                put(firestore_client, next(later, {}).values(), org=org)

        settled = [person for key, person in people.items() if key not in changed]
        expected = [person for person in settled if self.wanted(person, query)]
        counts = Counter(actual)
        assert {person.key: counts[person.key] for person in settled} == {
            person.key: int(person in expected) for person in settled
        }
        assert [key for key in actual if key not in changed] == self.in_order(expected, query)
        if not changed:
            exported = dashboard.call(PATH, {**query, "format": "csv"}, orgId=org).text
            lines = exported.splitlines()[1:]
            assert [line.partition(",")[0] for line in lines] == actual


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("query", [{}, {"segment": KEEN}, {"minTotalSpent": "10.01"}], ids=str)
def test_those_without_a_name_are_on_pages_too_behind_all_others(
    dashboard: Dashboard, firestore_client: firestore.Client, order: str, query: dict[str, str]
) -> None:
    names = ["Ada", None, "Bob", None, "Cleo", None, "dan", None]
    put(
        firestore_client,
        [
            Person(key=f"k{number}", name=name, cents=1000 + number // 2, custom=(KEEN,))
            for number, name in enumerate(names)
        ],
    )
    named, nameless = ["k0", "k2", "k4", "k6"], ["k1", "k3", "k5", "k7"]
    if "minTotalSpent" in query:
        del named[0], nameless[0]
    if order == "desc":
        named.reverse()
        nameless.reverse()

    with reads_at_most(6):
        for size in range(1, 6):
            actual: list[str] = []
            token = None
            while True:
                asked = {**query, "sort": "displayName", "order": order, "pageSize": size}
                answer = dashboard.get(PATH, asked | ({"pageToken": token} if token else {}))
                actual += [customer["id"] for customer in answer["customers"]]
                token = answer["nextPageToken"]
                if token is None:
                    break
            assert actual == named + nameless, size


def cost(
    dashboard: Dashboard, client: firestore.Client, query: dict[str, Any]
) -> tuple[Meter, Any]:
    """Return the cost of a page without the settings, and the page."""
    with metered(client) as meter:
        answer = dashboard.get(PATH, query)
    if "lastOrderFrom" in query or query.get("segment") == KEEN:
        meter.documents_read -= SETTINGS
        meter.calls["batch_get_documents"] -= 1
    return meter, answer


class TestReads:
    """A page's cost is bounded, and where the query says it all, it is what the page shows."""

    @pytest.fixture
    def crowd(self, firestore_client: firestore.Client) -> None:
        put(
            firestore_client,
            [
                Person(
                    key=f"k{number:04}",
                    name=f"Ada Number{number:04}",
                    cents=1000 + number,
                    last=NOW - timedelta(hours=number),
                    segment=Segment.LOYAL if number % 2 else Segment.NEW,
                    custom=(KEEN,) if number % 3 == 0 else (),
                )
                for number in range(1_200)
            ],
        )

    def test_what_the_query_says_costs_what_the_page_shows(
        self, dashboard: Dashboard, firestore_client: firestore.Client, crowd: None
    ) -> None:
        for query in (
            {},
            {"sort": "displayName", "order": "asc"},
            {"sort": "displayName"},
            {"segment": "new", "sort": "avgOrderValue"},
            {"segment": KEEN, "sort": "orderCount"},
            {"search": "ada", "sort": "displayName", "order": "asc"},
            {"search": "number00"},
            {"segment": "new", "lastOrderFrom": "2026-11-01", "lastOrderTo": "2026-11-20"},
            {"sort": "totalSpent", "minTotalSpent": "10.50", "maxTotalSpent": "20"},
        ):
            meter, answer = cost(dashboard, firestore_client, {**query, "pageSize": 20})
            assert (len(answer["customers"]), meter.documents_read) == (20, 21), query
            assert sum(meter.calls.values()) == 1, query
            assert answer["nextPageToken"] is not None

    def test_what_is_looked_at_afterwards_costs_a_thousand_at_most(
        self, dashboard: Dashboard, firestore_client: firestore.Client, crowd: None
    ) -> None:
        nobody = {"maxTotalSpent": "1"}
        meter, answer = cost(dashboard, firestore_client, nobody)
        assert meter.documents_read == MAX_PAGE_READS == 1_000
        assert sum(meter.calls.values()) == 3
        assert answer["customers"] == []

        meter, answer = cost(
            dashboard, firestore_client, {**nobody, "pageToken": answer["nextPageToken"]}
        )
        assert meter.documents_read == 200
        assert (answer["customers"], answer["nextPageToken"]) == ([], None)

        # Half of them, a third, one in six.
        for query, most in (
            ({"search": "ada", "segment": "new"}, 51 + 51 * 8),
            ({"search": "ada", "segment": KEEN}, 51 + 51 * 8),
            ({"search": "ada", "segment": KEEN, "minTotalSpent": "10"}, 51 + 51 * 8),
        ):
            meter, answer = cost(dashboard, firestore_client, query)
            assert len(answer["customers"]) == 50
            assert meter.documents_read <= most

        meter, answer = cost(dashboard, firestore_client, {"search": "number0007"})
        assert [customer["id"] for customer in answer["customers"]] == ["k0007"]
        # `number00` and what comes after it is a hundred documents.
        assert meter.documents_read == 100

    def test_the_last_by_name_are_looked_for_once_the_others_are_over(
        self, dashboard: Dashboard, firestore_client: firestore.Client
    ) -> None:
        put(firestore_client, [Person(key="a", name="Ada"), Person(key="b"), Person(key="c")])
        query = {"sort": "displayName", "order": "asc"}

        whole, answer = cost(dashboard, firestore_client, query)
        first, _ = cost(dashboard, firestore_client, {**query, "pageSize": 1})

        assert [customer["id"] for customer in answer["customers"]] == ["a", "b", "c"]
        assert (whole.documents_read, first.documents_read) == (3, 2)

    def test_a_list_loads_what_it_shows_and_nothing_else(
        self, dashboard: Dashboard, firestore_client: firestore.Client
    ) -> None:
        put(firestore_client, [Person(key="a", name="Ada")])
        for query in ({}, {"search": "ada"}, {"format": "csv"}):
            with metered(firestore_client) as meter:
                dashboard.call(PATH, query).close()
            for recorded in meter.queries:
                fields = {field.field_path for field in recorded.query.select.fields}
                assert {"contact.display_name", "order_count"} <= fields
                assert not {"history", "category_spend", "contact", "contact.search"} & fields
