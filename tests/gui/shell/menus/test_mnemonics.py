"""Each entry of a menu is opened by a letter of its own, in every language."""

import re
from collections import defaultdict
from itertools import combinations

import pytest

from engine.core.language import LANGUAGES, tr
from gui.shell.menus.actions import table
from gui.shell.menus.run_actions import START
from gui.shell.menus.time_actions import HOLD
from tests.pseudo import spoken

MNEMONIC = re.compile(r"(?<!&)&(\w)")

# Texts that take the place of one in the table meanwhile, by their action; menus that the table has not.
OTHER_TEXTS = {"run.start": [text for text, _ in START.values()], "time.play": [HOLD[0]]}
FURTHER = {
    "examples": ("&Add pictures…", "&Use as the data set", "&Export as .npz…", "Export as a &folder of pictures…"),
    "learn": ("&Train on with my drawings", "&Show my examples ({count})", "&New class…"),
    "pictures": ("Of a &class", "&Any", "A &misread one", "By its &number…"),
}


def menus():
    """Return the groups of texts of each entry, by menu: an entry may have several, one at a time."""
    entries = defaultdict(list, {"": [], **{name: [[tr(text)] for text in texts] for name, texts in FURTHER.items()}})
    for name, title in table().menus.items():
        entries[name.rpartition(".")[0]].append([title])
    for name, row in table().rows.items():
        if row.menu:
            entries[row.menu].append([row.text, *map(tr, OTHER_TEXTS.get(name, ()))])
    entries["file.recent"].append([tr("&Clear this list")])
    return entries


def letters(texts):
    return {letter.casefold() for text in texts for letter in MNEMONIC.findall(text)}


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_letter_opens_one_entry_of_its_menu_and_each_entry_has_one(qapp, code):
    with spoken(code):
        assert len(menus()) == len(FURTHER) + len(table().menus) + 1
        for name, entries in menus().items():
            assert [texts for texts in entries if not all(len(MNEMONIC.findall(text)) == 1 for text in texts)] == []
            shared = [(one, other) for one, other in combinations(entries, 2) if letters(one) & letters(other)]
            assert shared == [], name
