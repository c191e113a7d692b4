"""What all tests share."""

import os

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory, monkeypatch):
    """Let no test see or touch what the user of this machine has in Layerlight's folders."""
    folder = tmp_path_factory.mktemp("folders")
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
