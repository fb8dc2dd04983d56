"""Placeholders that an organisation adds to the standard list, as they are stored."""

from shared.orders.nobody import STANDARD, Placeholders
from shared.orders.text import id_text
from shared.segments.thresholds import SettingProblem

FIELD = "placeholders"
MAX_PLACEHOLDERS = 1_000
MAX_LENGTH = 320
"""Of one placeholder; the longest e-mail address has as many characters."""


def read_placeholders(stored: object) -> tuple[Placeholders, list[SettingProblem]]:
    """Return the standard list with the stored ones added, and the problems found.

    A value that is no list, or too long a list, adds nothing; of a list, the entries that can be
    used are in force. An entry is an id, a name, an e-mail address, a phone number, or `@` and a
    domain.
    """
    if stored is None:
        return STANDARD, []
    if not isinstance(stored, list) or len(stored) > MAX_PLACEHOLDERS:
        detail = f"must be a list of at most {MAX_PLACEHOLDERS} texts and whole numbers"
        return STANDARD, [SettingProblem(field=FIELD, detail=detail)]
    usable, problems = [], []
    for index, entry in enumerate(stored):
        text = id_text(entry)
        if text is None or len(text) > MAX_LENGTH:
            detail = f"must be a text of 1 to {MAX_LENGTH} characters, or a whole number"
            problems.append(SettingProblem(field=f"{FIELD}[{index}]", detail=detail))
        else:
            usable.append(text)
    return Placeholders.with_own(usable), problems
