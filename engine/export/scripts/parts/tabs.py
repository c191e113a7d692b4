"""Finds the scripts of the tabs: each module in `engine.export.scripts` is the script of the tab of its name."""

import functools
import importlib
import pkgutil
from typing import TYPE_CHECKING, Any, Protocol, cast

from engine.core.errors import UserError
from engine.core.knobs import Spec
from engine.core.language import per_language, tr
from engine.core.machine.words import read_words

if TYPE_CHECKING:
    from engine.export.scripts.parts.template import Scene, Script


class ScriptModule(Protocol):
    """A module with the script of a tab. At its top it imports neither TensorFlow nor NumPy."""

    ORDER: int  # that of its tab
    Settings: type[Spec]

    def needs(self, settings: Any) -> frozenset[str]:
        """Return what the scene has to hold: any of `run`, `weights`, `before`, `other`, `data`."""

    def script(self, scene: "Scene[Any]") -> "Script":
        """Return the script; raises `UserError` if the settings do not fit."""


def has_script(tab: str) -> bool:
    """Whether the tab of this name has a script; imports nothing."""
    return tab in _names()


def tabs() -> tuple[str, ...]:
    """Return the names of all tabs that have a script, in the tabs' order."""
    return tuple(sorted(_names(), key=lambda tab: script_module(tab).ORDER))


def script_module(tab: str) -> ScriptModule:
    """Return the module with a tab's script; raises `UserError` for a tab without one."""
    if tab not in _names():
        raise UserError(
            tr("The tab {tab} has no code to show.", tab=tab),
            hint=tr("There is code of {tabs}.", tabs=", ".join(tabs())),
        )
    return cast(ScriptModule, importlib.import_module(f"engine.export.scripts.{tab}"))


def note(tab: str) -> str:
    """Return what is different in TensorFlow 1, as in the blog post."""
    return cast(str, _notes()[tab])


@per_language
def _notes() -> dict[str, Any]:
    return read_words("scripts/notes.toml")


@functools.cache
def _names() -> frozenset[str]:
    modules = pkgutil.iter_modules(importlib.import_module("engine.export.scripts").__path__)
    return frozenset(module.name for module in modules if not module.ispkg)
