"""The settings come back as they were, and are never a reason not to start."""

import json

import pytest

from engine.core.errors import UserError
from engine.core.machine import atomic
from gui.state.settings import Settings, load_settings


def test_settings_come_back(tmp_path):
    settings = Settings(geometry=(1, 2, 1280, 720), tab="Train", theme="dark", folder="/größe", everything=False)
    settings.opened = ["Map"]
    settings.session, settings.recent, settings.budget = ("/a.layerlight", ["/a.layerlight", "/größe.layerlight"], 50)
    settings.save(tmp_path / "settings.json")
    assert load_settings(tmp_path / "settings.json") == settings


def test_a_new_home_has_the_first_look_settings_of_before_have_everything_and_unknown_ones_are_left_out(
    first_look, tmp_path
):
    file = tmp_path / "settings.json"
    assert load_settings(file) == Settings(everything=False)
    file.write_text('{"tab": "Draw", "from the future": [1]}')
    assert load_settings(file) == Settings(tab="Draw", everything=True)


DAMAGED = {  # values that a setting cannot have
    "smoothing": (1.0, float("nan")),
    "tab": (3,),
    "everything": (1, "yes"),
    "opened": ("Map", [3]),
    "theme": ("pink",),
    "text_size": (151,),
    "presenter_text_size": (151,),
    "geometry": ([1, 2, 3], "abcd", [1, 2, -3, 4]),
    "maximized": (1,),
    "session": (None,),
    "recent": ("/a.layerlight", ["/a.layerlight", 3], [["/a.layerlight"]]),
    "budget": ("500", 500.5, True, 49, 20001),
}

BROKEN = (b"", b"{", b"\xff\xfe\x00", b"[]", b"null", b"[" * 100_000)


def test_a_damaged_file_is_refused_in_a_sentence(tmp_path):
    file = tmp_path / "settings.json"
    values = [json.dumps({name: value}).encode() for name, each in DAMAGED.items() for value in each]
    for content in (*values, b'{"geometry": [1e999, 2, 3, 4]}', *BROKEN):
        file.write_bytes(content)
        with pytest.raises(UserError, match="could not be read"):
            load_settings(file)


def test_saving_that_fails_leaves_the_old_settings_whole(tmp_path, monkeypatch):
    def fail(temporary, path):
        raise OSError("no space left")

    file = tmp_path / "settings.json"
    Settings(tab="old").save(file)
    monkeypatch.setattr(atomic, "replace_file", fail)
    with pytest.raises(OSError, match="no space left"):
        Settings(tab="new").save(file)
    assert load_settings(file) == Settings(tab="old") and list(tmp_path.iterdir()) == [file]
