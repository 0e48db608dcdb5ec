"""Every error that Sightline raises on purpose.

    SightlineError                somebody must act; the message says who and how
    ├── OperatorError             the person who runs the server can mend it; carries the exit code
    │   ├── ConfigError           a setting is unknown, missing or out of range         exit 78
    │   ├── PortInUseError        another program listens there                         exit 69
    │   ├── CertificateError      a certificate or key cannot be read or does not fit   exit 77
    │   ├── AccountError          nobody has this login, or theirs is of no use here    exit 67
    │   ├── AuditError            what is to be audited, or against what, cannot be used exit 65
    │   ├── DataFolderError       the data folder cannot be used                        exit 73
    │   └── NewerDataError        the data folder was written by a newer version        exit 76
    ├── ServiceError              another's service failed us: log it, do without, try again later
    ├── RefusedError              the user may not do this, or not now; shown to the user
    └── ProtocolError             a peer broke the protocol: answer or close that peer, count it, carry on

A broken invariant is neither: it is an `assert` with the invariant in words.
The exit codes are those of sysexits.h where it has one.
"""


class SightlineError(Exception):
    """Somebody must act. `str(error)` is one or two sentences; `hint` says what to do next."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class OperatorError(SightlineError):
    """The person who runs the server can mend it."""

    exit_code = 70


class ConfigError(OperatorError):
    """A setting is unknown, missing or out of range."""

    exit_code = 78


class PortInUseError(OperatorError):
    """Another program listens on the port."""

    exit_code = 69


class CertificateError(OperatorError):
    """A certificate or its key cannot be read, or the two do not belong together."""

    exit_code = 77


class AccountError(OperatorError):
    """No account has the login, or it may not do what was asked for it."""

    exit_code = 67


class AuditError(OperatorError):
    """What is to be audited, or against what, cannot be used."""

    exit_code = 65


class DataFolderError(OperatorError):
    """The data folder cannot be created, read or written."""

    exit_code = 73


class NewerDataError(OperatorError):
    """The data folder was written by a newer version of Sightline."""

    exit_code = 76


class ServiceError(SightlineError):
    """Another's service, such as a relay or an API, did not answer as it should. The message holds no secret."""


class RefusedError(SightlineError):
    """The user may not do this, or not now. `code` is stable and is what programs and translations look at."""

    def __init__(self, code: str, message: str, *, hint: str = "", retry_after_s: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.retry_after_s = retry_after_s


class ProtocolError(SightlineError):
    """A peer broke the protocol. `code` is stable; the message is for the log and for the peer's developer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
