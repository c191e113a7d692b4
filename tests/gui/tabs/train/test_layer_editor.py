"""The layers of the next network one by one: their shapes as one types, and networks put together by clicking."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWidget

from engine.core.layers.language import parse_layers
from engine.core.specs import TrainSpec
from gui.look.first_look import show_everything
from gui.look.theme import theme
from gui.tabs.train.layer_editor import LayerEditor
from gui.tabs.train.settings_panel import SettingsPanel
from tests.gui.fake_engine import dataset_opened
from tests.gui.room import cut_off, squeezed


class Hands:
    """A panel of settings with the layers unfolded, and hands that type and click there."""

    def __init__(self, panel):
        self.panel, self.editor = panel, panel.findChild(LayerEditor)
        self.field = panel.form.fields["layers"]

    def unfold(self):
        self.panel.findChild(QWidget, "train.structure.show").click()

    def type(self, text):
        self.field.editor.setText(text)
        self.field.editor.textEdited.emit(text)

    @property
    def text(self):
        return self.field.editor.text()

    def rows(self):
        """The cells of all rows, with the depth of each."""
        root, rows = self.editor.tree.invisibleRootItem(), []

        def note(item, depth):
            rows.append((depth, item.text(0), item.text(1), item.text(2)))
            for number in range(item.childCount()):
                note(item.child(number), depth + 1)

        for number in range(root.childCount()):
            note(root.child(number), 0)
        return rows

    def item(self, title):
        found = self.editor.tree.findItems(title, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
        return found[0]

    def choose(self, title):
        self.editor.tree.setCurrentItem(self.item(title))

    @property
    def chosen(self):
        return self.editor.tree.currentItem().text(0)

    def press(self, key):
        self.editor.findChild(QWidget, f"train.structure.{key}").click()

    def add(self, kind):
        self.editor.add.menu().findChild(QAction, f"train.structure.add.{kind}").trigger()

    def can(self):
        return [key for key, button in self.editor.buttons.items() if button.isEnabled()]

    def option(self, name, text):
        editor = self.editor.findChild(QWidget, f"train.layer.{name}")
        if isinstance(text, int):
            editor.setCurrentIndex(text)
        else:
            editor.setText(text)
            editor.textEdited.emit(text)
        return editor


@pytest.fixture
def panel(qtbot):
    theme().apply()  # first: the panel measures words when it is made, and the letters come with the theme
    shown = SettingsPanel()
    qtbot.addWidget(shown)
    return shown


@pytest.fixture
def hands(panel):
    hands = Hands(panel)
    hands.unfold()
    return hands


def test_shapes_and_parameters_are_there_as_one_types_with_blocks_as_indented_rows(hands):
    hands.type("conv 8 5x5 stride 2, residual(conv 8, conv 8 | identity), global average, 20")
    assert hands.rows() == [
        (0, "Images", "28×28", ""),
        (0, "conv 8 5x5 stride 2", "14×14×8", "208"),
        (0, "residual", "14×14×8", "1,168"),
        (1, "Layers", "", ""),
        (2, "conv 8 3x3", "14×14×8", "584"),
        (2, "conv 8 3x3 linear", "14×14×8", "584"),
        (1, "Shortcut", "", ""),
        (0, "global average", "8", ""),
        (0, "20", "20", "180"),
        (0, "Classes", "10", "210"),
    ]
    hands.panel.set_data(dataset_opened("Letters", 26, train=260, test=10, shape=(32, 32), train_counts=(10,) * 26))
    assert hands.rows()[0] == (0, "Images", "32×32", "") and hands.rows()[-1] == (0, "Classes", "26", "546")


def test_nothing_of_it_is_there_until_a_person_asks_for_it(panel):
    hands = Hands(panel)
    hands.type("conv 8, 20")
    assert hands.editor.isHidden() or not panel.layer_fold.is_open
    assert hands.rows() == []
    hands.unfold()
    assert [row[1] for row in hands.rows()] == ["Images", "conv 8 3x3", "maxpool", "20", "Classes"]


def test_it_stays_unfolded_for_the_next_window_and_the_first_look_has_nothing_of_it(hands, qtbot):
    panel = SettingsPanel()
    qtbot.addWidget(panel)
    panel.show()
    other = Hands(panel)
    assert [row[1] for row in other.rows()] == ["Images", "300", "Classes"]
    shown = [panel.findChild(QWidget, name) for name in ("train.structure.show", "train.structure.tree")]
    assert all(part.isVisibleTo(panel) for part in shown)
    show_everything(False)
    assert not any(part.isVisibleTo(panel) for part in shown)
    show_everything(True)
    assert all(part.isVisibleTo(panel) for part in shown)
    other.unfold()
    assert [part.isVisibleTo(panel) for part in shown] == [True, False]


def test_a_part_that_is_no_layer_is_marked_and_said_with_what_was_meant(hands):
    hands.type("conv 16, maxpol, 64")
    assert hands.field.error == "Layers: “maxpol” is not a layer. Did you mean maxpool?"
    assert hands.text[slice(*hands.field.editor.marked)] == "maxpol"
    assert not hands.editor.isEnabled() and hands.panel.form.spec() is None
    hands.type("  conv 16, maxpol, 64")
    assert hands.text[slice(*hands.field.editor.marked)] == "maxpol"
    hands.type("conv 16, maxpool, 64")
    assert (hands.field.error, hands.field.editor.marked) == ("", (0, 0)) and hands.editor.isEnabled()


def test_a_layer_that_does_not_fit_is_marked_in_the_text_and_among_the_rows(hands):
    hands.type("conv 4 3x3, residual(conv 8), 64")
    sentence = "Layers: in “residual(conv 8 3x3)” 28 × 28 × 8 and 28 × 28 × 4 cannot be added."
    assert hands.field.error.startswith(sentence) and hands.panel.form.spec() is None
    assert hands.text[slice(*hands.field.editor.marked)] == "residual(conv 8)"
    wrong = hands.item("residual")
    assert wrong.toolTip(0).startswith(sentence)
    assert wrong.data(0, Qt.ItemDataRole.AccessibleDescriptionRole).startswith(sentence)
    bad = theme().current.color("bad")
    assert wrong.foreground(0).color() == bad != hands.item("64").foreground(0).color()
    assert hands.editor.isEnabled(), "it can be mended by clicking"


def test_what_fits_other_images_no_more_is_said_when_these_are_opened(hands):
    hands.type("conv 4 20x20 valid")
    assert hands.panel.form.spec() == TrainSpec(layers="conv 4 20x20 valid")
    hands.panel.set_data(dataset_opened("Small", 2, train=20, test=10, shape=(8, 8), train_counts=(10, 10)))
    assert "larger than the 8 × 8" in hands.field.error


def test_the_wrong_part_is_underlined_where_it_stands(hands, qtbot):
    editor = hands.field.editor
    hands.panel.resize(700, 700)
    hands.panel.show()
    hands.type("64, fifty, 64")

    def underlined():
        """The columns of pixels, at the letters' foot, that have the colour of what is wrong and no letter above."""
        image, bad = editor.grab().toImage(), theme().current.color("bad")
        ratio, bottom = image.devicePixelRatio(), editor.cursorRect().bottom()
        row = [image.pixelColor(round(x * ratio), round(bottom * ratio)) for x in range(6, editor.width() - 6)]
        return [x + 6 for x, color in enumerate(row) if color.rgb() == bad.rgb()]

    places = underlined()
    assert places and places[-1] - places[0] > 10

    def letter_at(x):
        return editor.cursorPositionAt(QPoint(x, editor.height() // 2))

    assert letter_at(places[0]) in (3, 4) and letter_at(places[-1]) in (8, 9, 10)
    hands.type("64, 50, 64")
    assert underlined() == []


def test_a_network_is_put_together_by_clicking_and_written_as_text(hands):
    hands.type("")
    hands.choose("Images")
    hands.add("conv")
    assert (hands.text, hands.chosen) == ("conv 16 3x3", "conv 16 3x3")
    hands.add("pool")
    assert (hands.text, hands.chosen) == ("conv 16", "maxpool"), "short for a convolution with its pooling"
    hands.add("residual")
    assert hands.text == "conv 16, residual(conv 16 3x3, conv 16 3x3)"
    hands.choose("Shortcut")
    hands.add("dropout")
    assert hands.text == "conv 16, residual(conv 16 3x3, conv 16 3x3 | dropout 0.3)"
    hands.press("remove")
    hands.choose("residual")
    hands.add("global")
    hands.add("dense")
    hands.press("double")
    assert hands.text == "conv 16, residual(conv 16 3x3, conv 16 3x3), global average, 64, 64"
    hands.choose("global average")
    hands.press("remove")
    assert hands.text == "conv 16, residual(conv 16 3x3, conv 16 3x3), 64, 64"
    hands.choose("maxpool")
    hands.press("down")
    assert (hands.text, hands.chosen) == ("conv 16 3x3, residual(conv 16 3x3, conv 16 3x3), maxpool, 64, 64", "maxpool")
    hands.press("up")
    hands.press("up")
    assert hands.text.startswith("maxpool, conv 16 3x3, residual(")
    assert hands.panel.spec() == TrainSpec(layers=hands.text)


def test_branches_get_ways_and_lose_them(hands):
    hands.type("conv 4 3x3")
    hands.choose("conv 4 3x3")
    hands.add("branches")
    assert hands.text == "conv 4 3x3, branches(conv 8 1x1 | conv 8 3x3)"
    hands.choose("Way 1")
    assert hands.can() == ["double", "down"]
    hands.press("double")
    assert hands.text == "conv 4 3x3, branches(conv 8 1x1 | conv 8 1x1 | conv 8 3x3)"
    hands.choose("Way 3")
    assert hands.can() == ["double", "up", "remove"]
    hands.press("up")
    hands.choose("Way 1")
    hands.press("remove")
    assert hands.text == "conv 4 3x3, branches(conv 8 3x3 | conv 8 1x1)"


def test_the_settings_of_the_chosen_layer_are_fields_that_write_the_text(hands):
    hands.type("conv 16 3x3, maxpool 3x3, 64")
    hands.choose("conv 16 3x3")
    assert hands.editor.kind.text() == "Filters that look at neighbouring pixels."
    hands.option("conv.width", "24")
    hands.option("conv.kernel", "5x3")
    hands.option("conv.stride", "2")
    hands.option("conv.padding", 1)
    hands.option("conv.norm", 1)
    hands.option("conv.activation", 2)
    assert hands.text == "conv 24 5x3 stride 2 valid, batchnorm, tanh, maxpool 3x3, 64"
    assert hands.chosen == "conv 24 5x3 stride 2 valid, batchnorm, tanh"
    hands.choose("64")
    hands.option("dense.width", "100")
    assert hands.text.endswith(", 100")
    hands.add("dropout")
    hands.option("dropout.rate", "25")
    assert hands.text.endswith(", 100, dropout 0.25")


def test_a_wrong_setting_is_said_below_its_field_or_by_the_language_and_changes_nothing(hands):
    hands.type("conv 16 5x5, 64, dropout 0.5")
    hands.choose("conv 16 5x5")
    hands.option("conv.kernel", "99")
    (label,) = hands.editor.findChildren(QWidget, "train.layer.conv.width.error")
    assert label.text() == "Write a number from 1 to 31, or two such as 3x2."
    hands.option("conv.kernel", "5x5")
    hands.option("conv.groups", "3")
    assert hands.editor.said.text().startswith("Layers: 16 feature maps do not divide into 3 groups")
    assert hands.text == "conv 16 5x5, 64, dropout 0.5"
    hands.option("conv.groups", "4")
    assert hands.editor.said.isHidden() and hands.text == "conv 16 5x5 groups 4, 64, dropout 0.5"
    hands.choose("64")
    hands.add("conv")
    assert hands.editor.said.text() == "Layers: a convolution cannot follow a dense layer."
    assert hands.text == "conv 16 5x5 groups 4, 64, dropout 0.5"


def test_what_is_put_together_is_an_edit_of_the_settings_as_one_that_is_typed(hands):
    edited = []
    hands.panel.form.edited.connect(edited.append)
    hands.type("64")
    hands.choose("64")
    hands.press("double")
    assert edited == ["layers", "layers"] and hands.panel.spec() == TrainSpec(layers="64, 64")
    assert "own" in hands.panel.chip.text().lower()


def test_all_of_it_has_a_name_for_screen_readers_and_is_reached_by_the_keyboard(hands, qtbot):
    hands.panel.resize(320, 900)
    hands.panel.show()
    hands.type("conv 16 3x3, 64")
    hands.choose("64")
    tree = hands.editor.tree
    assert tree.accessibleName() and tree.accessibleDescription()
    for part in (hands.editor.add, *hands.editor.buttons.values()):
        assert (part.accessibleName() or part.text()) and part.toolTip()
    tree.setFocus()
    qtbot.keyClick(tree, Qt.Key.Key_Up)
    assert hands.chosen == "conv 16 3x3"
    reached, here = [], tree
    while (here := here.nextInFocusChain()) is not tree:
        policy = here.focusPolicy()
        if policy & Qt.FocusPolicy.TabFocus and here.isVisibleTo(hands.panel) and hands.editor.isAncestorOf(here):
            reached.append(here.objectName())
    settings = {"train.layer.conv.width", "train.layer.conv.padding", "train.layer.conv.activation"}
    assert {hands.editor.add.objectName(), *(button.objectName() for button in hands.editor.buttons.values())} <= set(
        reached
    )
    assert settings <= set(reached) and not any(name.startswith("train.layer.dense") for name in reached)


@pytest.mark.parametrize("percent", [100, 150])
def test_nothing_is_cut_in_the_room_that_a_small_window_leaves(hands, percent):
    theme().choose_text_size(percent)
    hands.panel.resize(hands.panel.sizeHint().width(), 560)
    hands.panel.show()
    for text, chosen in (
        ("conv 16 5x5 stride 2, batchnorm, relu, residual(conv 16, conv 16), global average, 64, dropout 0.3", "64"),
        ("conv 16 3x3, branches(conv 1024 3x3 | maxpool 3 stride 1), 64", "conv 1024 3x3"),
        ("pad 1 2 3 4, rescale 2 -1, resize 32", "pad 1 2 3 4"),
        ("conv 8 3x3, residual(conv 9)", "residual"),
    ):
        hands.type(text)
        hands.choose(chosen)
        QApplication.processEvents()
        assert cut_off(hands.panel) == [] == squeezed(hands.panel)
    theme().choose_text_size(100)


def test_the_longest_network_is_there_at_once(hands):
    hands.type(", ".join(["residual(8 | 8)"] * 32 + ["relu"] * 40))
    assert hands.panel.form.spec() is not None
    assert len(hands.rows()) == 1 + 32 * 5 + 40 - 1 + 1
    assert len(parse_layers(hands.text)) == 71
