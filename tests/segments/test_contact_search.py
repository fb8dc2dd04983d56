"""Search: words that find customers, and the stored prefixes."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.orders.fact import Contact
from shared.segments.contact_search import (
    MAX_SORT_NAME_LENGTH,
    MOST_ADDRESS_WORDS,
    MOST_NAME_WORDS,
    PREFIX_LENGTHS,
    folded,
    search_for,
    search_prefixes,
    searchable_words,
    sort_name,
)

ZOE = Contact(
    display_name="Zoë O’Brien-Straße", email="z.straße+shop@example.org", phone="+1 (555) 010-0123"
)
SCRIPTS = "aAzZéÉßİıŁłǆŒ'’ ­-_.@+019٣कि王김ﷺ\u0301\u0345\u2028"
texts = st.text(max_size=40) | st.text(alphabet=SCRIPTS, max_size=40)
contacts = st.builds(
    Contact,
    display_name=st.none() | texts | st.text(max_size=200),
    email=st.none() | st.builds("{}@{}".format, texts, texts),
    phone=st.none() | st.text(alphabet="0123456789 +()-", max_size=40),
)


def found(text: str, contact: Contact = ZOE) -> bool:
    return search_for(text).matches(contact)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "zoe",
            "ZOË",
            "Zoe\u0308",
            "ＺＯＥ",
            "zo",
            "o'brien",
            "OBRIEN",
            "o’b",
            "strasse",
            "STRASSE",
        ),
        *("zoe obrien", "strasse zoe", "obrien-str", "zo ob st", "zoe o"),
        *("z.strasse+shop@example.org", "Z.Straße+s", "z.straße+shop@ex", "shop", "zoe shop"),
        *("5550100123", "555 010", "(555) 010-01", "+1 555 010 0123", "15550", "0123", "01"),
        *("zoe 555", "  zoe  ", "zoe,"),
    ],
)
def test_a_customer_is_found_by_beginnings_of_words(text: str) -> None:
    assert found(text)


@pytest.mark.parametrize(
    "text",
    [
        *("oe", "brien", "rien", "example", "org", "@example", "zoe@", "zoe x", "zoezoe"),
        *("550100123", "010012", "123", "25550100123", "0100123", "zoe 556"),
    ],
)
def test_and_by_nothing_else(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize(
    ("phone", "text"),
    [
        ("5550100123", "+1 555-010-0123"),
        ("+44 7911 123456", "447911"),
        ("+44 7911 123456", "7911 123 456"),
        ("13812345678", "13812345678"),
        ("13812345678", "138123456"),
        ("00 44 7911 123456", "7911"),
        ("555-0123", "5550"),
    ],
)
def test_a_phone_number_is_found_with_and_without_its_country(phone: str, text: str) -> None:
    assert found(text, Contact(phone=phone))


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("Łukasz Wójcik", ["lukasz", "ŁUKASZ", "łuk", "wojcik"]),
        ("Søren Kierkegård", ["soren", "SØREN", "kierkegard"]),
        ("Ægir Þórsson", ["aegir", "ægir", "thorsson"]),
        ("Đorđe Đoković", ["dorde", "đorđe", "dokovic"]),
        ("Œdipe Iğdır", ["oedipe", "igdir", "IĞDIR"]),
        ("Lu\u0142\u200bkasz", ["lulkasz", "lu\u00adłkasz"]),
        ("Иван Щукин", ["ivan", "иван", "shchukin"]),
        ("王小明", ["王小", "王小明"]),
    ],
)
def test_a_name_is_found_by_letters_that_every_keyboard_has(name: str, texts: list[str]) -> None:
    assert all(found(text, Contact(display_name=name)) for text in texts)


def test_a_name_in_another_script_is_not_found_by_how_it_sounds() -> None:
    assert not found("wang", Contact(display_name="王小明"))


@pytest.mark.parametrize("text", ["5550100123", "5550100123 x12", "(555) 010-0123 ext. 5"])
def test_a_phone_number_is_found_with_and_without_its_extension(text: str) -> None:
    contact = Contact(phone="555-010-0123 x12")
    assert found(text, contact)
    assert not found("012312", contact)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *(
            (text, "word")
            for text in ("", " ", "a", "a b c", "!?", "'", "\u0301", "+", "()", "1", "@")
        ),
        *((text, "at most") for text in ("a" * 65, "ab " * 22, "a@" + "b" * 63, "1" * 65, "ﷺ" * 4)),
    ],
)
def test_what_is_no_search_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        search_for(text)
    search_for("a" * 64)  # The longest text that is one.


@given(text=texts)
def test_any_text_is_a_search_or_is_refused(text: str) -> None:
    try:
        search = search_for(text)
    except ValueError:
        return
    assert len(search.prefix) in PREFIX_LENGTHS
    assert len(" ".join(search.words)) <= 64


@given(text=texts)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(contact=contacts, data=st.data())
def test_whoever_a_search_matches_has_its_prefix_stored(
    contact: Contact, data: st.DataObject
) -> None:
    """Otherwise the database would leave out some that are looked for."""
    words = sorted(set(searchable_words(contact)))
    assume(words)
    picked = data.draw(st.lists(st.sampled_from(words), min_size=1, max_size=3))
    begun = [word[: data.draw(st.integers(1, 12))] for word in picked]
    try:
        search = search_for(" ".join(begun))
    except ValueError:
        return
    if search.matches(contact):
        assert search.prefix in search_prefixes(contact)


@given(contact=contacts, length=st.integers(2, 64), data=st.data())
def test_every_word_of_a_name_finds_its_customer(
    contact: Contact, length: int, data: st.DataObject
) -> None:
    contact = Contact(display_name=f"Ada {contact.display_name or ''}")
    begun = [
        word[:length]
        for word in searchable_words(contact)
        if len(word) >= PREFIX_LENGTHS[0] and not word[:length].isdigit()
    ]
    assert found(data.draw(st.sampled_from(begun)), contact)


@given(contact=contacts)
def test_what_is_stored_is_bounded_and_comes_in_one_order(contact: Contact) -> None:
    prefixes = search_prefixes(contact)

    most_words = MOST_NAME_WORDS + 1 + MOST_ADDRESS_WORDS + 4
    assert len(prefixes) <= most_words * len(PREFIX_LENGTHS)
    assert all(len(prefix) in PREFIX_LENGTHS for prefix in prefixes)
    assert prefixes == sorted(set(prefixes))
    assert len(sort_name(contact)) <= MAX_SORT_NAME_LENGTH


def test_a_name_of_many_words_is_found_by_the_first_of_them() -> None:
    contact = Contact(display_name=" ".join(f"word{number}" for number in range(20)))

    assert found("word7", contact)
    assert not found("word8", contact)


def test_nobody_in_particular_is_found_by_nothing() -> None:
    assert search_prefixes(Contact()) == []
    assert not found("ab", Contact())


@pytest.mark.parametrize(
    ("contact", "name"),
    [
        (ZOE, "zoe obrien strasse"),
        (Contact(display_name=" -?- ", email="Ada@Example.org", phone="1"), "ada@example.org"),
        (Contact(phone="+1 (555) 010-0123"), "15550100123"),
        (Contact(), ""),
        (Contact(display_name="Ａda\tLOVELACE"), "ada lovelace"),
    ],
)
def test_customers_are_sorted_by_name_else_by_how_they_are_reached(
    contact: Contact, name: str
) -> None:
    assert sort_name(contact) == name
