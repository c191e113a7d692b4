"""What the entries of the Help menu do."""

from __future__ import annotations

import functools
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gui.shell.dialogs.dialogs import Dialogs
    from gui.shell.help.explain import Explainer
    from gui.shell.parts import Parts


class HelpActions:
    """One method or attribute for each entry, by the last part of its name: `help.about`."""

    def __init__(self, parts: Parts, dialogs: Dialogs) -> None:
        self._parts = parts
        self.look_up = partial(dialogs.show, "help")  # takes a term of the glossary
        self.shortcuts, self.notices = partial(dialogs.show, "help"), partial(dialogs.show, "notices")
        self.report, self.about = partial(dialogs.show, "report"), partial(dialogs.show, "about")

    def what(self) -> None:
        """Explain the panel under the mouse, or the one that has the focus; once more: the next one."""
        self._explainer.explain()

    @functools.cached_property
    def _explainer(self) -> Explainer:
        from gui.shell.help.explain import Explainer  # late, as every dialog

        notices = self._parts.notices
        explainer = Explainer(self._parts.window, lambda sentence: notices.tell(sentence, topic="explained"))
        explainer.termWanted.connect(self.look_up)
        return explainer
