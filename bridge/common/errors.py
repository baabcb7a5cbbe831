"""One error tree: the class is the cause, attributes are the data.

Every text is a sentence for the person who has to act on it and never holds a
path, SQL, a stack trace or a secret (DECISIONS 6).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldProblem:
    """One thing wrong with one field of a payload.

    ``field`` is a path as the sender wrote it (``Item[3].Quantity``), ``code`` is
    stable and documented in README.rst, ``text`` says what to do.
    """

    field: str
    text: str
    code: str = "invalid"


class Problem(Exception):
    """A request that cannot be carried out; knows its HTTP status and stable code."""

    status = 500
    code = "internal_error"

    def __init__(
        self,
        text: str,
        *,
        code: str | None = None,
        problems: Iterable[FieldProblem] = (),
    ) -> None:
        super().__init__(text)
        self.text = text
        self.code = code or type(self).code
        self.problems = tuple(problems)


class Malformed(Problem):
    """The body cannot be parsed at all."""

    status, code = 400, "malformed"


class Unauthorized(Problem):
    """No credentials, or wrong ones."""

    status, code = 401, "rest_forbidden"


class Forbidden(Problem):
    """Right credentials without the permission."""

    status, code = 403, "rest_forbidden"


class NotFound(Problem):
    """No such route."""

    status, code = 404, "rest_no_route"


class MethodNotAllowed(Problem):
    """The route exists, for another HTTP method."""

    status, code = 405, "method_not_allowed"


class Conflict(Problem):
    """The owner's record has moved on; nothing was changed."""

    status, code = 409, "conflict"


class TooLarge(Problem):
    """More bytes, fields or levels than configured."""

    status, code = 413, "too_large"


class Unprocessable(Problem):
    """A required part is missing, empty or of the wrong kind."""

    status, code = 422, "unprocessable"

    @classmethod
    def of(cls, problems: Iterable[FieldProblem]) -> Unprocessable:
        """All problems of a payload in one refusal."""
        found = tuple(problems)
        return cls(" ".join(p.text for p in found), problems=found)


class TooMany(Problem):
    """A limit was reached; ``retry_after`` is in seconds."""

    status, code = 429, "too_many_requests"

    def __init__(self, text: str, *, retry_after: int) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class NotYet(Problem):
    """Understood, but this version does not do it; names what is missing."""

    status, code = 501, "not_implemented"


class Unavailable(Problem):
    """The database cannot be reached or is overloaded; the same call may pass later."""

    status, code = 503, "unavailable"


class ConfigError(Exception):
    """Everything wrong with a configuration: ``(place, text)`` pairs, all at once."""

    def __init__(self, problems: Iterable[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{place}: {text}" for place, text in self.problems))
