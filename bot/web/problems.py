"""Errors as problem documents (RFC 9457): a title for people, a detail with the fix, never a secret."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response

from surveys.channels import is_outage
from surveys.publishing import NoCatalogueError

log = structlog.get_logger()

PROBLEM_JSON = "application/problem+json"
PROBLEM_SCHEMA: dict[str, object] = {
    PROBLEM_JSON: {
        "schema": {
            "type": "object",
            "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": {"type": "string"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
            },
        }
    }
}
_TITLES = {
    400: "The request cannot be read",
    401: "A valid key is needed",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too much at once",
    415: "Unsupported content",
    422: "A value is not acceptable",
    500: "Something went wrong here",
    503: "Not able to work now",
}


class ProblemError(Exception):
    """Ends a request with a problem document."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """The problem document as a response."""
    content = {"type": "about:blank", "title": _TITLES.get(status, "Error"), "status": status, "detail": detail}
    return Response(to_json(content), status, headers=dict(headers or {}), media_type=PROBLEM_JSON)


def add_problem_handlers(application: FastAPI) -> None:
    """Answer every error of the application with a problem document."""
    application.add_exception_handler(ProblemError, _on_problem)
    application.add_exception_handler(HTTPException, _on_http_error)
    application.add_exception_handler(RequestValidationError, _on_invalid_request)
    application.add_exception_handler(NoCatalogueError, _on_no_catalogue)
    application.add_exception_handler(Exception, on_failure)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return problem(error.status, error.detail, error.headers)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = "no such address; see /docs for what there is" if error.status_code == 404 else str(error.detail)
    return problem(error.status_code, detail, error.headers)


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [f"{'.'.join(str(part) for part in fault['loc'][1:])}: {fault['msg']}" for fault in error.errors()]
    return problem(422, "; ".join(faults))


async def _on_no_catalogue(request: Request, error: Exception) -> Response:
    return problem(503, "no catalogue is in force yet; start `otklik run` with one", {"Retry-After": "5"})


async def on_failure(request: Request, error: Exception) -> Response:
    """The last resort: says nothing of the inside, and tells a passing outage from a fault of ours."""
    if is_outage(error):
        log.warning("database_away", error=type(error).__name__)
        return problem(503, "the database is away; try again", {"Retry-After": "2"})
    log.error("request_failed", error=type(error).__name__, exc_info=error)
    return problem(500, "the request failed; the log of the server says why")
