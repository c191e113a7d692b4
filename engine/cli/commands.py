"""Runs a command without a window: sets the log up, turns refusals into a sentence and an exit status."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable

from engine import folders
from engine.cli import INTERRUPTED
from engine.errors import UserError
from engine.logs import start_logging

log = logging.getLogger(__name__)


type Command = Callable[[argparse.Namespace], int]


def run_command(wanted: argparse.Namespace, command: Command | None = None) -> int:
    """Run `command`, or the engine's own by its name, and return its exit status.

    A refusal is a sentence on stderr and status 1. What needs the window, the engine cannot know: it is handed in.
    """
    try:
        start_logging(folders.logs() / "layerlight.log")
        return (command or _COMMANDS[wanted.command])(wanted)
    except UserError as error:
        print(f"layerlight: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:
        log.exception("The command %s failed.", wanted.command)
        print(
            f"layerlight: Something went wrong inside; {folders.logs() / 'layerlight.log'} has the details.",
            file=sys.stderr,
        )
        return 1


def _train(wanted: argparse.Namespace) -> int:
    from engine.cli.train import train_command

    return train_command(wanted)


def _info(wanted: argparse.Namespace) -> int:
    if wanted.file is not None:
        from engine.cli.session_info import session_info_command

        return session_info_command(wanted)
    from engine.cli.info import info_command

    return info_command(wanted)


def _classify(wanted: argparse.Namespace) -> int:
    from engine.cli.classify import classify_command

    return classify_command(wanted)


def _fingerprints(wanted: argparse.Namespace) -> int:
    from engine.cli.fingerprints import fingerprints_command

    return fingerprints_command(wanted)


def _mistakes(wanted: argparse.Namespace) -> int:
    from engine.cli.mistakes import mistakes_command

    return mistakes_command(wanted)


def _export(wanted: argparse.Namespace) -> int:
    from engine.cli.export import export_command

    return export_command(wanted)


def _warmup(wanted: argparse.Namespace) -> int:
    from engine.cli.warmup import warmup_command

    return warmup_command(wanted)


def _weights(wanted: argparse.Namespace) -> int:
    from engine.cli.weights import weights_command

    return weights_command(wanted)


def _ideal(wanted: argparse.Namespace) -> int:
    from engine.cli.ideal import ideal_command

    return ideal_command(wanted)


def _map(wanted: argparse.Namespace) -> int:
    from engine.cli.map import map_command

    return map_command(wanted)


def _code(wanted: argparse.Namespace) -> int:
    from engine.cli.code import code_command

    return code_command(wanted)


def _graph(wanted: argparse.Namespace) -> int:
    from engine.cli.graph import graph_command

    return graph_command(wanted)


def _bench(wanted: argparse.Namespace) -> int:
    if wanted.map:
        from engine.bench.maps import bench_maps

        return bench_maps(wanted)
    if wanted.sessions:
        from engine.bench.sessions import bench_sessions

        return bench_sessions(wanted)
    if wanted.warmup:
        from engine.bench.warmup import bench_warmup

        return bench_warmup(wanted)
    if wanted.graph:
        from engine.bench.graph import bench_graph

        return bench_graph(wanted)
    if wanted.views:
        from engine.bench.views import bench_views

        return bench_views(wanted)
    if wanted.ideal:
        from engine.bench.ideal import bench_ideal

        return bench_ideal(wanted)
    from engine.bench.command import bench_command

    return bench_command(wanted)


_COMMANDS: dict[str, Command] = {
    "train": _train,
    "classify": _classify,
    "fingerprints": _fingerprints,
    "mistakes": _mistakes,
    "info": _info,
    "export": _export,
    "map": _map,
    "warmup": _warmup,
    "graph": _graph,
    "weights": _weights,
    "ideal": _ideal,
    "code": _code,
    "bench": _bench,
}
