"""The tables of words in `resources/` say what the window expects: a broken one fails here, not before a person."""

from dataclasses import fields
from typing import get_origin

from PySide6.QtGui import QKeySequence

from engine.core.machine.folders import RESOURCES, read_toml
from gui.shell.help.help_texts import EVERYWHERE, all_keys, sequences
from gui.shell.menus.actions import Row, table
from tests.gui.tabs.test_contract import NAMES


def test_an_action_has_words_keys_and_an_icon_that_there_are():
    for row in table().rows.values():
        for field in fields(Row):
            value = getattr(row, field.name)
            assert isinstance(value, get_origin(field.type) or field.type), (row.name, field.name)
            assert not isinstance(value, tuple) or all(isinstance(part, str) for part in value), (row.name, field.name)
        assert row.text.count("&") == 1 and row.help.endswith("."), row.name
        assert row.menu in table().menus, row.name
        assert not row.standard or row.standard in QKeySequence.StandardKey.__members__, row.name
        assert all(QKeySequence(key).count() == 1 for key in row.keys), row.name
        assert not row.icon or (RESOURCES / "icons" / f"{row.icon}.svg").is_file(), row.name
        assert row.sheet or not row.sheet_keys, row.name


def test_a_submenu_has_its_menu_and_each_menu_holds_something():
    menus = table().menus
    assert all(name.rpartition(".")[0] in ("", *menus) and title.count("&") == 1 for name, title in menus.items())
    filled = {row.menu for row in table().rows.values()}
    assert menus.keys() - filled == {"view.tabs"}, "which the tabs fill"


def test_keys_are_those_of_tabs_that_there_are_and_what_is_shared_is_used():
    assert all_keys().keys() == {EVERYWHERE, *NAMES}
    read = read_toml("help/keys.toml")
    shared = read.pop("shared")
    assert {place["like"] for places in read.values() for place in places if "like" in place} == shared.keys()


def test_each_key_has_a_name_that_qt_knows_and_a_sentence():
    for place in (place for places in all_keys().values() for place in places):
        assert place.place and place.does
        for keys, sentence in place.does.items():
            assert all(key.count() == 1 and key[0].key().name for key in sequences(keys)), keys
            assert sentence.endswith("."), sentence
