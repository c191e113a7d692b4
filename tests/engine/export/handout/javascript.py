"""A hand-out's scripts without a browser: Qt's own engine runs what does not touch the page."""

import base64
import json
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtQml import QJSEngine

from engine.export.handout.page import FOLDER


class Script:
    """`network.js` and `ink.js`, loaded."""

    def __init__(self) -> None:
        self._app = QCoreApplication.instance() or QCoreApplication([])
        self._engine = QJSEngine()
        scripts = ((FOLDER / name).read_text("utf-8") for name in ("network.js", "ink.js"))
        self._run("\n".join((*scripts, "function emptyInk() { return new Ink(); }")), "handout")
        self._run("function plain(found) { return JSON.stringify(found, (_, each) =>"
                  " ArrayBuffer.isView(each) ? Array.from(each) : each); }")  # fmt: skip

    def __call__(self, expression: str, **given: Any) -> Any:
        """Return what an expression comes to, with these names standing for plain values or arrays (of float32)."""
        names = ", ".join(given)
        values = ", ".join(_written(value) for value in given.values())
        return json.loads(self._run(f"plain((({names}) => {expression})({values}))"))

    def keep(self, name: str, expression: str, **given: Any) -> None:
        """Let `name` stand for what an expression comes to, from now on."""
        names = ", ".join(given)
        values = ", ".join(_written(value) for value in given.values())
        self._run(f"var {name} = (({names}) => {expression})({values}); ''")

    def _run(self, text: str, name: str = "test") -> str:
        found = self._engine.evaluate(text, name)
        assert not found.isError(), f"{found.toString()} {found.property('stack').toString()}"
        return found.toString()


def _written(value: Any) -> str:
    if not isinstance(value, np.ndarray):
        return json.dumps(value)
    packed = base64.b64encode(value.astype("<f4").tobytes()).decode("ascii")
    return f'floats("{packed}")'
