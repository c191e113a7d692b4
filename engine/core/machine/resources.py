"""The program's texts and tables: TOML files in `resources/`, each of which a test reads."""

from __future__ import annotations

from typing import Any

from engine.core.machine.folders import RESOURCES


def read_toml(name: str) -> dict[str, Any]:
    """Return the content of a file in `resources/`, with arrays as tuples. Callers cache it: 500 lines take 4 ms."""
    import tomllib  # here, as --version and --help do without its 3 ms

    return {key: _frozen(value) for key, value in tomllib.loads((RESOURCES / name).read_text("utf-8")).items()}


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(part) for key, part in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
