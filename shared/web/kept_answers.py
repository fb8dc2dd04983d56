"""Answers that callers keep: an ETag on each, and 304 while the answer is still right.

Context: a dashboard asks for the same pages over and over, and most of the time nothing has
changed. Whether it has must be known without making the page, in two document reads at most.

Decision: an ETag names everything that the content of a page depends on.

* The organisation, the page and the version of the product: in `scope`, a hash.
* The organisation's number of changes, and that of its sessions on pages that show the funnel (see
  `shared.firestore.changes`). Both are read before the content, so the content can only be newer
  than its ETag says. An order that comes in between costs one more 200, and no 304 hides it.
* The instant since which segments are behind time, where they are. It comes by itself, without a
  commit, so it is looked up in every call.
* The instant at which the page is another one by time alone: the end of the local day for a page
  that is about days, and earlier where nightly numbers grow stale. It is kept in the ETag, so
  telling whether it has come takes no settings and no numbers.
* The settings: a hash. A 200 is made with settings read anew; with those that an instance has kept
  in memory, it could put an old setting under the newest number of changes, where no later call
  would find it out. A 304 reads no settings: a change of settings is followed by `touch`, which
  makes the number grow. Between the two, for as long as the trigger takes, a 304 is one for the
  settings of before.

The ETags are weak, since answers that say the same differ in `asOf`. They are not signed: a forged
one gets its author a 304 to something that the author does not have, and tells nothing.

Consequences: `asOf` of a kept answer is when it was made. With a 304 it is right for now as well.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Response, request
from pydantic import BaseModel

from shared.kernel.version import VERSION
from shared.organizations.settings import OrganizationSettings
from shared.web.answers import answer, not_modified
from shared.web.context import Organization

_FORM = re.compile(r"([0-9a-f]{16})\.(\d{1,19})\.(\d{1,17})\.(\d{1,12})\.[0-9a-f]{8}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """What a page depends on, the settings left out."""

    name: str
    """Name of the page."""
    organization: Organization
    changes: int
    """The number of changes of whatever the page shows, read before any of it."""
    behind_since: datetime | None = None
    """Since when what the page shows is behind time; None where it is not."""
    until: Callable[[OrganizationSettings], datetime] | None = None
    """When the page is another one by time alone, asked where it is made anew; None for never."""

    def kept(self) -> str | None:
        """An ETag that the caller has kept and that is still right; None where there is none."""
        named = request.if_none_match.as_set(include_weak=True)
        # An empty ETag is None there.
        return next((etag for etag in named if etag and self._holds(etag)), None)

    def etag(self, settings: OrganizationSettings) -> str:
        """The ETag of the page made with these settings."""
        until = 0
        if self.until is not None:
            until = (self.until(settings) - _EPOCH) // timedelta(seconds=1)
        parts = (self._scope(), self.changes, self._behind_microseconds(), until)
        return ".".join(map(str, parts)) + "." + _settings_hash(settings)

    def _holds(self, etag: str) -> bool:
        """Whether an answer with this ETag is still right."""
        found = _FORM.fullmatch(etag)
        if found is None:
            return False
        scope, changes, behind, until = found.groups()
        if (scope, int(changes), int(behind)) != (
            self._scope(),
            self.changes,
            self._behind_microseconds(),
        ):
            return False
        seconds = (self.organization.as_of - _EPOCH) / timedelta(seconds=1)
        return self.until is None or seconds < int(until)

    def _scope(self) -> str:
        return _hash([VERSION, self.name, self.organization.id], digits=16)

    def _behind_microseconds(self) -> int:
        since = self.behind_since
        return 0 if since is None else (since - _EPOCH) // timedelta(microseconds=1)


def answer_unless_kept(
    state: PageState, page: Callable[[OrganizationSettings], BaseModel]
) -> Response:
    """304 where the caller has the page already, else 200 with the page, made anew.

    `If-None-Match: *`, which names every page that there is, costs more reads: the settings, and
    what decides how long the page holds, are in the ETag that it has to be told.
    """
    kept = state.kept()
    if kept is not None:
        return not_modified(kept)
    settings = state.organization.fresh_settings()
    etag = state.etag(settings)
    if request.if_none_match.star_tag:
        return not_modified(etag)
    return answer(page(settings), etag=etag, weak=True)


def _settings_hash(settings: OrganizationSettings) -> str:
    problems = [[problem.field, problem.detail] for problem in settings.problems]
    rules = settings.rules
    parts = [rules.revision, rules.thresholds_version, settings.time_zone.key, *problems]
    return _hash(parts, digits=8)


def _hash(parts: list[object], *, digits: int) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:digits]
