"""Languages that nobody speaks: one whose texts are two fifths longer, with accents, and one from right to left."""

import contextlib
import gettext
import os
import re

from PySide6.QtWidgets import QApplication

from engine.core import language
from engine.core.language import SOURCE, VARIABLE, Language, use
from gui.look.speech import speak

KEPT = re.compile(r"\{[^{}]*\}|<[^<>]+>|&\w+;|&.|\\.|%")
ACCENTS = str.maketrans("AEIOUaeiouycnsz", "ÂÉÎÖÜåëîöüÿçñšž")
HEBREW = str.maketrans("abcdefghijklmnopqrstuvwxyz", "אבגדהוזחטיכלמנסעפצקרשתאבגד")


class Pseudo(gettext.NullTranslations):
    """Turns the letters of each text, outside of its values and tags, by `turn`."""

    def __init__(self, turn):
        super().__init__()
        self._turn = turn

    def gettext(self, message):
        parts, end = [], 0
        for match in KEPT.finditer(message):
            parts += [self._turn(message[end : match.start()]), match[0]]
            end = match.end()
        return "".join((*parts, self._turn(message[end:])))

    def ngettext(self, msgid1, msgid2, n):
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context, message):
        return self.gettext(message)


def longer(text):
    """Return letters with accents, two fifths more of them: each word grows by doubled vowels, as words do."""
    words = re.split(r"(\s+)", text.translate(ACCENTS))
    return "".join(word + word[-1:] * round(0.4 * len(word)) if word.strip() else word for word in words)


def mirrored(text):
    """Return letters that are written from right to left."""
    return text.lower().translate(HEBREW).replace("→", "←")


PSEUDO = {
    "x-long": (Language("Long", ",", "."), longer),
    "x-right": (Language("Right", is_right_to_left=True), mirrored),
}


@contextlib.contextmanager
def spoken(code):
    """Have all that is built meanwhile speak a language: one of the catalogues, or a pseudo-language."""
    known, before = dict(language.LANGUAGES), os.environ.get(VARIABLE)
    catalogue = None
    os.environ[VARIABLE] = code  # a window that is built asks it
    if code in PSEUDO:
        language.LANGUAGES[code], turn = PSEUDO[code]
        catalogue = Pseudo(turn)
    try:
        use(code, catalogue)
        if QApplication.instance() is not None:
            speak(code)
        yield
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before
        use(SOURCE)
        if QApplication.instance() is not None:
            speak(SOURCE)
        language.LANGUAGES.clear()
        language.LANGUAGES.update(known)
