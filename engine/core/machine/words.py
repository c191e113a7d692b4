"""The files of texts in `resources/`: which of their strings a person reads, and their content in the language."""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from engine.core.language import tr
from engine.core.machine.folders import read_toml

# The texts of the files of a pattern, by their keys from the outside: `page/asks/question`, lists count as one value.
# Some files are read as they are, and translated where they are shown, as they also give names to programs.
TEXTS = {
    "actions.toml": r"menus/.+|.+/(text|help|sheet|sheet_keys)",
    "datasets.toml": r".+/about",
    "experiments/*.toml": r"title|question|choices|why|differs|picture/.+|papers/checked|figures/(what|says|where)",
    "help/glossary.toml": r".+/text|.+/formula",
    "help/keys.toml": r"shared/.+|.+/place|.+/does/.+",
    "help/panels.toml": r".+/(text|look|formula|title)",
    "lesson/*.toml": r"title|aim|board|page/(text|goal/name|asks/.+|talk/.+)",
    "places.toml": r".+/help",
    "scripts/notes.toml": r".+",
    "scripts/sections.toml": r".+/(heading|look)",
}

NAMED = ("help/glossary.toml", "places.toml")  # files whose tables have names that are shown, translated there


def read_words(name: str) -> dict[str, Any]:
    """Return the content of a file in `resources/` in the language. Callers cache it `per_language`."""
    read: dict[str, Any] = in_language(name, read_toml(name))
    return read


def in_language(name: str, content: Any, translate: Callable[[str], str] = tr) -> Any:
    """Return the content of a file in `resources/`, as read, with its texts translated."""
    keys = re.compile(next(keys for pattern, keys in TEXTS.items() if fnmatchcase(name, pattern)))

    def translated(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return {key: translated(part, f"{path}/{key}" if path else key) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(translated(part, path) for part in value)
        return translate(value) if isinstance(value, str) and keys.fullmatch(path) else value

    return translated(content, "")
