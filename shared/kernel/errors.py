"""Every error this product raises on purpose.

* SegmentsError
  * ConflictError: something read has changed since; read again and retry
    * AlreadyExistsError: a document to create is there already
  * ContentionError: gave up retrying conflicts; the platform delivers the event again
  * UnstorableError: the database refuses a document for what it is; trying again is no use
  * ConfigurationError: a setting is missing or invalid; nothing was started
  * BrokenExportError: a file that is being sent cannot be finished; the connection is broken
  * UnreadableRulesError: the stored rules of an organisation are not as this product writes them
  * UnreadableModelError: a published prediction model is not as this product writes it
  * WarehouseError: the warehouse did not take or give everything; worth trying again later
  * NotAskedError: a night's questions were not asked about an organisation
  * UnansweredError: questions of a night have no answer; the message names them
  * QueueError: the task queue did not take a task; worth trying again later
  * InvalidTaskError: the data of a task is not what its function takes; carries the field
  * TaskBusyError: another delivery of a task is at work; worth trying again later
  * TaskUnfinishedError: the time of a task is over; a further task goes on
  * TooManyOrdersError: one task cannot even read the orders of an organisation
  * DefinitionError: the definition of a custom segment is invalid; carries the place and why
  * RequestError: an HTTP call cannot be answered; carries its status and a safe detail
    * InvalidParameterError (400)
    * InvalidBodyError (400)
    * UnauthenticatedError (401)
      * SessionRevokedError: its account ended the session, is disabled or gone
    * ForbiddenError (403)
    * NotFoundError (404)
    * RequestConflictError (409)
    * PreconditionFailedError (412)
    * BodyTooLargeError (413)
    * UnsupportedMediaTypeError (415)
    * UnprocessableError (422)
    * PreconditionRequiredError (428)
    * TooManyRequestsError (429)
    * UnavailableError (503)

`detail` of a RequestError goes to the caller: it holds no internal text and no personal data.
"""


class SegmentsError(Exception):
    """Base of every error raised on purpose."""


class ConflictError(SegmentsError):
    """A document read for a commit was changed by somebody else before the commit."""


class AlreadyExistsError(ConflictError):
    """A document to create is there: created by somebody else, or not known to be there."""


class ContentionError(SegmentsError):
    """Too many conflicts in a row on the same documents; worth trying again later."""


class UnstorableError(SegmentsError):
    """A document would be larger than the database takes, or otherwise not acceptable to it."""


class ConfigurationError(SegmentsError):
    """A setting is missing or invalid; the message lists what was received and is allowed."""


class BrokenExportError(SegmentsError):
    """The rest of a file cannot be made; what was sent of it is not whole."""


class UnreadableRulesError(SegmentsError):
    """Stored rules were damaged; nothing of their organisation can be evaluated until repaired."""


class UnreadableModelError(SegmentsError):
    """A published prediction model was damaged; the message names the field."""


class WarehouseError(SegmentsError):
    """The warehouse did not take all rows; nothing is lost where the caller tries again."""


class NotAskedError(SegmentsError):
    """When a night's questions were asked, the organisation was not there or unreadable."""


class UnansweredError(SegmentsError):
    """Some questions of a night have no answer; the next call asks them again."""


class QueueError(SegmentsError):
    """The task queue did not take a task; nothing is lost where the caller tries again."""


class InvalidTaskError(SegmentsError):
    """The data of a task is not what its function takes; delivering it again is no use."""

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
        """JSON pointer (RFC 6901) to what is invalid, such as `/definition/all/3/value`."""
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


class NotFoundError(RequestError):
    """Not found for this caller; whether it exists for others is not disclosed."""

    status = 404
    title = "Not found"


class RequestConflictError(RequestError):
    """What is asked for contradicts how things are now: a segment is in use, or one too many."""

    status = 409
    title = "Conflict"


class PreconditionFailedError(RequestError):
    """The thing has changed since the version that the caller names in `If-Match`."""

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


class UnprocessableError(RequestError):
    """Each part of the call is valid, but together they cannot be carried out."""

    status = 422
    title = "Cannot be processed"


class PreconditionRequiredError(RequestError):
    """The operation overwrites something, and `If-Match` does not say which version."""

    status = 428
    title = "Precondition required"


class TooManyRequestsError(RequestError):
    """The account or the organisation has made as many calls of the kind as it may for now."""

    status = 429
    title = "Too many requests"

    def __init__(self, detail: str, *, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class UnavailableError(RequestError):
    """A service this depends on does not answer; the same call may succeed later."""

    status = 503
    title = "Temporarily unavailable"
