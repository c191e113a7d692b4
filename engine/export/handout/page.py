"""One HTML file of the page's sources in `resources/handout` and its data.

It requests nothing from any address.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from typing import Any

from engine.core.language import decimal_mark, language, tr
from engine.core.machine.folders import RESOURCES

FOLDER = RESOURCES / "handout"
SCRIPTS = ("network.js", "ink.js", "page.js")
STRICT = '"use strict";\n'  # no text
# The theme's colours that `look.css` uses.
TOKENS = (
    *("window", "surface", "raised", "line", "text", "muted", "faint"),
    *("accent", "accent_soft", "curve_2", "curve_2_text"),
)

FOR, AGAINST = 5, 1  # which of the seven steps around zero are in the legend
PLACE = re.compile(r"\{\{(\w+)\}\}|\[\[(.+?)\]\]")  # of a part of the page, or of a text
TEXT = re.compile(r'\btr\(("(?:[^"\\]|\\.)*")')  # in a script


def assembled(title: str, content: Mapping[str, Any]) -> bytes:
    """Return the file in the language. `title` and texts in `content` are a stranger's: they remain text anywhere."""
    themes = {name: json.loads((RESOURCES / "theme" / f"{name}.json").read_text("utf-8")) for name in ("light", "dark")}
    colors = {name: {key: theme[key] for key in ("magnitude", "signed")} for name, theme in themes.items()}
    # A script of our own in one file: it opens from a chat, offline. It inks drawings itself, as browsers smooth edges
    # differently, and some blur a canvas that is read, so the network would receive another picture.
    script = STRICT + "".join(_read(name).removeprefix(STRICT) for name in SCRIPTS)
    texts = (json.loads(text) for text in TEXT.findall(script))
    words = {"texts": {text: tr(text) for text in texts if tr(text) != text}, "decimal": decimal_mark()}
    light, dark = (_variables(themes[name]) for name in ("light", "dark"))
    tokens = f":root {{ color-scheme: light dark; {light} }}\n"
    style = f"{tokens}@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n{_read('look.css')}"  # no text
    parts = {
        "language": language(),
        "title": html.escape(title),
        "policy": policy(script, style),
        "icon": base64.b64encode((RESOURCES / "icons" / "app.svg").read_bytes()).decode("ascii"),
        "style": style,
        "script": script,
        "data": as_json({**content, **words, "colors": colors}),
    }

    def put(match: re.Match[str]) -> str:
        return parts[match[1]] if match[1] else html.escape(tr(match[2]))

    return PLACE.sub(put, _read("page.html")).encode("utf-8")


def policy(script: str, style: str) -> str:
    """Return the page's content security policy: run this script, with this style, and fetch nothing."""
    allowed = f"style-src {_hash(style)}; script-src {_hash(script)}; img-src data:"  # no text
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"  # no text


def as_json(content: Mapping[str, Any]) -> str:
    """Return JSON of which no part can be taken for markup, whatever its texts are."""
    text = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _variables(theme: Mapping[str, Any]) -> str:
    colors = {name: theme[name] for name in TOKENS}
    colors |= {"signed_for": theme["signed"][FOR], "signed_against": theme["signed"][AGAINST]}
    return " ".join(f"--{name.replace('_', '-')}: {color};" for name, color in colors.items())


def _read(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"
