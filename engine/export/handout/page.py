"""One HTML file of a page's sources in `resources/handout` and its data. It asks no address for anything."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from typing import Any

from engine.core.machine.folders import RESOURCES

FOLDER = RESOURCES / "handout"

SCRIPTS = ("network.js", "ink.js", "page.js")

STRICT = '"use strict";\n'

TOKENS = (
    "window",
    "surface",
    "raised",
    "line",
    "text",
    "muted",
    "faint",
    "accent",
    "accent_soft",
    "curve_2",
    "curve_2_text",
)
"""Of the theme's colours those that `look.css` uses."""

FOR, AGAINST = 5, 1
"""Which of the seven steps around zero stand in the legend."""

PLACE = re.compile(r"\{\{(\w+)\}\}")


def assembled(title: str, content: Mapping[str, Any]) -> bytes:
    """Return the file. `title` and the texts in `content` are a stranger's: they are text wherever they stand."""
    themes = {name: _theme(name) for name in ("light", "dark")}
    colors = {name: {each: theme[each] for each in ("magnitude", "signed")} for name, theme in themes.items()}
    script = STRICT + "".join(_read(name).removeprefix(STRICT) for name in SCRIPTS)
    style = _style(themes)
    parts = {
        "title": html.escape(title),
        "policy": policy(script, style),
        "icon": base64.b64encode((RESOURCES / "icons" / "app.svg").read_bytes()).decode("ascii"),
        "style": style,
        "script": script,
        "data": as_json({**content, "colors": colors}),
    }
    return PLACE.sub(lambda found: parts[found[1]], _read("page.html")).encode("utf-8")


def policy(script: str, style: str) -> str:
    """Return what a browser lets the page do: run this very script, with this very style, and fetch nothing."""
    allowed = f"style-src {_hash(style)}; script-src {_hash(script)}; img-src data:"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def as_json(content: Mapping[str, Any]) -> str:
    """Return JSON of which no part can be taken for markup, whatever its texts are."""
    text = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _style(themes: Mapping[str, Mapping[str, Any]]) -> str:
    light, dark = (_variables(themes[name]) for name in ("light", "dark"))
    tokens = f":root {{ color-scheme: light dark; {light} }}\n"
    return f"{tokens}@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n{_read('look.css')}"


def _variables(theme: Mapping[str, Any]) -> str:
    colors = {name: theme[name] for name in TOKENS}
    colors |= {"signed_for": theme["signed"][FOR], "signed_against": theme["signed"][AGAINST]}
    return " ".join(f"--{name.replace('_', '-')}: {color};" for name, color in colors.items())


def _theme(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((RESOURCES / "theme" / f"{name}.json").read_text("utf-8"))
    return found


def _read(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"
