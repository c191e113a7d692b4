"""A screen reader for tests: it knows AT-SPI and keys, and of the program no more than the words that are read to it.

`with program_on_a_desk(home) as reader:` starts a screen, a session bus and the program as a person starts it.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.gui.stage.bus import Bus

PROGRAM = Path(__file__).resolve().parents[3] / "main.py"
PROGRAMS = {"Xvfb": "xvfb", "xdotool": "xdotool", "dbus-daemon": "dbus-daemon"}  # with the packages of Debian
SERVICES = ("/usr/share/dbus-1/services", "/usr/local/share/dbus-1/services")
REGISTRY, ROOT, SPI = "org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root", "org.a11y.atspi."
FOCUSED, SELECTED, SENSITIVE, SHOWING = 12, 23, 24, 25  # bits of a state
WITH_PARTS = ("canvas", "chart", "graphic", "list", "table")  # roles of what may have thousands
PATIENCE = 120.0  # seconds


def what_is_missing():
    """Return the packages of Debian that a desk needs and this machine does not have."""
    lacks = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    there = any(Path(folder, "org.a11y.Bus.service").exists() for folder in SERVICES)
    return [*lacks, *([] if there else ["at-spi2-core"])]


@contextlib.contextmanager
def program_on_a_desk(home):
    """Start a screen, a session bus and the program; yield a `Reader` of it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "QT_", "DBUS_", "AT_"))}
    environment = {**kept, "HOME": str(home), "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}
    with contextlib.ExitStack() as desk:
        folder = tempfile.TemporaryDirectory(prefix="desk-", ignore_cleanup_errors=True)  # a socket's path is short
        environment["XDG_RUNTIME_DIR"] = desk.enter_context(folder)
        errors = desk.enter_context((home / "errors.txt").open("ab"))

        def start(*words, **more):
            """Start a program that lives as long as the desk."""
            process = subprocess.Popen(words, env=environment, stderr=errors, text=True, **more)
            desk.callback(process.wait)
            desk.callback(process.terminate)
            return process

        def line_of(*words):
            """Start a program; return the first line that it writes."""
            return desk.enter_context(start(*words, stdout=subprocess.PIPE).stdout).readline().strip()

        screen = line_of("Xvfb", "-displayfd", "1", "-screen", "0", "1600x900x24", "-nolisten", "tcp")
        environment |= {"DISPLAY": f":{screen}", "QT_QPA_PLATFORM": "xcb"}
        session = line_of("dbus-daemon", "--session", "--nofork", "--print-address")
        environment["DBUS_SESSION_BUS_ADDRESS"] = session
        with contextlib.closing(Bus(session)) as bus:
            address = bus.ask("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")
        with contextlib.closing(Bus(address)) as bus:
            reader = Reader(bus, f":{screen}")
            start(sys.executable, str(PROGRAM))
            reader.wait_for(reader.windows)
            yield reader


class Thing:
    """An accessible object: what a reader says of it, and what can be done with it."""

    def __init__(self, bus, program, path):
        self.bus, self.program, self.path = bus, program, path

    def ask(self, interface, method, *words):
        return self.bus.ask(self.program, self.path, SPI + interface, method, *words)

    def get(self, interface, name):
        of_all = "org.freedesktop.DBus.Properties"
        return self.bus.ask(self.program, self.path, of_all, "Get", "ss", SPI + interface, name)

    @property
    def name(self):
        return self.get("Accessible", "Name")

    @property
    def description(self):
        return self.get("Accessible", "Description")

    @property
    def role(self):
        return self.ask("Accessible", "GetRoleName")

    @property
    def interfaces(self):
        return [each.removeprefix(SPI) for each in self.ask("Accessible", "GetInterfaces")]

    @property
    def value(self):
        return self.get("Value", "CurrentValue")

    @property
    def children(self):
        return [Thing(self.bus, *place) for place in self.ask("Accessible", "GetChildren")]

    def has_state(self, bit):
        low, high = self.ask("Accessible", "GetState")
        return bool((high << 32 | low) >> bit & 1)

    def press(self):
        self.ask("Action", "DoAction", "i", 0)

    def focus(self):
        self.ask("Component", "GrabFocus")

    def walk(self, depth=0):
        """Yield this and what it holds and shows, with the depth, in the order in which it is read.

        Parts are left out: a reader goes to them where one wants to hear them.
        """
        yield depth, self
        if self.role not in WITH_PARTS:
            for child in self.children:
                with contextlib.suppress(LookupError):  # it went away meanwhile
                    if child.has_state(SHOWING):
                        yield from child.walk(depth + 1)

    def __str__(self):
        described = f": {self.description}" if self.description else ""
        return f'{self.role} "{self.name}"{described}'


class Reader:
    """Who cannot see: finds things by what is read, presses them, types, and hears what is announced."""

    def __init__(self, bus, screen):
        self.bus, self._screen, self._window = bus, screen, ""
        bus.bus("AddMatch", "s", f"type='signal',interface='{SPI}Event.Object',member='Announcement'")
        where = REGISTRY, "/org/a11y/atspi/registry", REGISTRY
        bus.ask(*where, "RegisterEvent", "sass", "object:announcement", [], "")

    @property
    def announced(self):
        """What was said by itself so far."""
        return [values[3] for member, values in self.bus.signals if member == "Announcement"]

    def windows(self):
        """Return the windows of the program, the newest last."""
        programs = Thing(self.bus, REGISTRY, ROOT).children
        return programs[0].children if programs else []

    def all(self, role, words=""):
        """Yield what has a role, any where none is said, and words in its name, in the order in which it is read."""
        for window in self.windows():
            for _, thing in window.walk():
                if role in ("", thing.role) and words in thing.name:
                    yield thing

    def first(self, role, words=""):
        return next(self.all(role, words), None)

    def find(self, role, words=""):
        """Return the first that has a role and words in its name, once there is one."""
        return self.wait_for(lambda: self.first(role, words))

    def press(self, role, words):
        """Press the first that has a role and words in its name, once there is one that can be pressed."""

        def pressed():
            thing = next((thing for thing in self.all(role, words) if thing.has_state(SENSITIVE)), None)
            return thing is not None and (thing.press() or True)

        self.wait_for(pressed)

    def has_focus(self, role, words):
        return any(thing.has_state(FOCUSED) for thing in self.all(role, words))

    def type(self, *keys):
        """Press keys, by their names in X, in the newest window, to which nobody else on this screen gives them."""
        newest = self._hand("search", "--onlyvisible", "--name", ".").split()[-1]
        if newest != self._window:
            self._hand("windowfocus", "--sync", newest)
            self._window = newest
        self._hand("key", *keys)

    def _hand(self, *words):
        how = {"env": {**os.environ, "DISPLAY": self._screen}, "text": True, "check": True, "timeout": PATIENCE}
        return subprocess.run(["xdotool", *words], stdout=subprocess.PIPE, **how).stdout

    def wait_for(self, condition):
        """Return the first true answer of a condition, which is asked until then."""
        until = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(LookupError):
                if answer := condition():
                    return answer
            assert time.monotonic() < until, f"waited in vain; the last that was heard: {self.announced[-5:]}"
            self.bus.listen(0.2)
