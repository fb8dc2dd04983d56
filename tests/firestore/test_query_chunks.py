"""Long results of a query are as of one instant, the one that the first answer was complete at."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.firestore.query_chunks import in_chunks

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """A snapshot: Firestore may read the documents of one answer one after another."""

    id: int
    read_time: datetime


@dataclass
class Query:
    """A query for the numbers below 6, which notes at what instants it is asked."""

    asked: list[datetime | None] = field(default_factory=list)
    first: int = 0
    most: int = 0

    def limit(self, most: int) -> "Query":
        return Query(self.asked, self.first, most)

    def start_after(self, found: Found) -> "Query":
        return Query(self.asked, found.id + 1, self.most)

    def stream(self, *, read_time: datetime | None, **limits: Any) -> list[Found]:
        self.asked.append(read_time)
        numbers = range(self.first, min(6, self.first + self.most))
        return [Found(n, read_time or START + timedelta(seconds=n)) for n in numbers]


def test_later_chunks_are_read_at_the_latest_instant_of_the_first_one() -> None:
    query: Any = Query()

    actual: list[Any] = list(in_chunks(query, None, 3))

    assert [each.id for each in actual] == [0, 1, 2, 3, 4, 5]
    latest = START + timedelta(seconds=2)
    assert query.asked == [None, latest, latest]
