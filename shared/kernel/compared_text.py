"""Text for comparison: strings that look equal are equal."""

import re
import unicodedata

_SURROGATES = re.compile(r"[\ud800-\udfff]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def compared(text: str) -> str:
    """Return the text in Unicode normalisation form C, on one line and without invisible
    characters.

    Format characters and surrogates are removed; control characters and runs of white space become
    one space each, and none at the ends. Applied twice it changes nothing more.

    >>> compared(" Cafe\\u0301\\u200b\\tNoir\\ufeff ")
    'Café Noir'
    """
    if not (text.isascii() and text.isprintable()):
        text = _CONTROLS.sub(" ", unformatted(_SURROGATES.sub("", text)))
    return " ".join(text.split())


def unformatted(text: str) -> str:
    """The text in normalisation form C, without format characters.

    These are category Cf: zero-width spaces and joiners, byte order marks, soft hyphens, marks of
    direction.
    """
    if text.isascii():
        return text
    visible = "".join(each for each in text if unicodedata.category(each) != "Cf")
    return unicodedata.normalize("NFC", visible)


def lowered(text: str) -> str:
    """Compared text in lower case, which is compared text again.

    Some capitals with a mark are two characters, and one in lower case: `J̌` and `ǰ`.
    """
    lower = compared(text).lower()
    return lower if lower.isascii() else unicodedata.normalize("NFC", lower)
