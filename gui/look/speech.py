"""The language of the window: of its texts, of Qt's own words, of its numbers, and the direction of its layout."""

import sys

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from engine.core.language import LANGUAGES, SOURCE, language, preferred, use

SYSTEM = "system"  # the choice of what the system speaks

_qt = QTranslator()


def speak(choice: str) -> None:
    """Use a language, or that of the system, for all that is built from now on."""
    # Programs that a desktop starts have no variables there for `preferred` to read.
    of_system = QLocale.system().uiLanguages() if sys.platform in ("win32", "darwin") else ()
    code = preferred(*(of_system if choice == SYSTEM else (choice,)))
    if code != language():
        use(code)
    # Numbers of English are those of the C locale, as in files.
    QLocale.setDefault(QLocale.c() if code == SOURCE else QLocale(code))
    QCoreApplication.removeTranslator(_qt)
    if _qt.load(f"qtbase_{code}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        QCoreApplication.installTranslator(_qt)
    is_right_to_left = code in LANGUAGES and LANGUAGES[code].is_right_to_left
    QApplication.setLayoutDirection(
        Qt.LayoutDirection.RightToLeft if is_right_to_left else Qt.LayoutDirection.LeftToRight
    )
