"""Asking a plug-in: one process for each, which is ended when it takes too long, and started again for the next."""

import contextlib
import logging
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Generator
from typing import Any, NoReturn

from engine.analysis.plugins.plugin import Plugin, digest_of, known_plugins
from engine.analysis.plugins.process import Message as Sent
from engine.analysis.plugins.wire import MOST_ARRAY_BYTES, receive, send, unpacked
from engine.core.charts import Chart
from engine.core.errors import UserError
from engine.core.language import language, tr
from engine.core.layers.language import as_text
from engine.core.lazy import Array, np
from engine.core.machine.beside import start_beside
from engine.core.messages import Job, LensAnswer, Message, Rest
from engine.data.dataset import Dataset
from engine.model.network.lens_network import LensNetwork
from engine.model.network.probe import images_probe

log = logging.getLogger(__name__)

PATIENCE = 20.0  # seconds for an answer, after which the process is ended
MEMORY = 2**31  # bytes that a plug-in may allocate, besides the data; only Linux holds it to that
WAIT_SECONDS, JOIN_SECONDS = 0.01, 0.1
MOST_PROCESSES = 4  # each keeps NumPy and the data, some 120 MB with MNIST


type Asking[T] = Generator[Rest | None, Any, T]  # the turns of asking a process


class PluginAnswer(LensAnswer):
    """What a plug-in's page shows."""

    plugin: str
    charts: tuple[Chart, ...]
    printed: str = ""  # the end of what it printed


class PluginError(UserError):
    """A plug-in failed; `details` has the traceback and what it printed."""

    def __init__(self, sentence: str, details: str = "") -> None:
        super().__init__(sentence, hint=tr("The log has the details.") if details else "")
        self.details = details
        log.warning("%s\n%s", sentence, details)


@images_probe
def ask_plugin(
    network: LensNetwork,
    data: Dataset,
    plugin: Plugin,
    request: dict[str, Any],
    drawing: Array | None = None,
    patience: float | None = None,
) -> Asking[PluginAnswer]:
    """Have a plug-in look at the network and the data; `request` has `label`, `layer`, `neuron`, `image`, or fewer.

    Raises `PluginError` where it fails, takes longer than `patience` seconds, by default `PATIENCE`, or ends.
    """
    patience = PATIENCE if patience is None else patience
    process = yield from _process_of(plugin, patience)
    process.tell_data(data)
    number = process.ask(network, {**request, "language": language()}, drawing)
    fields, arrays = yield from process.answered(number, patience)
    try:
        charts = unpacked(fields["charts"], arrays)
    except ValueError as error:
        raise PluginError(tr("The page of the plug-in {name} is none.", name=plugin.title), str(error)) from error
    return PluginAnswer(**network.shown, plugin=plugin.name, charts=charts, printed=str(fields.get("printed", "")))


class PluginsKnown(Message):
    """The plug-ins that there are, on or off."""

    plugins: tuple[Plugin, ...]


def list_plugins(session: object) -> Job:
    """Look for plug-ins; none is run."""
    yield PluginsKnown(plugins=tuple(known_plugins()))


def end_plugins() -> None:
    """End the processes of all plug-ins."""
    while _processes:
        _processes.pop().close()


_processes: list["_Process"] = []  # those last asked are last; only the engine's thread uses them


def _process_of(plugin: Plugin, patience: float) -> "Asking[_Process]":
    """Return the plug-in's process once it has answered what was asked before."""
    known = next((process for process in _processes if process.plugin == plugin), None)
    if known is not None:
        _processes.remove(known)
        _processes.append(known)
        with contextlib.suppress(PluginError):  # nobody waits for that answer any more
            yield from known.answered(known.asked, patience)
        if known in _processes:
            return known
    if not _is_unchanged(plugin):
        raise UserError(
            tr("The plug-in {name} was changed since it was switched on.", name=plugin.title),
            hint=tr("Switch it on again in Edit > Preferences… > Plug-ins…"),
        )
    before = [process for process in _processes if process.plugin.path == plugin.path]
    for process in before or _processes[: 1 - MOST_PROCESSES]:
        process.close()
    _processes.append(process := _Process(plugin))
    return process


def _is_unchanged(plugin: Plugin) -> bool:
    try:
        return digest_of(plugin.path) == plugin.digest
    except OSError:
        return False


class _Process:
    """A plug-in's process. `close` must be called and ends it."""

    def __init__(self, plugin: Plugin) -> None:
        self.plugin = plugin
        self.asked = self._done = 0  # the numbers of the last question, and of the last one that was answered
        self._since = 0.0
        self._data: Dataset | None = None
        self._process = start_beside("engine.analysis.plugins.process", errors=subprocess.DEVNULL)
        self._questions: queue.SimpleQueue[Sent | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Sent | None] = queue.SimpleQueue()
        works = self._write, self._read
        self._threads = [threading.Thread(target=work, name="plug-in", daemon=True) for work in works]
        for thread in self._threads:
            thread.start()

    def tell_data(self, data: Dataset) -> None:
        """Hand out the data, unless the process has them already."""
        if data is not self._data:
            self._data = data
            arrays = [data.train_images, data.train_labels, data.test_images, data.test_labels]
            self._questions.put(({"memory": MEMORY + 2 * sum(array.nbytes for array in arrays)}, []))
            self._questions.put(({"data": [data.name, list(data.classes)]}, arrays))

    def ask(self, network: LensNetwork, request: dict[str, Any], drawing: Array | None) -> int:
        """Hand out a question and return its number."""
        self.asked += 1
        self._since = time.monotonic()
        passed = [scaling for scaling in network.passed if scaling]
        others = [np.asarray(array, np.float32) for scaling in passed for array in scaling]
        others += [] if drawing is None else [np.asarray(drawing, np.float32)]
        fields = {
            "number": self.asked,
            "plugin": {"path": str(self.plugin.path), "digest": self.plugin.digest, "module": self.plugin.module},
            "layers": as_text(network.architecture.layers),
            "shape": network.architecture.shape,
            "classes": network.architecture.classes,
            "passed": [bool(scaling) for scaling in network.passed],
            "weights": len(network.weights),
            "request": request,
        }
        self._questions.put((fields, [*network.weights, *others]))
        return self.asked

    def answered(self, number: int, patience: float) -> Asking[Sent]:
        """Return the answer to the question of that number; the process is closed where there will be none."""
        at = {"name": self.plugin.title, "seconds": patience}
        while self._done < number:
            try:
                sent = self._answers.get_nowait()
            except queue.Empty:
                if time.monotonic() - self._since > patience:
                    self._fail(tr("The plug-in {name} took longer than {seconds:g} seconds.", **at))
                yield Rest(seconds=WAIT_SECONDS)
                continue
            if sent is None:
                status = yield from self._status()
                self._fail(tr("The plug-in {name} ended with status {status}.", **at, status=status))
            fields, arrays = sent
            self._done = fields["number"]
            if self._done == number:
                self._raise_failure(fields)
                return fields, arrays
        return {}, []

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(ValueError):
            _processes.remove(self)
        self._kill()
        self._questions.put(None)
        self._process.wait()
        for thread in self._threads:
            thread.join(JOIN_SECONDS)  # no longer: a process that the plug-in has started may hold the pipes

    def _status(self) -> Asking[int]:
        """Return the status with which the process ended; end it where it only closed its pipe."""
        patience = time.monotonic() + JOIN_SECONDS
        while self._process.poll() is None and time.monotonic() < patience:
            yield Rest(seconds=WAIT_SECONDS)
        self._kill()
        return self._process.wait()

    def _kill(self) -> None:
        """Kill the process, and what the plug-in has started, which is in its group."""
        with contextlib.suppress(OSError, AttributeError):  # there is no such group yet, or no groups at all
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()

    def _fail(self, sentence: str) -> NoReturn:
        self.close()
        raise PluginError(sentence)

    def _raise_failure(self, fields: dict[str, Any]) -> None:
        failed, line = fields.get("failed"), fields.get("line")
        if not failed:
            return
        details = str(fields.get("details", ""))
        where = {"name": self.plugin.title, "line": line, "error": failed, "size": MEMORY >> 30}
        if failed == "memory":
            self._fail(tr("The plug-in {name} needs more than {size} GB of memory.", **where))
        if line:
            raise PluginError(tr("The plug-in {name} fails in line {line}: {error}.", **where), details)
        raise PluginError(tr("The plug-in {name} fails: {error}.", **where), details)

    def _write(self) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        with contextlib.suppress(OSError), pipe:  # it has ended: the reading thread reports that
            while message := self._questions.get():
                send(pipe, *message)

    def _read(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        with pipe:
            try:
                while message := receive(pipe, MOST_ARRAY_BYTES):
                    self._answers.put(message)
            except (ValueError, KeyError, TypeError, RecursionError, OSError):
                self._kill()  # it writes something else, or too much
        self._answers.put(None)
