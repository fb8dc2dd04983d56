"""Routes that write, for tests of what all such routes share: notes, kept in memory."""

from http import HTTPStatus
from typing import Annotated, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel, ConfigDict, Field

from shared.kernel.errors import (
    IdempotencyKeyError,
    InvalidBodyError,
    NotFoundError,
    RequestConflictError,
)
from shared.web.answers import (
    SIGNED_IN,
    WITH_BODY,
    WITH_MATCH,
    answer,
    created,
    no_content,
    signed_in_responses,
)
from shared.web.context import organization, require_editor
from shared.web.models import ApiModel
from shared.web.parameters import OrganizationQuery
from shared.web.preconditions import MatchHeader, require_match


class TextRule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    field: Literal["text"]
    equals: str


class NumberRule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    field: Literal["number"]
    at_least: int = Field(alias="atLeast", ge=0)


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=20)
    amount: float = 0
    rules: list[Annotated[TextRule | NumberRule, Field(discriminator="field")]] = []
    other: dict[str, object] = {}


class StoredNote(ApiModel):
    title: str
    version: int
    changed_by: str


class NotePath(BaseModel):
    note_id: str = Field(alias="noteId")


def register_notes(app: OpenAPI) -> None:
    """Add the routes to an app that has not answered yet."""
    routes = APIBlueprint(
        "notes",
        __name__,
        url_prefix="/v1",
        abp_tags=[Tag(name="Notes")],
        abp_security=SIGNED_IN,
    )
    notes: dict[tuple[str, str], StoredNote] = {}

    def stored(note_id: str) -> StoredNote:
        actual = notes.get((organization().id, note_id))
        if actual is None:
            raise NotFoundError("There is no such note.")
        return actual

    @routes.post(
        "/notes",
        responses=signed_in_responses(
            StoredNote,
            HTTPStatus.CONFLICT,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            *WITH_BODY,
            success=HTTPStatus.CREATED,
        ),
    )
    def create(query: OrganizationQuery, body: Note) -> Response:
        """Create."""
        key = (organization().id, "n:1")
        if body.title == "bad":
            raise InvalidBodyError("must not be bad", pointer="/title")
        if body.title == "unprocessable":
            raise IdempotencyKeyError("It cannot be done.")
        if key in notes:
            raise RequestConflictError("There is one already.")
        notes[key] = StoredNote(title=body.title, version=1, changed_by=require_editor())
        return created(notes[key], "/v1/notes/n:1", etag="1")

    @routes.put("/notes/<noteId>", responses=signed_in_responses(StoredNote, *WITH_MATCH))
    def replace(
        header: MatchHeader, path: NotePath, query: OrganizationQuery, body: Note
    ) -> Response:
        """Replace."""
        uid = require_editor()
        old = stored(path.note_id)
        require_match(str(old.version))
        note = StoredNote(title=body.title, version=old.version + 1, changed_by=uid)
        notes[organization().id, path.note_id] = note
        return answer(note, etag=str(note.version))

    @routes.delete(
        "/notes/<noteId>",
        responses=signed_in_responses(None, *WITH_MATCH, success=HTTPStatus.NO_CONTENT),
    )
    def delete(header: MatchHeader, path: NotePath, query: OrganizationQuery) -> Response:
        """Delete."""
        require_editor()
        require_match(str(stored(path.note_id).version))
        del notes[organization().id, path.note_id]
        return no_content()

    app.register_api(routes)
