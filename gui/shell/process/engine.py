"""The engine of a process: its thread, its session, its messages. It outlives a window that is built again."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.core.machine.memory import give_all_back
from engine.core.mailbox import Mailbox
from engine.core.runner import Runner
from engine.session.session import Session


class Engine:
    """The engine's thread with a session, which ends with the window's last `view` in plain values.

    `new_place` returns a file for a session without a name.
    """

    def __init__(self, mailbox: Mailbox | None, new_place: Callable[[], Path]) -> None:
        self.mailbox = mailbox or Mailbox()
        self.view: Mapping[str, Any] | None = None
        session = Session(new_place=new_place)
        session.waits_for_readers = False
        self.runner = Runner(session, self.mailbox, lambda: session.close(self.view), session.give_up, give_all_back)
