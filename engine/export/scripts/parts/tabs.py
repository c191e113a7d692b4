"""Finding the scripts of the tabs: each module in `engine.export.scripts` is the script of the tab of its name."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import TYPE_CHECKING, Any, Protocol, cast

import engine.export.scripts
from engine.core.errors import UserError
from engine.core.knobs import Spec
from engine.core.machine.resources import read_toml
from engine.export.scripts.parts.scene import Scene

if TYPE_CHECKING:
    from engine.export.scripts.parts.template import Script


class Teller(Protocol):
    """A module that tells the script of a tab. At the top it imports neither TensorFlow nor NumPy."""

    ORDER: int
    """Its place among all: that of its tab."""
    SETTINGS: type[Spec]

    def needs(self, settings: Any) -> frozenset[str]:
        """Return what has to be there: `run`, `weights`, `before`, `other`, `data`."""

    def script(self, scene: Scene) -> Script:
        """Return the script; raises `UserError` where the settings do not fit."""


def has_script(tab: str) -> bool:
    """Whether the tab of this name has a script; nothing is imported for it."""
    return tab in _names()


def tabs() -> tuple[str, ...]:
    """Return the names of all tabs that have a script, in the tabs' order."""
    return tuple(sorted(_names(), key=lambda tab: teller(tab).ORDER))


def teller(tab: str) -> Teller:
    """Return what tells the script of a tab; raises `UserError` for a tab that has none."""
    if tab not in _names():
        raise UserError(f"The tab {tab} has no code to show.", hint=f"There is code of {', '.join(tabs())}.")
    return cast(Teller, importlib.import_module(f"engine.export.scripts.{tab}"))


def note(tab: str) -> str:
    """Return what is different in TensorFlow 1, as the blog post has it."""
    return _notes()[tab]


@functools.cache
def _notes() -> dict[str, str]:
    return read_toml("scripts/notes.toml")


def _names() -> frozenset[str]:
    return frozenset(
        each.name for each in pkgutil.iter_modules(engine.export.scripts.__path__) if not each.ispkg
    )
