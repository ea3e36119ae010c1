"""The API's description as one page, without anything from a foreign host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
body { color: #222; background: #fff }
code, pre { font: 14px/1.45 ui-monospace, monospace; background: #f3f3f0; border-radius: 4px }
code { padding: .1em .3em }
pre { padding: .8em; overflow-x: auto }
section { border-top: 1px solid #ddd; margin-top: 1.5rem }
.method { font-weight: 700; margin-right: .5em }
td { padding: .15em 1em .15em 0; vertical-align: top }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #1b1b1b }
  code, pre { background: #2a2a2a }
  a { color: #8ab4f8 }
}
"""


def draw_docs_page(schema: Mapping[str, Any]) -> str:
    """HTML of the OpenAPI document: each operation with its parameters, then the schemas."""
    info = schema["info"]
    operations = [
        _operation(method, path, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = [
        f"<section id='{escape(name)}'><h3>{escape(name)}</h3><pre>"
        f"{escape(json.dumps(content, ensure_ascii=False, indent=2))}</pre></section>"
        for name, content in schema.get("components", {}).get("schemas", {}).items()
    ]
    title = escape(info["title"])
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f"<p>{escape(info.get('description', ''))}</p>"
        "<p>For tools: <a href='/openapi.json'>openapi.json</a></p>"
        f"{''.join(operations)}<h2>Schemas</h2>{''.join(schemas)}</body></html>"
    )


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    rows = [_parameter(parameter) for parameter in operation.get("parameters", ())]
    body = operation.get("requestBody")
    sent = ""
    if body:
        sent = "<p>Body:</p><pre>" + escape(json.dumps(body["content"], ensure_ascii=False, indent=2)) + "</pre>"
    return (
        f"<section><h3><span class='method'>{method.upper()}</span><code>{escape(path)}</code></h3>"
        f"<p><b>{escape(operation.get('summary', ''))}.</b> {escape(operation.get('description', ''))}</p>"
        f"{'<table>' + ''.join(rows) + '</table>' if rows else ''}{sent}</section>"
    )


def _parameter(parameter: Mapping[str, Any]) -> str:
    where = parameter["in"] + (", required" if parameter.get("required") else "")
    meaning = escape(parameter.get("description", ""))
    return f"<tr><td><code>{escape(parameter['name'])}</code></td><td>{where}</td><td>{meaning}</td></tr>"
