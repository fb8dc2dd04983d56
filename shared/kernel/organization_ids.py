"""Organisation ids: they name documents, so not every string can be one."""

from shared.kernel.document_ids import is_document_id


def valid_organization_id(value: str) -> bool:
    """Whether documents can be kept under an organisation of this id.

    Not blank, at most 128 characters, no `/`, not `.` or `..`, not of the form `__x__`, and
    without control characters and surrogates.
    """
    return is_document_id(value)
