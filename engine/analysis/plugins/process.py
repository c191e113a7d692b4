"""The process in which a plug-in runs: what it raises, prints, hangs in or allocates ends at most this process.

It is no wall: the plug-in may do what the person may do. So none runs before the person has switched it on.
"""

import hashlib
import importlib
import io
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from engine.analysis.plugins.given import Charts, Data, Network, Request, as_charts
from engine.analysis.plugins.wire import packed, receive, send
from engine.core.layers.language import parse_layers
from engine.core.layers.plan import plan_of
from engine.core.lazy import Array
from engine.core.lens import OutputScaling
from engine.core.machine.beside import stand_back

NICE = 5
LONGEST_SAID, LONGEST_DETAILS = 500, 5000  # letters

type Message = tuple[dict[str, Any], list[Array]]


def main() -> None:
    """Answer questions from stdin until it is closed, on stdout, which is not the plug-in's."""
    stand_back(NICE)
    if hasattr(os, "setsid"):
        os.setsid()  # so that what the plug-in starts is ended with it
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    asked, sys.stdin = sys.stdin.buffer, io.StringIO()
    sys.stdout = sys.stderr = printed = _Printed()
    questions: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(asked, questions), daemon=True).start()
    try:
        _answer(questions, answers, printed)
    finally:
        os._exit(1)  # nobody listens: at a usual exit Python would wait for the thread that reads


def _answer(questions: "queue.SimpleQueue[Message]", answers: IO[bytes], printed: "_Printed") -> None:
    plugin, data = None, None
    while True:
        fields, arrays = questions.get()
        if "data" in fields:
            data = Data(*fields["data"], *arrays)
            continue
        try:
            if plugin is None:
                plugin = _load(fields["plugin"])
            charts = _ask(plugin, fields, arrays, data)
            values, numbers = packed(charts)
            reply = {"charts": values, "printed": printed.text}
        except BaseException as error:  # SystemExit as well
            reply, numbers = _failure(error, fields["plugin"]["path"], printed.text), []
        printed.text = ""
        send(answers, {"number": fields["number"], **reply}, numbers)


def _read(asked: IO[bytes], questions: "queue.SimpleQueue[Message]") -> None:
    """Receive questions; end the process with the program, whatever the plug-in does at that time."""
    try:
        while message := receive(asked):
            fields, _ = message
            if "memory" in fields:
                _limit_memory(fields["memory"])
            else:
                questions.put(message)
    finally:
        os._exit(0)


def _limit_memory(size: int) -> None:
    """Limit what the process allocates, in bytes: more raises `MemoryError`. Only Linux counts all of it."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (size, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def _load(plugin: dict[str, Any]) -> ModuleType:
    if plugin["module"]:
        return importlib.import_module(plugin["module"])
    content = Path(plugin["path"]).read_bytes()
    if hashlib.sha256(content).hexdigest() != plugin["digest"]:
        raise RuntimeError("the file was changed since it was switched on")
    module = ModuleType(Path(plugin["path"]).stem)
    module.__file__ = plugin["path"]
    sys.modules[module.__name__] = module  # dataclasses look there for the module of a class
    exec(compile(content, plugin["path"], "exec"), vars(module))
    return module


def _ask(plugin: ModuleType, fields: dict[str, Any], arrays: list[Array], data: Data | None) -> list[Any]:
    probe: Callable[..., Any] = plugin.probe
    weights, others = arrays[: fields["weights"]], arrays[fields["weights"] :]
    passed = [OutputScaling(others.pop(0), others.pop(0)) if changed else None for changed in fields["passed"]]
    request = Request(**fields["request"], drawing=others.pop(0) if others else None)
    answer = probe(
        Network(
            plan_of(parse_layers(fields["layers"]), tuple(fields["shape"]), fields["classes"]), tuple(weights), passed
        ),
        data,
        request,
    )
    page = getattr(plugin, "page", None)
    charts = Charts()
    if page is None:
        return [charts.text(plugin.__name__, answer)]
    return as_charts(page(answer, charts))


class _Printed(io.TextIOBase):
    """Keeps the end of what the plug-in prints, for the details of its failure."""

    text = ""

    def write(self, text: str) -> int:
        self.text = f"{self.text}{text}"[-LONGEST_DETAILS:]
        return len(text)


def _failure(error: BaseException, path: str, printed: str) -> dict[str, Any]:
    """Return what went wrong, and in which line of the plug-in."""
    if isinstance(error, MemoryError):
        return {"failed": "memory"}
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    if isinstance(error, SyntaxError) and error.filename == path:
        lines.append(error.lineno)
    text = str(error).strip().partition("\n")[0].rstrip(".")
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    details = "".join(traceback.format_exception(error))[-LONGEST_DETAILS:]
    line = lines[-1] if lines else 0
    return {"failed": said[:LONGEST_SAID], "line": line, "details": f"{printed}\n{details}".strip()}
