"""The command `film`: ideal images of a run's snapshots, frame by frame."""

import numpy as np
from PIL import Image, ImageSequence

from engine.analysis.ideal.job import IdealImages, paint_ideal
from engine.analysis.ideal.sheet import drawn_sheet, largest, probability_words
from engine.analysis.ideal.spec import IdealSpec
from engine.cli.parts.which import look_at
from engine.core.lens import Lens
from engine.core.machine.bundled import BUNDLED
from engine.export.film.settings import END_MS

STEPS = 20


def pixels_of(image):
    return np.asarray(image).astype(int)


def painted(session, step, **settings):
    job = paint_ideal(session, Lens("A", step), IdealSpec(steps=STEPS, **settings))
    return [message for message in job if isinstance(message, IdealImages)][-1]


def test_each_frame_is_the_sheet_of_its_snapshot_in_one_scale_of_colours_between_the_two_ends(terminal, tmp_path):
    out, flags = tmp_path / "ideal.webp", f"--frames 3 --steps {STEPS} --penalty l2 --width 640 --pace 4"
    lines = terminal.lines(f"film ideal {flags} --out", out)
    assert lines[-1].startswith(f"Saved {out}: 3 snapshots, ")
    with look_at(BUNDLED) as session:
        run = session.runs["A"]
        there = sorted(run.moments)
        steps = [there[round(place * (len(there) - 1) / 2)] for place in range(3)]
        told = [painted(session, step, penalty="l2") for step in steps]
    most = max(largest(each.images) for each in told)
    with Image.open(out) as film:
        frames = [(each.convert("RGB"), each.info["duration"]) for each in ImageSequence.Iterator(film)]
    assert [ms for _, ms in frames] == [250, 250, 250 + END_MS]
    sheets = [
        drawn_sheet(
            each.images,
            [str(number) for number in range(10)],
            [probability_words(float(each.probabilities[number, number])) for number in range(10)],
            most=most,
            foot=f"Run {run.label}",
        )
        for each in told
    ]
    body = slice(0, -frames[0][0].height // 10)  # the small print is below that
    ours = [pixels_of(sheet.resize((640, frames[0][0].height), Image.Resampling.LANCZOS))[body] for sheet in sheets]
    for place, (frame, _) in enumerate(frames):
        far = [np.abs(pixels_of(frame)[body] - each).mean() for each in ours]
        assert np.argmin(far) == place and far[place] < 6, far

    out = tmp_path / "ideal.gif"
    terminal("film ideal --from e1 --to e3 --steps 2 --frames 9 --width 200 --out", out)
    first, last = run.steps_per_epoch, 3 * run.steps_per_epoch
    with Image.open(out) as film:
        assert film.n_frames == len([step for step in there if first <= step <= last]) and film.width == 200
