"""Every error this product raises on purpose.

* SegmentsError
  * ConflictError: something read has changed since; read again and retry
    * AlreadyExistsError: a document to create exists
  * ContentionError: gave up retrying conflicts; the platform delivers the event again
  * UnstorableError: the database refuses a document for its content; retrying does not help
  * ConfigurationError: a setting is missing or invalid; nothing was started
  * BrokenExportError: a file that is being sent cannot be finished; the connection is broken
  * UnreadableRulesError: the stored rules of an organisation are not as this product writes them
  * UnreadableModelError: a published prediction model is not as this product writes it
  * WarehouseError: a write to or read of the warehouse is incomplete; worth retrying later
  * NotAskedError: a night's questions were not asked about an organisation
  * UnansweredError: questions of a night have no answer; named by the message
  * QueueError: the task queue did not accept a task; worth retrying later
  * InvalidTaskError: the data of a task is invalid; carries the field
  * TaskBusyError: another delivery of a task is running; worth retrying later
  * TaskUnfinishedError: a task ran out of time; a further task continues
  * TooManyOrdersError: one task cannot even read the orders of an organisation
  * DefinitionError: the definition of a custom segment is invalid; carries the place and why
  * RequestError: an HTTP call cannot be answered; carries its status and a safe detail
    * InvalidParameterError (400)
    * InvalidBodyError (400)
    * UnauthenticatedError (401)
      * SessionRevokedError: its account ended the session, is disabled or gone
    * ForbiddenError (403)
      * RoleError: its role may not use this product
      * NotApprovedError: nobody has approved the account
      * NoOrganizationError: it belongs to no organisation
      * ReadOnlyError: its role may not change anything
      * ScanForbiddenError: its role may not read every customer
    * NotFoundError (404)
      * PathNotFoundError: no route is at the path
      * OrganizationNotFoundError: `org` names another organisation
    * RequestConflictError (409)
      * NotComputedError: the result does not exist yet
      * TooManySegmentsError: the organisation has all the custom segments it may have
      * DefinitionsTooLargeError: the definitions do not fit into one document
      * SegmentInUseError: other custom segments refer to it
      * CampaignStatusError: its status does not allow it
      * HandOverRunningError: it is being handed over
      * HandOverFailedError: the hand-over ended without one
      * EmptyAudienceError: nobody would be written to
      * InsightsOffError: the installation makes no insights
    * PreconditionFailedError (412)
    * BodyTooLargeError (413)
    * UnsupportedMediaTypeError (415)
    * IdempotencyKeyError (422)
    * PreconditionRequiredError (428)
    * TooManyRequestsError (429)
      * AccountLimitError: by the account
      * OrganizationLimitError: by the organisation
    * UnavailableError (503)
      * SignInUnavailableError: tokens cannot be verified
      * UnsettledError: numbers that must agree do not at the moment

`detail` of a RequestError goes to the caller: it holds no internal text and no personal data.
"""


class SegmentsError(Exception):
    """Base of every error raised on purpose."""


class ConflictError(SegmentsError):
    """A document read for a commit was changed before the commit."""


class AlreadyExistsError(ConflictError):
    """A document to create exists: created by another writer, or by an earlier attempt."""


class ContentionError(SegmentsError):
    """Too many conflicts in a row on the same documents; worth trying again later."""


class UnstorableError(SegmentsError):
    """A document would be larger than the database takes, or otherwise not acceptable to it."""


class ConfigurationError(SegmentsError):
    """A setting is missing or invalid; the message lists what was received and is allowed."""


class BrokenExportError(SegmentsError):
    """The rest of a file cannot be made; the part already sent is incomplete."""


class UnreadableRulesError(SegmentsError):
    """Stored rules were damaged; nothing of their organisation can be evaluated until repaired."""


class UnreadableModelError(SegmentsError):
    """A published prediction model was damaged; the message names the field."""


class WarehouseError(SegmentsError):
    """The warehouse did not accept all rows; a retry loses nothing."""


class NotAskedError(SegmentsError):
    """The organisation was missing or unreadable when a night's questions were asked."""


class UnansweredError(SegmentsError):
    """Some questions of a night have no answer; the next call asks them again."""


class QueueError(SegmentsError):
    """The task queue did not accept a task; a retry loses nothing."""


class InvalidTaskError(SegmentsError):
    """The data of a task is invalid; delivering it again does not help."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field} {detail}")
        self.field = field


class TaskBusyError(SegmentsError):
    """Another delivery of the same or an earlier task is processing the organisation."""


class TaskUnfinishedError(SegmentsError):
    """The task ran out of time; its cursor says where the next task continues."""


class TooManyOrdersError(SegmentsError):
    """One task cannot even read the orders of an organisation; the tool counts them."""


class DefinitionError(SegmentsError):
    """The definition of a custom segment is invalid; no value of the definition is repeated."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(f"{pointer}: {detail}")
        self.pointer = pointer
        """JSON pointer (RFC 6901) to the invalid place, such as `/definition/all/3/value`."""
        self.detail = detail


class RequestError(SegmentsError):
    """An HTTP request that cannot be answered as asked."""

    status = 500
    title = "Request failed"

    def __init__(
        self, detail: str, *, parameter: str | None = None, pointer: str | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.parameter = parameter
        """Name of the offending query or path parameter, where there is one."""
        self.pointer = pointer
        """JSON pointer (RFC 6901) to the offending part of the body, where there is one."""


class InvalidParameterError(RequestError):
    """A parameter has a value outside what the operation accepts."""

    status = 400
    title = "Invalid parameter"


class InvalidBodyError(RequestError):
    """The body, or the part of it that `pointer` names, is not what the operation accepts."""

    status = 400
    title = "Invalid body"


class UnauthenticatedError(RequestError):
    """No ID token, or one that does not verify."""

    status = 401
    title = "Not signed in"


class SessionRevokedError(UnauthenticatedError):
    """A session cookie that verifies, of an account that ended it, is disabled or gone."""

    title = "Session revoked"


class ForbiddenError(RequestError):
    """The signed-in account has no role that may use this product, or may not change anything."""

    status = 403
    title = "Not allowed"


class RoleError(ForbiddenError):
    """The account has none of the roles that may use this API."""

    title = "Role not allowed"


class NotApprovedError(ForbiddenError):
    """The account is not approved."""

    title = "Account not approved"


class NoOrganizationError(ForbiddenError):
    """The account has no id, or belongs to no organisation."""

    title = "No organisation"


class ReadOnlyError(ForbiddenError):
    """The role of the account may not change anything."""

    title = "Changes not allowed"


class ScanForbiddenError(ForbiddenError):
    """The role of the account may not make calls that read every customer."""

    title = "Scans not allowed"


class NotFoundError(RequestError):
    """Not found for this caller; whether it exists for others is not disclosed."""

    status = 404
    title = "Not found"


class PathNotFoundError(NotFoundError):
    """No route of this version is at the path."""

    title = "Path not found"


class OrganizationNotFoundError(NotFoundError):
    """`org` names an organisation that the account may not access, whether it exists or not."""

    title = "Organisation not found"


class RequestConflictError(RequestError):
    """The request contradicts the current state; each cause has a class."""

    status = 409
    title = "Conflict"


class NotComputedError(RequestConflictError):
    """A file or page is asked for before its numbers were computed."""

    title = "Not computed yet"


class TooManySegmentsError(RequestConflictError):
    """The organisation has the maximum number of custom segments."""

    title = "Too many custom segments"


class DefinitionsTooLargeError(RequestConflictError):
    """The definitions of all custom segments together are too large."""

    title = "Definitions too large"


class SegmentInUseError(RequestConflictError):
    """Other custom segments refer to the one to delete."""

    title = "Custom segment in use"


class CampaignStatusError(RequestConflictError):
    """The status of the campaign does not allow it."""

    title = "Wrong campaign status"


class HandOverRunningError(RequestConflictError):
    """The campaign is being handed over: its status stays until that is done."""

    title = "Hand-over running"


class HandOverFailedError(RequestConflictError):
    """The campaign could not be handed over."""

    title = "Hand-over failed"


class EmptyAudienceError(RequestConflictError):
    """No member of the audience may be written to."""

    title = "Empty audience"


class InsightsOffError(RequestConflictError):
    """A refresh was requested while insights are switched off for the installation."""

    title = "Insights switched off"


class PreconditionFailedError(RequestError):
    """The resource has changed since the version that the caller names in `If-Match`."""

    status = 412
    title = "Precondition failed"


class BodyTooLargeError(RequestError):
    """The body has more bytes than any operation takes."""

    status = 413
    title = "Body too large"


class UnsupportedMediaTypeError(RequestError):
    """The body is sent as something other than plain JSON."""

    status = 415
    title = "Unsupported media type"


class IdempotencyKeyError(RequestError):
    """The `Idempotency-Key` was used with another body, or what it created has changed since."""

    status = 422
    title = "Idempotency key used"


class PreconditionRequiredError(RequestError):
    """The operation overwrites something, and `If-Match` is missing."""

    status = 428
    title = "Precondition required"


class TooManyRequestsError(RequestError):
    """The account or the organisation has exhausted its calls of this kind for now."""

    status = 429
    title = "Too many requests"

    def __init__(self, detail: str, *, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class AccountLimitError(TooManyRequestsError):
    """The account has exhausted its calls of this kind for now."""

    title = "Account limit reached"


class OrganizationLimitError(TooManyRequestsError):
    """The accounts of the organisation have exhausted their calls of this kind for now."""

    title = "Organisation limit reached"


class UnavailableError(RequestError):
    """A service this depends on does not answer; the same call may succeed later."""

    status = 503
    title = "Temporarily unavailable"


class SignInUnavailableError(UnavailableError):
    """Tokens or sessions cannot be verified at the moment."""

    title = "Sign-in unavailable"


class UnsettledError(UnavailableError):
    """Numbers that must agree do not at the moment: a result is being replaced, or counts move."""

    title = "Numbers not settled"
