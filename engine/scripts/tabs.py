"""Which tabs have a script, under the names that the window and the command line give them."""

from __future__ import annotations

import importlib
from typing import Any, Protocol, cast

from engine.base.errors import UserError
from engine.base.knobs import Spec
from engine.scripts.scene import Scene

TABS = ("draw", "train", "fingerprints", "ideal", "weights", "mistakes", "map", "graph", "warmup")


class Teller(Protocol):
    """A module that tells the script of a tab."""

    SETTINGS: type[Spec]
    NOTE: str
    """What is different in TensorFlow 1, as the blog post has it."""

    def needs(self, settings: Any) -> frozenset[str]:
        """Return what has to be there: `run`, `weights`, `before`, `data`."""

    def script(self, scene: Scene) -> str:
        """Return the script; raises `UserError` where the settings do not fit."""


def teller(tab: str) -> Teller:
    """Return what tells the script of a tab; raises `UserError` for a tab that has none."""
    if tab not in TABS:
        raise UserError(f"The tab {tab} has no code to show.", hint=f"There is code of {', '.join(TABS)}.")
    return cast(Teller, importlib.import_module(f"engine.scripts.{tab}"))
