"""The command `info`: what a session holds; without one versions, device, data, last session and folders."""

from __future__ import annotations

import argparse
import json
import platform
from importlib.metadata import version
from pathlib import Path

from engine import VERSION
from engine.base.text import printable
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_dataset, add_json
from engine.data.sources import open_dataset
from engine.store.places import last_session
from engine.system import folders


def info_command(wanted: argparse.Namespace) -> int:
    """Print what a session holds, or what a report of a problem should say; returns the exit status."""
    if wanted.file is not None:
        from engine.cli.parts.session_info import session_info_command

        return session_info_command(wanted)
    facts = _facts(wanted.dataset)
    if wanted.json:
        print(json.dumps(facts))
    else:
        for name, value in facts.items():
            lines = value.items() if isinstance(value, dict) else [("", value)]
            for inner, text in lines:
                print(printable(f"{f'{name} {inner}'.strip():28}{text}"))
    return 0


def _facts(dataset: str | None) -> dict[str, object]:
    from engine.system.about import PACKAGES
    from engine.system.device import device, unused_card

    data, _ = open_dataset(dataset)
    return {
        "layerlight": VERSION,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: version(name) for name in PACKAGES},
        "device": device().name,
        **({"unused card": card} if (card := unused_card()) else {}),
        "data": {
            "name": data.name,
            "train_images": len(data.train_images),
            "test_images": len(data.test_images),
            "source": str(data.source) if data.source else "embedded",
        },
        "session": str(session) if (session := last_session()) else None,
        "folders": {
            "settings": _place(folders.config()),
            "state": _place(folders.state()),
            "cache": _place(folders.cache()),
            "log": _place(folders.logs()),
        },
    }


def _place(folder: Path) -> str | None:
    return None if folder == folders.NOWHERE else str(folder)


def _flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="a session")
    add_dataset(parser)
    add_json(parser)


def _contradiction(wanted: argparse.Namespace) -> str:
    is_vain = wanted.file is not None and wanted.dataset is not None
    return "--dataset is of no use with a session" if is_vain else ""


COMMAND = Command(
    30,
    "what a session holds; without one: versions, device, data and folders",
    "Tell what a session holds, reading its file only; without FILE: versions, device, data, folders.",
    _flags,
    info_command,
    _contradiction,
)
