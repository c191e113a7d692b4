"""The reasons of an answer: which are on their way, which are shown, and which are too dear to follow each epoch."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from engine.probes.nearest import NearestImages
from engine.probes.receipt import Receipt
from engine.probes.saliency import Saliency
from gui.state.live_pace import REST
from gui.state.one_shot import one_shot

if TYPE_CHECKING:
    from engine.base.messages import Message
    from gui.tabs.draw.evidence_panel import EvidencePanel
    from gui.tabs.draw.fingerprint_panel import FingerprintPanel
    from gui.tabs.draw.why_panel import WhyPanel

SIGN_MS = 400
"""Reasons that take longer to come after the first answer are announced; a sign for less would only flicker."""


class ShownReasons:
    """Shows the reasons that come, and takes away those of an earlier question that do not come again."""

    def __init__(self, why: WhyPanel, evidence: EvidencePanel, fingerprint: FingerprintPanel) -> None:
        self.due: set[type[Message]] = set()
        """What the question asks for besides the answer, and has not brought yet."""
        self._why, self._evidence = why, evidence
        self._may_wait = (why.pixels, evidence.nearest, evidence.receipt, fingerprint.columns)
        self._sign = one_shot(why, lambda: self._show_waiting(waiting=True), ms=SIGN_MS)
        self._winner: int | None = None
        self._compared: object = None
        self._begun = self._free = 0.0
        """When the nearest images were asked for, and until when they rest in a training."""
        self._asks_reasons = False

    def is_nearest_due(self, what: object, *, in_training: bool) -> bool:
        """Return whether to ask for the images nearest to `what`, and take that in.

        A network that has learned a little more is asked anew only after ten times as long as it took: it has to read
        all training images for that. What a hand has changed never waits.
        """
        if in_training and what == self._compared and time.monotonic() < self._free:
            return False
        self._compared, self._begun = what, time.monotonic()
        return True

    def expect(self, kinds: set[type[Message]]) -> None:
        """Take in what a new question asks for."""
        self.due = kinds
        self._asks_reasons = bool(kinds)

    def show_winner(self, label: int | None) -> None:
        """Take in which class is to be explained; `None` while there is none."""
        if label is not None and self._winner is None:
            self._sign.start()
        self._winner = label
        self._why.show_winner(label)
        self._evidence.nearest.show_answer(label)

    def show_saliency(self, message: Saliency) -> None:
        """Show which pixels speak for the answer."""
        self.due.discard(Saliency)
        self._why.show_saliency(message)

    def show_nearest(self, message: NearestImages) -> None:
        """Show the nearest images."""
        self.due.discard(NearestImages)
        now = time.monotonic()
        self._free = now + REST * (now - self._begun)
        self._evidence.nearest.show_images(message, self._winner)

    def show_receipt(self, message: Receipt) -> None:
        """Show the arithmetic."""
        self.due.discard(Receipt)
        self._evidence.receipt.show_receipt(message)

    def show_nothing(self) -> None:
        """Show that there is no answer."""
        self.due = {Saliency, NearestImages, Receipt}
        self._asks_reasons = True
        self.end()
        self.show_winner(None)

    def end(self) -> None:
        """Take away what came from an earlier question, and the network that is looked at now cannot tell."""
        if self._asks_reasons:
            self._show_waiting(waiting=False)
        if Saliency in self.due:
            self._why.show_saliency(None)
        if NearestImages in self.due:
            self._evidence.nearest.show_images(None)
        if Receipt in self.due:
            self._evidence.receipt.show_receipt(None)
        self.due = set()

    def _show_waiting(self, *, waiting: bool) -> None:
        """Let what is empty say whether something will come there."""
        self._sign.stop()
        for each in self._may_wait:
            each.set_waiting(waiting)
