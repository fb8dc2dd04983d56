"""Responses that callers cache: an ETag on each, and 304 while the cached one is current.

Context: a dashboard requests the same pages repeatedly, and most of the time nothing has changed.
Deciding that must not require building the page, and may cost two document reads at most.

Decision: an ETag identifies everything that the content of a page depends on.

* The organisation, the page and the version of the product: in `scope`, a hash.
* The organisation's number of changes, and that of its sessions on pages that show the funnel (see
  `shared.firestore.changes`). Both are read before the content, so the content can only be newer
  than its ETag says. An order that arrives in between costs one more 200, and no 304 hides it.
* The instant since which transitions by time are overdue, if any are. Time passes without a commit,
  so this is looked up in every call.
* The instant at which time alone changes the page: the end of the local day for a page about days,
  or earlier if nightly numbers become stale. It is part of the ETag, so checking it needs neither
  settings nor numbers.
* The settings: a hash. A 200 is built from freshly read settings; from settings cached in memory it
  could pair an old setting with the newest number of changes, which no later call would detect. A
  304 reads no settings, because a change of settings is followed by `touch`, which increments the
  number. Until the trigger has run, a 304 refers to the previous settings.

The ETags are weak, since equal answers differ in `asOf`. They are not signed: a forged one gets its
author a 304 for something the author does not have, and reveals nothing.

Consequences: `asOf` of a cached response is when it was built. After a 304 it also holds for now.
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
    """Inputs of a page, except the settings."""

    name: str
    """Name of the page."""
    organization: Organization
    changes: int
    """Number of changes behind the page, read before its content."""
    behind_since: datetime | None = None
    """Since when transitions by time are overdue on the page; None if none are."""
    until: Callable[[OrganizationSettings], datetime] | None = None
    """Returns when time alone next changes the page, called when it is built; None for never."""

    def current_etag(self) -> str | None:
        """The caller's ETag that is still current; None if there is none."""
        candidates = request.if_none_match.as_set(include_weak=True)
        # An empty ETag is None there.
        return next((etag for etag in candidates if etag and self._holds(etag)), None)

    def etag(self, settings: OrganizationSettings) -> str:
        """The ETag of the page built with these settings."""
        until = 0
        if self.until is not None:
            until = (self.until(settings) - _EPOCH) // timedelta(seconds=1)
        parts = (self._scope(), self.changes, self._behind_microseconds(), until)
        return ".".join(map(str, parts)) + "." + _settings_hash(settings)

    def _holds(self, etag: str) -> bool:
        """Whether a response with this ETag is still current."""
        match = _FORM.fullmatch(etag)
        if match is None:
            return False
        scope, changes, behind, until = match.groups()
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


def cached_response(
    state: PageState, page: Callable[[OrganizationSettings], BaseModel]
) -> Response:
    """304 if the caller's copy of the page is current, else 200 with a newly built page.

    `If-None-Match: *`, which matches any page, costs more reads: the response needs an ETag, which
    depends on the settings and on how long the page holds.
    """
    current = state.current_etag()
    if current is not None:
        return not_modified(current)
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
