"""What all tests share."""

import gc
import os

import pytest

from gui.garbage import collect_what_is_due

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

gc.disable()  # what widgets leave must not be collected by the engine's thread of some later test


@pytest.fixture(autouse=True)
def garbage_is_collected_on_the_main_thread():
    yield
    collect_what_is_due()


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory, monkeypatch):
    """Let no test see or touch what the user of this machine has in Layerlight's folders."""
    folder = tmp_path_factory.mktemp("folders")
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
