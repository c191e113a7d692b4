"""Qt for Python reads the signatures of its functions only once somebody asks, and then as if it always had."""

import subprocess
import sys

CALL = """
import sys
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor
parser = sys.modules["shibokensupport.signature.parser"]
print("pyside_type_init" in vars(parser), file=sys.stderr)
for call in (lambda: QPoint("x"), lambda: QRect(1, 2, 3, None), lambda: QColor(red=1), lambda: QPoint().setX(1, 2)):
    try:
        call()
    except (TypeError, AttributeError) as error:
        print(error)
print(QRect.__doc__, QPoint.__doc__)
print("pyside_type_init" in vars(parser), file=sys.stderr)
"""


def printed(first: str) -> tuple[str, list[str]]:
    """What a new process says of wrong calls; and whether the parser is there before and after them."""
    done = subprocess.run([sys.executable, "-c", first + CALL], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout, done.stderr.split()


def test_the_parser_of_signatures_runs_when_a_call_is_wrong_and_says_what_it_always_says():
    usual, there = printed("")
    assert "Supported signatures" in usual and "QPoint" in usual
    assert there == ["True", "True"], "or there is nothing left to save"
    assert printed("from gui.app import leave_signatures_alone\nleave_signatures_alone()") == (usual, ["False", "True"])
