"""What a request carries: JSON, form-urlencoded and multipart bodies as one mapping of parameters."""

from __future__ import annotations

import json
from binascii import a2b_qp
from dataclasses import dataclass
from email.message import Message
from urllib.parse import parse_qsl

ATTACH = "attach://"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a request."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"


class UndecodableBodyError(ValueError):
    """The body is not what its content type says."""


def read_parameters(query: str, content_type: str, body: bytes) -> dict[str, object]:
    """Parameters of query and body; raises UndecodableBodyError.

    Form values are strings, JSON values what they are, files `Upload`s. `attach://name` becomes the part it names.
    """
    parameters: dict[str, object] = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
    if not body:
        return parameters
    if content_type.startswith("application/json"):
        decoded = _decode_json(body)
        parameters.update(decoded)
    elif content_type.startswith("application/x-www-form-urlencoded") or not content_type:
        parameters.update(_decode_form(body))
    elif content_type.startswith("multipart/form-data"):
        parameters.update(_decode_multipart(content_type, body))
    else:
        raise UndecodableBodyError(f"the content type {content_type} is unknown")
    return parameters


def _decode_form(body: bytes) -> dict[str, object]:
    pairs = (pair.partition(b"=") for pair in body.split(b"&"))
    try:
        return {_unquote(name): _unquote(value) for name, _, value in pairs if name}
    except UnicodeDecodeError as error:
        raise UndecodableBodyError("the form is not UTF-8") from error


def _unquote(quoted: bytes) -> str:
    """Percent decoding by the quoted-printable decoder: it is written in C, and urllib took a third of a request."""
    if b"%" not in quoted:
        return quoted.replace(b"+", b" ").decode()
    return a2b_qp(quoted.replace(b"+", b" ").replace(b"=", b"=3D").replace(b"%", b"=")).decode()


def _decode_json(body: bytes) -> dict[str, object]:
    try:
        decoded = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UndecodableBodyError("can't parse JSON object in the request body") from error
    if not isinstance(decoded, dict):
        raise UndecodableBodyError("the request body must be a JSON object")
    return decoded


def _decode_multipart(content_type: str, body: bytes) -> dict[str, object]:
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise UndecodableBodyError("the multipart body has no boundary")
    values: dict[str, object] = {}
    delimiter = b"\r\n--" + boundary.encode("latin-1")
    parts = (b"\r\n" + body).split(delimiter)
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise UndecodableBodyError("the multipart body is not complete")
    for part in parts[1:-1]:
        head, separator, content = part.partition(b"\r\n\r\n")
        if not separator:
            raise UndecodableBodyError("a part of the multipart body has no headers")
        name, value = _decode_part(head.decode("utf-8", "replace"), content)
        values[name] = value
    return _resolve_attachments(values)


def _decode_part(head: str, content: bytes) -> tuple[str, object]:
    headers = Message()
    for line in head.split("\r\n"):
        field, _, value = line.partition(":")
        if field.strip():
            headers[field.strip()] = value.strip()
    name = headers.get_param("name", header="Content-Disposition")
    if not isinstance(name, str) or not name:
        raise UndecodableBodyError("a part of the multipart body has no name")
    file_name = headers.get_param("filename", header="Content-Disposition")
    if file_name is not None:
        return name, Upload(str(file_name), content, headers.get("Content-Type", "application/octet-stream"))
    try:
        return name, content.decode()
    except UnicodeDecodeError as error:
        raise UndecodableBodyError(f"the field {name} is not UTF-8") from error


def _resolve_attachments(values: dict[str, object]) -> dict[str, object]:
    attached = set()
    for name, value in values.items():
        if isinstance(value, str) and value.startswith(ATTACH):
            part = value.removeprefix(ATTACH)
            if isinstance(values.get(part), Upload):
                values[name] = values[part]
                attached.add(part)
    return {name: value for name, value in values.items() if name not in attached}
