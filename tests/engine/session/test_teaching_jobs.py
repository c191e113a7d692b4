"""The shelf of examples: what it keeps, what is read into it, and the files that it is saved as."""

import numpy as np
import pytest
from PIL import Image

from engine.core.errors import UserError
from engine.core.example import MOST_EXAMPLES, example_of
from engine.core.messages import Saved
from engine.session.jobs import examples as jobs
from engine.session.session import Session

SHADES = np.arange(64, dtype=np.uint8).reshape(8, 8)


def shelf(*labels):
    """A session with an example of each of these classes, each another picture."""
    session = Session()
    session.examples = {n: example_of(SHADES + np.uint8(n), label) for n, label in enumerate(labels)}
    return session


def test_pictures_lie_in_a_folder_for_each_class_whatever_the_classes_are_called(tmp_path):
    session = shelf("a/b", "a:b", "a/b", "..", "<>")
    (saved,) = [each for each in jobs.export_example_pictures(session, tmp_path / "mine") if each is not None]
    assert saved == Saved(sentence=f"Saved {tmp_path / 'mine'}.")
    found = {file.relative_to(tmp_path).as_posix(): file for file in tmp_path.rglob("*.png")}
    assert sorted(found) == [
        "mine/_/0001.png", "mine/__/0001.png", "mine/a_b (2)/0001.png", "mine/a_b/0001.png",
        "mine/a_b/0002.png",
    ]  # fmt: skip
    with Image.open(found["mine/a_b/0002.png"]) as picture:
        np.testing.assert_array_equal(np.array(picture), session.examples[2].image)
    assert [each.name for each in tmp_path.iterdir()] == ["mine"], "nothing is left beside it"


def test_what_cannot_be_exported_is_refused(tmp_path):
    of_two_sizes = shelf("a", "b")
    of_two_sizes.examples[2] = example_of(np.zeros((9, 8), np.uint8), "a")
    for export in (jobs.export_examples, jobs.export_example_pictures):
        with pytest.raises(UserError, match="There are no examples yet"):
            list(export(Session(), tmp_path / "mine"))
        with pytest.raises(UserError, match="of several sizes"):
            list(export(of_two_sizes, tmp_path / "mine"))
    with pytest.raises(UserError, match="is there already"):
        list(jobs.export_example_pictures(shelf("a"), tmp_path))
    assert not any(tmp_path.iterdir())


def test_what_cannot_be_read_is_named_and_the_rest_is_taken(tmp_path):
    Image.fromarray(SHADES).save(tmp_path / "good.png")
    bad = [tmp_path / f"{number}.png" for number in range(5)]
    for file in bad:
        file.write_bytes(b"no picture")
    paths = [str(each) for each in (*bad, tmp_path / "good.png")]
    read, answer = (each for each in jobs.read_examples(Session(), paths, "heart", (8, 8)) if each is not None)
    assert isinstance(read, jobs.ExamplesRead) and [each.label for each in read.examples] == ["heart"]
    np.testing.assert_array_equal(read.examples[0].image, SHADES)
    assert all(f"{number}.png" in answer.sentence for number in range(3)) and "3.png" not in answer.sentence
    assert answer.sentence.endswith("And 2 more.")
    with pytest.raises(UserError, match=r"0\.png"):
        list(jobs.read_examples(Session(), paths[:2], "heart", (8, 8)))


def test_more_than_a_shelf_holds_are_refused_and_it_stays_as_it_was():
    session = shelf("a")
    kept = dict(session.examples)
    with pytest.raises(UserError, match="5,000 examples at most"):
        list(jobs.keep_examples(session, dict.fromkeys(range(MOST_EXAMPLES + 1), kept[0])))
    assert session.examples == kept
