"""Chromium without a window, driven through a pipe (the DevTools protocol): no package is needed for that."""

import base64
import contextlib
import fcntl
import itertools
import json
import os
import select
import shutil
import signal
import time
from pathlib import Path

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

FLAGS = ("--headless=new", "--remote-debugging-pipe", "--no-first-run", "--hide-scrollbars", "--disable-gpu",
         "--disable-extensions", "--disable-background-networking", "--disable-dev-shm-usage")  # fmt: skip

PATIENCE = 20.0
AXE = Path(__file__).parents[4] / "build/axe/node_modules/axe-core/axe.min.js"


def chromium() -> str:
    """The path of a Chromium; the test is skipped where there is none."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not found or not hasattr(os, "posix_spawn"):
        pytest.skip("no Chromium is found: apt-get install chromium")
    return found


def axe() -> str:
    """The source of axe-core, which looks for barriers in a page; the test is skipped where it is not installed."""
    if not AXE.exists():
        pytest.skip("axe-core is not here: make browser-test installs it where there is npm")
    return AXE.read_text("utf-8")


class Browser:
    """One page in a process of its own. `events` is all that the page has told so far."""

    def __init__(self, program: str, folder) -> None:
        ours, theirs = self._pipes()
        flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        nothing = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
        self._process = os.posix_spawn(
            program,
            [program, *flags, f"--user-data-dir={folder}", "about:blank"],
            {**os.environ, "HOME": str(folder)},
            file_actions=[*nothing, *((os.POSIX_SPAWN_DUP2, end, to) for end, to in zip(theirs, (3, 4), strict=True))],
            setpgroup=0,
        )
        for end in theirs:
            os.close(end)
        self._to, self._from = ours
        self._numbers, self._left = itertools.count(1), b""
        self.events = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = None
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._call("Browser.close", over=True)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._to)
        os.close(self._from)

    def look(self, width, height, scale=2, *, dark=False, touch=True) -> None:
        """Be a screen of that size in CSS pixels, of a phone or of a computer with a mouse."""
        size = {"width": width, "height": height, "deviceScaleFactor": scale}
        self.call("Emulation.setDeviceMetricsOverride", **size, mobile=touch)
        self.call("Emulation.setTouchEmulationEnabled", enabled=touch)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, path) -> None:
        self.call("Page.navigate", url="about:blank")  # the same address once more would scroll back
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        self.wait("document.readyState === 'complete' && typeof page === 'object' && page.answers > 0")

    def run(self, expression):
        """Return what an expression comes to, a promise's value too."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, condition) -> None:
        until = time.monotonic() + PATIENCE
        while not self.run(f"Boolean({condition})"):
            assert time.monotonic() < until, f"never came: {condition}"
            self.run("new Promise((done) => requestAnimationFrame(done))")

    def settled(self) -> None:
        """Wait until the page has computed all that may come later."""
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.wait("work === null")

    def box(self, selector):
        """Return left, top, width and height on the screen, once it is there."""
        self.run(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        return self.run(
            f"(({{left, top, width, height}}) => [left, top, width, height])"
            f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())"
        )

    def tap(self, selector) -> None:
        left, top, width, height = self.box(selector)
        pause = "new Promise((done) => setTimeout(done, 400))"
        self.run(pause)  # sooner after another touch it would be a double tap, which presses nothing
        self.touch("touchStart", left + width / 2, top + height / 2)
        self.touch("touchEnd")
        self.settled()

    def touch(self, kind, x=None, y=None) -> None:
        points = [] if x is None else [{"x": x, "y": y}]
        self.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)

    def key(self, key, text="", modifiers=0) -> None:
        codes = {
            "Tab": 9,
            "Enter": 13,
            "Escape": 27,
            " ": 32,
            "End": 35,
            "ArrowRight": 39,
            "ArrowDown": 40,
            "Delete": 46,
        }
        code = codes[key]
        given = {"key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        self.call("Input.dispatchKeyEvent", type="keyDown", **given, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **given)

    def picture(self, path, *, whole=False) -> None:
        found = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))

    @property
    def requests(self):
        """The addresses that were asked for, besides the page itself and what it holds."""
        sent = (event["params"] for event in self.events if event["method"] == "Network.requestWillBeSent")
        urls = (params["request"]["url"] for params in sent)
        return [url for url in urls if not url.startswith(("file:", "data:"))]

    @property
    def complaints(self):
        """What went wrong in the page, as its console has it."""
        said = []
        for each in self.events:
            method, params = each["method"], each["params"]
            if method == "Runtime.exceptionThrown":
                said.append(str(params["exceptionDetails"]))
            elif method == "Runtime.consoleAPICalled":
                said.append(str(params["args"]))
            elif method == "Log.entryAdded":
                said.append(params["entry"]["text"])
        return said

    def call(self, method, **params):
        return self._call(method, session=self._session, **params)

    def _call(self, method, session=None, over=False, **params):
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        message |= {"sessionId": session} if session else {}
        content = json.dumps(message).encode() + b"\0"
        while content:
            content = content[os.write(self._to, content) :]
        while not over:
            told = self._next()
            if told.get("id") == number:
                assert "error" not in told, (method, told["error"])
                return told["result"]
            if "method" in told:
                self.events.append(told)
        return {}

    def _next(self):
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._from], [], [], PATIENCE)
            assert ready, "Chromium says nothing"
            part = os.read(self._from, 1 << 20)
            assert part, "Chromium has ended"
            self._left += part
        message, _, self._left = self._left.partition(b"\0")
        return json.loads(message)

    def _pipes(self):
        """Return our ends (to it, from it) and its ends, of numbers that its own 3 and 4 do not close."""
        (reads, to), (came, writes) = os.pipe(), os.pipe()
        theirs = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (reads, writes)]
        os.close(reads)
        os.close(writes)
        return (to, came), theirs
