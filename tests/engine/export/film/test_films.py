"""Films are written frame by frame, read back with Pillow, and leave nothing behind where they are given up."""

import os
import signal
import time

import numpy as np
import pytest
from made_sessions import files_in
from PIL import Image, ImageSequence

from engine.core.errors import UserError
from engine.core.messages import run_through
from engine.export.film.process import FilmProcess, ask_film
from engine.export.film.settings import END_MS, FilmFile, FilmSpec, check_kind, picked, there_is_pyav
from engine.export.film.writing import write_film
from engine.session.session import Session

SIZE = 200, 120
PATIENCE = 30.0


def pictures(count=8):
    """Frames (rows, columns, 3) with a smooth ground, a square that moves, and a grey value of their own."""
    made = []
    for number in range(count):
        rows, _ = np.mgrid[: SIZE[1], : SIZE[0]]
        picture = np.stack([rows, 80 + rows, 255 - rows], axis=-1).astype(np.uint8)
        picture[40:60, 10 * number : 10 * number + 20] = 230, 120, 20
        picture[:20, -20:] = 20 * number
        made.append(picture)
    return made


def images(count=8):
    return [Image.fromarray(each) for each in pictures(count)]


def film_of(count=8, size=SIZE):
    return FilmFile.of(FilmSpec(pace=10.0), size, count)


def read_back(path):
    """All frames (rows, columns, 3) and how long each is shown, in ms."""
    with Image.open(path) as film:
        frames = [(np.asarray(each.convert("RGB")), each.info["duration"]) for each in ImageSequence.Iterator(film)]
    return [frame for frame, _ in frames], [ms for _, ms in frames]


def error_of(one, other):
    """The mean difference of two frames, in grey values."""
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


@pytest.mark.parametrize(("suffix", "most"), [(".webp", 4.0), (".gif", 6.0)])
def test_a_film_has_all_frames_in_their_order_each_for_its_time(tmp_path, suffix, most):
    path = tmp_path / f"a{suffix}"
    write_film(path, film_of(), iter(images()))
    frames, times = read_back(path)
    assert times == [100] * 7 + [100 + END_MS]
    assert [error_of(*pair) < most for pair in zip(frames, pictures(), strict=True)] == [True] * 8
    for place, frame in enumerate(frames):
        assert np.argmin([error_of(frame, other) for other in pictures()]) == place
        assert frame[10, -10].mean() == pytest.approx(20 * place, abs=11)
    write_film(path, film_of(1), iter(images(1)))
    with Image.open(path) as film:
        assert error_of(np.asarray(film.convert("RGB")), pictures(1)[0]) < most, "one frame is a picture"


def test_what_stands_still_in_a_gif_does_not_flicker_whatever_colours_come_and_go_beside_it(tmp_path):
    made, (rows, columns) = pictures(), np.mgrid[: SIZE[1], : SIZE[0]]
    for number, picture in enumerate(made):
        picture[:] = np.stack([rows, columns, 255 - rows], axis=-1)
        picture[:60] = np.random.default_rng(number).integers(0, 255, (60, SIZE[0], 3)) // (1 + number % 3)
    write_film(tmp_path / "a.gif", film_of(), (Image.fromarray(each) for each in made))
    frames, _ = read_back(tmp_path / "a.gif")
    assert all(np.array_equal(frame[60:], frames[0][60:]) for frame in frames)


@pytest.mark.skipif(not there_is_pyav(), reason="PyAV is not installed")
def test_an_mp4_has_all_frames_in_their_order_each_for_its_time(tmp_path):
    import av

    write_film(tmp_path / "a.mp4", film_of(), iter(images()))
    with av.open(tmp_path / "a.mp4") as box:
        frames = [(frame.to_ndarray(format="rgb24"), round(1000 * frame.time)) for frame in box.decode(video=0)]
    assert [ms for _, ms in frames[:8]] == list(range(0, 800, 100))
    assert len(frames) == 9 and frames[8][1] == pytest.approx(800 + END_MS, abs=2)
    assert all(error_of(frame, picture) < 6 for (frame, _), picture in zip(frames[:8], pictures(), strict=True))


def test_frames_that_fail_on_the_way_leave_the_old_file_and_nothing_else(tmp_path):
    def failing():
        yield from images(3)
        raise ZeroDivisionError

    for path in (tmp_path / "a.webp", tmp_path / "a.gif"):
        path.write_bytes(b"old")
        with pytest.raises(ZeroDivisionError):
            write_film(path, film_of(), failing())
        assert path.read_bytes() == b"old"
    assert files_in(tmp_path) == {"a.webp", "a.gif"}


@pytest.mark.parametrize(("steps", "frames"), [(60, 60), (61, 60), (1000, 3), (5, 60)])
def test_snapshots_are_picked_evenly_the_first_and_the_last_among_them(steps, frames):
    there = tuple(range(0, 10 * steps, 10))
    found = picked(there, frames)
    assert len(found) == len(set(found)) == min(steps, frames)
    assert set(found) <= set(there) and (found[0], found[-1]) == (there[0], there[-1])
    gaps = np.diff(found)
    assert gaps.min() >= 10 and gaps.max() - gaps.min() <= 10


def test_a_name_says_which_kind_of_film_it_is(tmp_path, monkeypatch):
    check_kind(tmp_path / "a.WebP")
    with pytest.raises(UserError, match=r"a\.avi does not end in \.webp, \.gif or \.mp4\."):
        check_kind(tmp_path / "a.avi")
    monkeypatch.setattr("engine.export.film.settings.there_is_pyav", lambda: False)
    with pytest.raises(UserError, match="MP4 needs PyAV, which is not installed") as refused:
        check_kind(tmp_path / "a.mp4")
    assert "pip install av" in refused.value.hint


def test_it_is_asked_first_whether_a_film_may_lie_there(tmp_path):
    run_through(ask_film(Session(), tmp_path / "a.webp"))
    os.mkfifo(tmp_path / "pipe.webp")
    with pytest.raises(UserError, match="no ordinary file"):
        run_through(ask_film(Session(), tmp_path / "pipe.webp"))


def raw(image):
    """A frame as the window hands it over: blue, green, red and none."""
    return image.convert("RGBA").tobytes("raw", "BGRA")


def wait_for_frames(process, count):
    until = time.monotonic() + PATIENCE
    while process.done < count and time.monotonic() < until:
        process.join(0.005)


def wait_for(process):
    process.join(PATIENCE)
    assert process.ended
    return process.outcome


def test_a_process_writes_the_frames_that_are_handed_in(tmp_path):
    path = tmp_path / "\udce9 ‮<b>'\".webp"
    process = FilmProcess(path, film_of())
    for each in images():
        process.add(raw(each))
    outcome = wait_for(process)
    assert outcome == path.stat().st_size
    assert (process.added, process.done, process.waiting) == (8, 8, 0)
    frames, _ = read_back(path)
    assert all(error_of(*pair) < 4 for pair in zip(frames, pictures(), strict=True))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("given", [0, 5])
def test_a_film_that_is_given_up_leaves_nothing(tmp_path, given):
    frame = np.random.default_rng(1).integers(0, 255, 4 * 800 * 600, np.uint8).tobytes()
    process = FilmProcess(tmp_path / "a.webp", film_of(8, (800, 600)))
    for _ in range(given):
        process.add(frame)
    if given:
        wait_for_frames(process, 1)
    process.close()
    process.join(PATIENCE)
    assert process.ended and process.outcome is None
    assert not files_in(tmp_path)


def test_a_film_whose_place_is_gone_is_refused_in_a_sentence(tmp_path):
    process = FilmProcess(tmp_path / "gone" / "a.webp", film_of())
    for each in images():
        process.add(raw(each))
    refused = wait_for(process)
    assert isinstance(refused, UserError)
    assert refused.sentence == "a.webp cannot be saved: No such file or directory."


def test_a_process_that_is_ended_by_others_is_a_mistake_and_leaves_nothing(tmp_path):
    process = FilmProcess(tmp_path / "a.webp", film_of())
    process.add(raw(images()[0]))
    wait_for_frames(process, 1)
    os.kill(process.id, signal.SIGKILL)
    assert isinstance(wait_for(process), RuntimeError)
    assert not files_in(tmp_path)
