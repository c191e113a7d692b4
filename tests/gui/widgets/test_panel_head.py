"""The head of a panel: a title gives way to its brief words before what stands beside it folds."""

from itertools import groupby

from gui.look.layout import add
from gui.look.theme import theme
from gui.look.words import Elided
from gui.widgets.forms.controls import Segments
from gui.widgets.panel import Panel

WHOLE, BRIEF = "Fives that were predicted as threes", "Fives as threes"


def test_a_title_is_brief_before_a_choice_beside_it_folds_and_whole_while_the_folded_one_leaves_it_room(qtbot):
    theme().apply()
    choice = Segments("test.choice", {key: (f"{key} of all that are shown", "") for key in ("First", "Last")})
    panel = Panel(WHOLE, "test.panel", shortens=True)
    qtbot.addWidget(panel)
    panel.set_title(WHOLE, BRIEF)
    add(panel.head, choice)
    panel.show()
    title = panel.head_line.findChild(Elided)

    def look(width):
        panel.resize(width, 200)
        return title.text(), choice.width() < choice.sizeHint().width()

    seen = [words_and_fold for words_and_fold, _ in groupby(map(look, range(800, 300, -1)))]
    assert seen[:3] == [(WHOLE, False), (BRIEF, False), (WHOLE, True)]
