"""Placeholders: the one list of values that writers use where they have none.

It holds for customers, products, campaigns, coupons and the sessions of the funnel alike. A field
that names nothing is passed over, so that the next one decides.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from shared.kernel.compared_text import lowered
from shared.orders.phone import phone_digits
from shared.orders.text import id_text

_WORDS = frozenset(
    # Scripts and databases without a value.
    {"null", "(null)", "nil", "none", "undefined", "nan", "n/a", "true", "false"}
    | {"0", "-1", "[object object]", "''", '""', "\\n"}
    # Cells of a spreadsheet that could not be computed.
    | {"#n/a", "#null!", "#ref!", "#value!", "#name?", "#num!", "#div/0!"}
    # Shops and tills that do not know who it is.
    | {"guest", "anonymous", "unknown", "alleaves_customer", "checkout_customer"}
)
_DOMAINS = frozenset({"alleaves.local", "unknown.local"})
# Nobody can have an address there (RFC 2606, RFC 6761).
_RESERVED_DOMAIN = re.compile(r"(?:.+\.)?(?:invalid|localhost)\.?")
_ZEROS = re.compile(r"[{(]?0[0-]*[)}]?")  # A UUID of zeros is one of them.


@dataclass(frozen=True, slots=True)
class Placeholders:
    """The list, with an organisation's additions."""

    own: frozenset[str] = frozenset()
    """In lower case: ids, names, addresses, `@` and a domain, and the digits of phone numbers."""

    @classmethod
    def with_own(cls, values: Iterable[object]) -> "Placeholders":
        """The list with these ids, addresses, domains (`@…`) and phone numbers added."""
        texts = {text for value in values if (text := id_text(value)) is not None}
        phones = {digits for text in texts if (digits := phone_digits(text)) is not None}
        return cls(frozenset(phones.union(map(lowered, texts))))

    def __contains__(self, text: str) -> bool:
        """Whether an id, a name, an address or the digits of a phone number name nobody."""
        word = lowered(text)
        if word.startswith(("0", "-", "+")):
            word = id_text(word) or word
        if word in _WORDS or word in self.own or _ZEROS.fullmatch(word):
            return True
        _, at, domain = word.rpartition("@")
        return bool(at) and (
            domain in _DOMAINS
            or domain in _WORDS
            or f"@{domain}" in self.own
            or _RESERVED_DOMAIN.fullmatch(domain) is not None
        )

    def real_id(self, value: object) -> str | None:
        """Return the id of an account, a product, a campaign or a session; None for a
        placeholder."""
        text = id_text(value)
        return None if text is None or text in self else text


STANDARD = Placeholders()
"""The list as it is for an organisation that adds nothing."""
