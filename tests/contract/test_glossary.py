"""Each term of the glossary has one line, and the name in the code that defines it."""

from pkgutil import resolve_name

import pytest

from tests.contract.documents import CODE, GLOSSARY, rows, text

TERMS = {term: (meaning, code) for term, meaning, code in rows(text(GLOSSARY))}


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_defined_by_a_name_in_the_code(term: str) -> None:
    meaning, code = TERMS[term]
    (name,) = CODE.findall(code)

    resolve_name(name)
    assert meaning.endswith(".")


def test_terms_are_in_order_and_defined_once() -> None:
    terms = [term for term, *_ in rows(text(GLOSSARY))]

    assert terms == sorted({*terms}, key=str.casefold)
