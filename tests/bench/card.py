"""What a graphics card does for Layerlight, as a Markdown file by the owner of one (`layerlight gpu-report`).

Each part is a process of its own, for a card keeps what a process has taken; a part that fails says so in its place.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.core.errors import UserError
from engine.core.lazy import tf
from engine.core.machine.about import facts
from engine.core.machine.beside import own_command
from engine.core.machine.device import device, is_out_of_memory, unused_card
from engine.core.specs import PRESETS, TrainSpec
from engine.data.sources import open_dataset
from engine.model.training.messages import DeviceFull, EpochDone
from engine.session.jobs.data import USE_CARD
from engine.session.jobs.train import train
from engine.session.session import Session

FILE = Path("gpu-report.md")

# The words of `bench` for each part, and whether it may see the card
PARTS = {
    "card": ([], True),
    "cpu": ([], False),
    "pen": (["--pen"], True),
    "slider": (["--slider"], True),
    "full": (["--card", "--only", "full"], True),
}
SMI = ("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")
LARGE = 4_000  # a batch whose images need memory that a smaller one has not taken before
GIB, LEAST = 2**30, 2**20  # bytes taken at once

type Figures = dict[str, Any] | str  # what a part printed, or why it did not


def bench_card(wanted: argparse.Namespace) -> int:
    """Measure, and write the file; return the exit status. `UserError` where TensorFlow finds no card."""
    if "full" in wanted.only:
        print(json.dumps(memory_filled(PRESETS["conv"].spec.but(epochs=1), fill)))
        return 0
    if not device().is_gpu:
        hint = USE_CARD if unused_card() else ""
        raise UserError("TensorFlow finds no graphics card here, so there is nothing to report.", hint=hint)
    figures = {name: measured(words_of(name, wanted), sees_card=PARTS[name][1]) for name in PARTS}
    FILE.write_text(report(cards(), figures), "utf-8")
    print(f"Written: {FILE.resolve()}")
    return 0


def words_of(name: str, wanted: argparse.Namespace) -> list[str]:
    """Return the words of the command line that measure a part."""
    dataset = ["--dataset", wanted.dataset] if wanted.dataset else []
    return ["bench", *PARTS[name][0], *dataset, "--rounds", str(wanted.rounds), "--json"]


def measured(words: list[str], *, sees_card: bool) -> Figures:
    """Run the program; return what it printed as JSON, or the last line of what it said."""
    hidden = {} if sees_card else {"CUDA_VISIBLE_DEVICES": "-1"}
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"} | hidden
    done = subprocess.run(own_command(*words), env=environment, capture_output=True, text=True, check=False)
    try:
        figures: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
    return figures


def cards() -> list[str]:
    """Return a line for each card, as its driver describes it: name, version of the driver, memory."""
    if not shutil.which(SMI[0]):
        return []
    return subprocess.run(SMI, capture_output=True, text=True, check=False).stdout.splitlines()


def fill() -> list[Any]:
    """Take all memory of the card; return what holds it."""
    held, size = list[Any](), GIB
    with device().scope():
        while size >= LEAST:
            try:
                held.append(tf.zeros([size // 4]))
            except tf.errors.OpError as error:
                if not is_out_of_memory(error):
                    raise
                size //= 2
    return held


def memory_filled(spec: TrainSpec, fill: Callable[[], list[Any]]) -> dict[str, Any]:
    """Train on a card whose memory is filled, then on the CPU; return the sentence, and what the run comes to there."""
    session = Session(open_dataset("sample")[0])
    for _ in train(session, spec):  # loads the libraries, which need memory too
        pass
    held = fill()
    facts: dict[str, Any] = {"gib": sum(4 * int(tf.size(tensor)) for tensor in held) / GIB, "sentence": ""}
    full: DeviceFull | None = None
    try:
        for message in train(session, spec.but(batch=LARGE)):
            full = message if isinstance(message, DeviceFull) else full
    except UserError as error:
        facts["sentence"] = str(error)
    held.clear()
    if full:
        done = [each for each in train(session, full.spec, full.parent, "cpu") if isinstance(each, EpochDone)]
        facts["accuracy"] = done[-1].test_accuracy
    return facts


def report(cards: list[str], figures: dict[str, Figures]) -> str:
    """Return the file's text."""
    about = facts(device().name).split("\nLog files")[0].splitlines()
    parts = {name: part for name, part in figures.items() if isinstance(part, dict)}
    lines = ["# Layerlight on a graphics card", "", *(f"- {line}" for line in [*cards, *about])]
    lines += ["", "## An epoch, in milliseconds (medians)", "", "| | Layerlight | keras.fit | times as fast |"]
    lines += ["|---|---|---|---|"]
    for place in ("card", "cpu"):
        for title, key in (("784-300-10", "dense"), ("convolutional", "convolutional")):
            if place in parts:
                epoch = parts[place][key]
                ours, theirs = (1000 * epoch["epoch_seconds"][name] for name in ("Layerlight", "keras.fit"))
                times = epoch["times_faster_than"]["keras.fit"]
                lines.append(f"| {title}, {parts[place]['device']} | {ours:,.1f} | {theirs:,.1f} | {times:.1f} |")
    lines += ["", "## The window while it trains on the card (medians)", ""]
    if pen := parts.get("pen"):
        waits = [pen[when]["wait_ms"]["p50"] for when in ("at_rest", "training")]
        lines.append(f"- from the pen to the painted answer: {waits[0]:.1f} ms, {waits[1]:.1f} while it trains")
        lines.append(f"- {100 * pen['speed_kept']:.0f} % of the training's speed are left while one draws")
    if slider := parts.get("slider"):
        lines.append(f"- {slider['weights_per_second']:.1f} pictures of the weights a second along the time slider")
        lines.append(f"- {100 * slider['speed_kept']:.0f} % of the training's speed are left while it is dragged")
    lines += ["", "## When the memory is full", ""]
    if full := parts.get("full"):
        lines.append(f"- taken before: {full['gib']:.1f} GiB; then: {full['sentence'] or 'it trained all the same'}")
        if "accuracy" in full:
            lines.append(f"- on the CPU it went on, to an accuracy of {100 * full['accuracy']:.1f} %")
    failed = [f"- {name}: {said}" for name, said in figures.items() if isinstance(said, str)]
    return "\n".join([*lines, *(["", "## Not measured", "", *failed] if failed else []), ""])
