"""Looking for an answer that is due: much more often than the window's own timer, and not for ever."""

from PySide6.QtCore import QObject

from gui.state.answer_look import MOST_LOOKS, AnswerLook


class Mail:
    """Counts how often it is looked at."""

    def __init__(self):
        self.looks = 0

    def deliver(self):
        self.looks += 1


def test_the_mail_is_taken_in_again_and_again_but_not_for_ever(qtbot):
    mail, parent = Mail(), QObject()
    look = AnswerLook(mail, parent)
    look.start()
    qtbot.waitUntil(lambda: mail.looks == MOST_LOOKS)
    assert not look._timer.isActive()
    look.start()
    qtbot.waitUntil(lambda: mail.looks >= MOST_LOOKS + 3)
    look.stop()
    assert not look._timer.isActive()
