"""Profiles combined from the dashboard's documents of one person."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.contacts.crm_profile import CRM_FIELDS, CrmDocument, crm_profile
from shared.segments.crm_profile import LoyaltyTier

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def document(id: str, *, days_ago: int = 0, **data: object) -> CrmDocument:
    return CrmDocument(id=id, data=data, updated_at=NOW - timedelta(days=days_ago))


def test_of_several_documents_the_one_written_last_counts() -> None:
    profile = crm_profile(
        [
            document("old", days_ago=9, firstName="Adelaide", lastName="Byron", points=5),
            document("new", firstName=" Ada ", customTags=["Edibles", "vip"]),
            document("mid", days_ago=5, points=70.0, customTags=["VIP", "events"]),
        ]
    )

    assert profile.ids == ("mid", "new", "old")
    assert (profile.first_name, profile.last_name, profile.points) == ("Ada", "Byron", 70)
    assert profile.tags == ("Edibles", "events", "vip")


def test_an_archived_document_counts_where_no_other_says_anything() -> None:
    profile = crm_profile(
        [
            document("archived", archived=True, firstName="Old", source="import"),
            document("kept", days_ago=9, firstName="Ada"),
        ]
    )

    assert (profile.first_name, profile.source) == ("Ada", "import")


def test_tiers_count_in_any_case() -> None:
    assert crm_profile([document("a", tier="Gold")]).tier is LoyaltyTier.GOLD
    assert crm_profile([document("a", tier="whale")]).tier is None


def test_points_of_either_name_count_and_the_earliest_creation() -> None:
    profile = crm_profile(
        [
            document("a", loyaltyPoints=12, createdAt="2026-03-01T00:00:00Z"),
            document("b", createdAt=datetime(2025, 1, 1, tzinfo=UTC)),
        ]
    )

    assert profile.points == 12
    assert profile.created_at == datetime(2025, 1, 1, tzinfo=UTC)


def test_nothing_known_is_none_and_no_loyalty() -> None:
    profile = crm_profile([])

    assert (profile.first_name, profile.points, profile.has_loyalty) == (None, None, False)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@given(st.lists(st.dictionaries(st.sampled_from(CRM_FIELDS), anything), max_size=3))
def test_no_shape_of_a_document_raises(said: list[dict[str, object]]) -> None:
    profile = crm_profile(
        [CrmDocument(id=str(n), data=data, updated_at=NOW) for n, data in enumerate(said)]
    )

    assert profile.points is None or profile.points >= 0
    assert len(profile.tags) == len({tag.casefold() for tag in profile.tags})
