"""The program's own words and tables: TOML files in `resources/`, each of which a test reads."""

from __future__ import annotations

from typing import Any

from engine.core.machine.folders import RESOURCES


def read_toml(name: str) -> dict[str, Any]:
    """Return what the file of that name in `resources/` holds; its arrays are tuples.

    The callers keep what they make of it: a file of 500 lines takes 4 ms.
    """
    import tomllib  # --version and --help read none

    return {
        key: _frozen(value) for key, value in tomllib.loads((RESOURCES / name).read_text("utf-8")).items()
    }


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(part) for key, part in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
