"""Texts with slots: `[[churned_30d:phrase]]` stands for a fact in one of its forms. Pure."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from shared.insights import rendering
from shared.insights.rendering import Style
from shared.kernel.facts import Fact, Name, Subject

SLOT = re.compile(r"\[\[([a-z][a-z0-9_]*):([a-z_]+)\]\]", re.ASCII)


class Form(StrEnum):
    """Form in which a slot renders its fact; the examples are of one fact."""

    PHRASE = "phrase"
    """`87 customers who became Churned in the last 30 days`"""
    ABOUT = "about"
    """`about 90 customers who became Churned in the last 30 days`"""
    CHANGE = "change"
    """`up 12% on the 30 days before`; behind another slot of the fact in the same sentence."""
    SHARE = "share"
    """`31% of customers who are not Churned`; behind another slot of the fact."""
    SHARE_ABOUT = "share_about"
    """`about a third of customers who are not Churned`; behind another slot of the fact."""
    AS_OF = "as_of"
    """`as of 27 November 2026`"""
    NAME = "name"
    """`“Blue Dream”`, the only form of a name."""


ANCHORED = frozenset({Form.CHANGE, Form.SHARE, Form.SHARE_ABOUT})
"""Forms that say nothing without the fact itself in front of them."""


def forms(subject: Subject) -> tuple[Form, ...]:
    """The forms that a fact has."""
    if isinstance(subject, Name):
        return (Form.NAME,)
    result = [Form.PHRASE, Form.ABOUT]
    if subject.comparison is not None:
        result.append(Form.CHANGE)
    if subject.share is not None:
        result += [Form.SHARE, Form.SHARE_ABOUT]
    if subject.origin is not None:
        result.append(Form.AS_OF)
    return tuple(result)


def rendered(subject: Subject, form: Form, style: Style, escape: Callable[[str], str] = str) -> str:
    """A fact in a form that it has; raises ValueError for another one."""
    if form not in forms(subject):
        raise ValueError(f"{subject.id} has no form {form}")
    if isinstance(subject, Name):
        return rendering.name(subject, escape)
    return _OF_FACTS[form](subject, style)


def render(
    text: str,
    subjects: Mapping[str, Subject],
    style: Style,
    *,
    escape: Callable[[str], str] = str,
) -> str:
    """The text with every slot filled in; the first letter of a sentence becomes a capital.

    `escape` is applied to what the shop wrote: names. What they hold is never taken for a slot.
    Raises KeyError for an unknown fact and ValueError for a form that it does not have.
    """
    parts = []
    end = 0
    for slot in SLOT.finditer(text):
        before = text[end : slot.start()]
        subject = subjects[slot[1]]
        words = rendered(subject, Form(slot[2]), style, escape)
        if isinstance(subject, Fact) and _begins_sentence(text[: slot.start()]):
            words = words[:1].upper() + words[1:]
        parts += [before, words]
        end = slot.end()
    return "".join([*parts, text[end:]])


def slots_in(text: str) -> tuple[str, ...]:
    """The facts of the slots in their order."""
    return tuple(slot[1] for slot in SLOT.finditer(text))


def _begins_sentence(before: str) -> bool:
    words = before.rstrip(" \"'“‘(")
    return not words or words[-1] in ".!?"


_OF_FACTS: Mapping[Form, Callable[[Fact, Style], str]] = {
    Form.PHRASE: rendering.phrase,
    Form.ABOUT: rendering.about,
    Form.CHANGE: lambda fact, style: rendering.change(fact),
    Form.SHARE: lambda fact, style: rendering.share(fact),
    Form.SHARE_ABOUT: lambda fact, style: rendering.share_about(fact),
    Form.AS_OF: rendering.as_of,
}
