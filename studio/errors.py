"""Every failure a person can meet: what happened, and what to do about it."""


class StudioError(Exception):
    """Base of all named errors; `hint` is shown to the person beside the message.

    `status` is the HTTP answer it becomes; `permanent` says whether trying again can help:
    the retry rule of the workers reads nothing else. `retry_s` is when a program should ask again, 0: not known.
    """

    status = 400
    permanent = True
    retry_s = 0

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotFound(StudioError):
    status = 404


class Conflict(StudioError):
    status = 409


class NotAllowed(StudioError):
    status = 403


class NotSignedIn(StudioError):
    status = 401


class UnreadablePhoto(StudioError):
    status = 422


class BadCheckpoint(StudioError):
    """The weights file cannot become a version; the message says which part is wrong."""

    status = 422

    def __init__(self, message: str, hint: str = "", log: str = "") -> None:
        super().__init__(message, hint)
        self.log = log  # the traceback of the child that tried it


class Unavailable(StudioError):
    """A service does not answer now; the work is kept and tried again."""

    status = 503
    permanent = False


class TrackingUnavailable(Unavailable):
    """MLflow does not answer."""


class EndpointBusy(Unavailable):
    """TorchServe answered 503 or did not answer in time."""


class EndpointRefused(StudioError):
    """TorchServe answered that it will never accept this request."""

    status = 422
