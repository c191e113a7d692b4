"""The command `info`: a session's contents, or a network's layers; without a file versions, device, data, folders."""

import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from engine import VERSION
from engine.cli.parts.command import AnswerWithStatus, Row, UsageError, command
from engine.cli.parts.which import Dataset, Json
from engine.core.language import mark, tr
from engine.core.machine import folders
from engine.data.sources import open_dataset
from engine.session.store.places import last_session


@command(30, mark("what a session or a network holds; without one: versions, device, data and folders"))
def info_command(file: Path | None = None, *, dataset: Dataset = None, json: Json = False) -> AnswerWithStatus:
    """Print what a session or a network holds, reading its file only; without FILE: versions, device, data, folders.

    file FILE: a session, or a network: a file of model.save, or weights, .npz or .safetensors, with a table beside them
    """
    if file is None:
        facts = _facts(dataset)
        yield Row(facts, _lines(facts))
        return 0
    if dataset is not None:
        raise UsageError(tr("--dataset is of no use with a file"))
    from engine.model.opening.opening import is_network

    if is_network(file):
        from engine.cli.parts.network_info import network_info

        yield from network_info(file)
        return 0
    from engine.cli.parts.session_info import session_info

    return (yield from session_info(file))


# The facts, as their lines begin; the others are names of programs.
TITLES = (
    mark("system"),
    mark("packages"),
    mark("device"),
    mark("unused card"),
    mark("data name"),
    mark("data train_images"),
    mark("data test_images"),
    mark("data source"),
    mark("session"),
    mark("folders settings"),
    mark("folders state"),
    mark("folders cache"),
    mark("folders log"),
)


def _lines(facts: dict[str, object]) -> Iterator[str]:
    for name, value in facts.items():
        for inner, fact in value.items() if isinstance(value, dict) else [("", value)]:
            title = f"{name} {inner}".strip()
            shown = tr(title) if title in TITLES else f"{tr(name)} {inner}".strip()
            yield f"{shown:28}{'–' if fact is None else fact}"


def _facts(dataset: str | None) -> dict[str, object]:
    from engine.core.machine.about import PACKAGES
    from engine.core.machine.device import device, unused_card

    data, _ = open_dataset(dataset)
    return {
        "layerlight": VERSION,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: version(name) for name in PACKAGES},
        "device": device().say(),
        **({"unused card": card} if (card := unused_card()) else {}),  # no text
        "data": {
            "name": data.name,
            "train_images": len(data.train_images),
            "test_images": len(data.test_images),
            "source": str(data.source) if data.source else tr("embedded"),
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
