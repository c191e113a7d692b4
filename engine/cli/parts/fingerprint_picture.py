"""The fingerprints of all classes as one PNG: a map for each, with a common colour scale."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from engine.analysis.probes.fingerprints import Fingerprints, View, fingerprints
from engine.analysis.probes.neuron_order import ImageKey, NeuronKey
from engine.cli.parts.terminal import answer
from engine.core.errors import UserError
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.machine import print_theme
from engine.core.messages import Job
from engine.core.text import accuracy_words, class_name
from engine.model.network.activations import activations
from engine.model.network.plain import accuracy
from engine.session.jobs.export import save_file
from engine.session.session import Session

WIDTH, HEIGHT = 300, 600  # of a map, in pixels of the picture
IN_A_ROW = 5


def export_picture(session: Session, lens: Lens, layer: int, rows: NeuronKey, columns: ImageKey, path: Path) -> Job:
    """Write the maps of all classes as PNG, and report it; raise `UserError` on failure."""
    if path.suffix.lower() != ".png":
        raise UserError(f"{path.name} does not end in .png.", hint="Name a PNG file.")
    view = View(layer=layer, rows=rows, columns=columns, height=HEIGHT, width=WIDTH)
    prints = answer(fingerprints(session, lens, view), Fingerprints)
    outputs = yield from activations(session, lens)
    shares = accuracy(outputs.logits, outputs.labels)
    title = title_of(prints, session.run(prints.run).label, len(lens.silenced), shares.whole, len(outputs.labels))
    picture = _drawn(prints, title, session.data().classes, shares.of_classes)
    yield from save_file(session, path, lambda file: picture.save(file, "png"))


def _drawn(prints: Fingerprints, heading: str, classes: tuple[str, ...], shares: Array) -> Image.Image:
    """Return the whole picture: a heading, a map for each class under its name, the colour scale."""
    colors, caption = print_theme.colors(), print_theme.type_face("label")
    gap, line = print_theme.measure("space", "large"), print_theme.measure("height", "menu")
    across, down = min(len(prints.maps), IN_A_ROW), -(-len(prints.maps) // IN_A_ROW)
    size = (gap + across * (WIDTH + gap), 2 * line + gap + down * (line + HEIGHT + gap))
    picture = Image.new("RGB", size, colors["surface"])
    pen = ImageDraw.Draw(picture)
    pen.text((gap, gap), heading, colors["text"], print_theme.type_face("title"))
    for label, numbers in enumerate(prints.maps):
        left = gap + label % IN_A_ROW * (WIDTH + gap)
        top = gap + line + label // IN_A_ROW * (line + HEIGHT + gap)
        base = top + line - gap // 4
        share = "no images" if np.isnan(shares[label]) else f"{shares[label]:.1%}"
        pen.text((left, base), class_name(classes, label), colors["text"], caption, anchor="ls")
        pen.text((left + WIDTH, base), share, colors["muted"], caption, anchor="rs")
        if numbers.size:
            map_ = Image.fromarray(print_theme.magnitudes(numbers, prints.most))
            map_ = map_.resize((WIDTH, HEIGHT), Image.Resampling.NEAREST)
            picture.paste(map_, (left, top + line))
        pen.rectangle((left - 1, top + line - 1, left + WIDTH, top + line + HEIGHT), outline=colors["line"])
    _draw_scale(picture, prints.most, size[1] - line)
    return picture


def title_of(prints: Fingerprints, run: str, silenced: int, whole: float, images: int) -> str:
    """Return the heading; `run` is its label, `whole` the accuracy on all test `images`."""
    neurons, silent = len(prints.order), len(prints.silent)
    by_hand = f", {silenced} silenced by hand" if silenced else ""
    return (
        f"Run {run} · step {prints.step:,} · hidden layer {prints.view.layer + 1}: {neurons} {prints.kind}, "
        f"{silent} of them dead{by_hand} · {accuracy_words(whole, images)}"
    )


def _draw_scale(picture: Image.Image, most: float, top: int) -> None:
    gap, height = print_theme.measure("space", "large"), print_theme.measure("space", "small")
    pen, font, color = ImageDraw.Draw(picture), print_theme.type_face("axis"), print_theme.colors()["muted"]
    pen.text((gap, top + height // 2), "0", color, font, anchor="lm")
    left = gap + print_theme.measure("space", "medium")
    steps = print_theme.magnitudes(np.linspace(0, most, WIDTH)[None], most)
    picture.paste(Image.fromarray(steps).resize((WIDTH, height)), (left, top))
    pen.rectangle((left - 1, top - 1, left + WIDTH, top + height), outline=print_theme.colors()["line"])
    text = f"{most:.3g} and more: what a neuron passes on"
    pen.text((left + WIDTH + gap // 2, top + height // 2), text, color, font, anchor="lm")
