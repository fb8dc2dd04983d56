"""Customer search by the beginnings of words, regardless of case, accents and script variants.

A customer is found by the words of the name, by the words of the e-mail address before its `@`, by
the whole address, and by the phone number. The searchable words are bounded, so that a document
stays small whatever was typed into an order: see the `MOST_` numbers.

The database answers for one word, and for at most its first 8 characters, from the stored
`search_prefixes`. `Search.matches` decides on the whole text.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

from shared.kernel.compared_text import unformatted
from shared.orders.fact import Contact
from shared.orders.phone import all_digits, phone_digits, without_extension

PREFIX_LENGTHS = (2, 3, 5, 8)
"""Lengths of the stored prefixes. Words of other lengths are found by their first characters, then
compared. Each prefix is an entry in every index that a search may be sorted by."""
MIN_SEARCH_LENGTH = 2
MAX_SEARCH_LENGTH = 64
MOST_NAME_WORDS = 8
MOST_ADDRESS_WORDS = 4
MAX_SORT_NAME_LENGTH = 100

_APOSTROPHES = dict.fromkeys(map(ord, "'`´’‘ʼʹ"))
_ALPHABETS = ("LATIN", "GREEK", "CYRILLIC")
_NUMBER_TYPED = re.compile(r"[0-9+()./\s-]+")
_NATIONAL_DIGITS = 10
_LAST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Search:
    """A search: each word must be the beginning of a word of the customer."""

    words: tuple[str, ...]

    @property
    def prefix(self) -> str:
        """Return the longest word, cut to the length stored as a prefix of every customer it
        matches."""
        word = max(self.words, key=len)
        return word[: max(length for length in PREFIX_LENGTHS if length <= len(word))]

    def matches(self, contact: Contact) -> bool:
        """Whether this customer is looked for."""
        words = tuple(searchable_words(contact))
        return all(any(word.startswith(prefix) for word in words) for prefix in self.words)


def folded(text: str) -> str:
    """Return the text without differences that people ignore in searches: case, accents, forms.

    Letters of the Latin, Greek and Cyrillic alphabets become those that a keyboard without them
    has. Other scripts are searched as written. Apostrophes go too: `O'Brien` is often typed as
    `obrien`.

    >>> folded("Zoë O’BRIEN-Straße, Łukasz Đorđević")
    'zoe obrien-strasse, lukasz dordevic'
    """
    # Each of these steps can bring out something for another of them: twice is enough.
    text = unformatted(text)
    for _ in range(2):
        text = "".join(map(_plain_letter, unicodedata.normalize("NFC", text)))
        text = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
        text = "".join(each for each in text if not unicodedata.combining(each))
    return unicodedata.normalize("NFKD", text).translate(_APOSTROPHES)


@lru_cache(4096)
def _plain_letter(letter: str) -> str:
    """Return the letter in ASCII, if its alphabet is commonly transliterated.

    >>> [_plain_letter(letter) for letter in "łßЖ王"]
    ['l', 'ss', 'Zh', '王']
    """
    alphabet = unicodedata.name(letter, "").partition(" ")[0]
    return (anyascii(letter) or letter) if alphabet in _ALPHABETS else letter


def search_for(text: str) -> Search:
    """Parse a typed text as a search. Raises ValueError, with the reason, if it is none.

    A text of digits and the signs that people write between them is one phone number, blanks or
    not. A word with an `@` is an e-mail address; any other text is taken apart as names are.

    >>> search_for("Ada (Love)").words, search_for("555 010-01").words, search_for("A@b.c").words
    (('ada', 'love'), ('55501001',), ('a@b.c',))
    """
    plain = folded(text)
    number = without_extension(plain)
    words = _digits_typed(number) if _NUMBER_TYPED.fullmatch(number) else tuple(_typed_words(plain))
    length = len(" ".join(words))
    if length > MAX_SEARCH_LENGTH:
        raise ValueError(f"must have at most {MAX_SEARCH_LENGTH} characters")
    if max(map(len, words), default=0) < MIN_SEARCH_LENGTH:
        raise ValueError(f"must contain a word of {MIN_SEARCH_LENGTH} or more letters or digits")
    return Search(words)


def searchable_words(contact: Contact) -> Iterator[str]:
    """The words that a customer is found by; some may come twice."""
    yield from _first(_words(folded(contact.display_name or "")), MOST_NAME_WORDS)
    if contact.email is not None:
        address = folded(contact.email)
        yield address
        yield from _first(_words(address.rpartition("@")[0]), MOST_ADDRESS_WORDS)
    if contact.phone is not None:
        digits = all_digits(contact.phone)
        yield digits
        yield phone_digits(contact.phone) or digits
        yield digits[-_NATIONAL_DIGITS:]
        yield digits[-_LAST_DIGITS:]


def search_prefixes(contact: Contact) -> list[str]:
    """Return every prefix by which a customer can be looked up, sorted; personal data like the
    rest."""
    return sorted(
        {
            word[:length]
            for word in searchable_words(contact)
            for length in PREFIX_LENGTHS
            if length <= len(word)
        }
    )


def sort_name(contact: Contact) -> str:
    """Return the sort key of a customer by name: the name, else the address, else the number.

    Empty without any of them.
    """
    names = (
        " ".join(_words(folded(contact.display_name or ""))),
        folded(contact.email or ""),
        all_digits(contact.phone or ""),
    )
    return next((name for name in names if name), "")[:MAX_SORT_NAME_LENGTH]


def _words(plain: str) -> Iterator[str]:
    """Runs of letters, digits, and the marks that letters of some scripts carry."""
    word = ""
    for each in plain + " ":
        if each.isalnum() or unicodedata.category(each).startswith("M"):
            word += each
        elif word:
            yield word
            word = ""


def _typed_words(plain: str) -> Iterator[str]:
    for part in plain.split():
        if "@" in part:
            yield part
        else:
            yield from _words(part)


def _digits_typed(plain: str) -> tuple[str, ...]:
    digits = all_digits(plain)
    return (phone_digits(digits) or digits,) if digits else ()


def _first(words: Iterable[str], most: int) -> list[str]:
    """The first `most` different words."""
    return list(dict.fromkeys(words))[:most]
