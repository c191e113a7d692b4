"""What the entries of the Help menu do."""

import functools
from functools import partial
from typing import TYPE_CHECKING

from gui.shell.parts import Parts

if TYPE_CHECKING:
    from gui.shell.help.explain import Explainer


class HelpActions:
    """One method or attribute for each entry, by the last part of its name: `help.about`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        show = parts.dialogs.show
        self.look_up = self.shortcuts = partial(show, "help")  # takes a term of the glossary, or shows all of it
        self.notices, self.report = partial(show, "notices"), partial(show, "report")
        self.about = partial(show, "about")

    def what(self) -> None:
        """Explain the panel under the mouse, or the one that has the focus; once more: the next one."""
        self._explainer.explain()

    @functools.cached_property
    def _explainer(self) -> "Explainer":
        from gui.shell.help.explain import Explainer  # late, as every dialog

        notices = self._parts.notices
        explainer = Explainer(self._parts.window, lambda sentence: notices.tell(sentence, topic="explained"))
        explainer.termWanted.connect(self.look_up)
        return explainer
