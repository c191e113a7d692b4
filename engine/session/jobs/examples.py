"""The jobs of what a session teaches: the shelf of examples, reading and saving them, and the data of a run."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from engine.core.errors import UserError
from engine.core.example import LONGEST_NAME, MOST_EXAMPLES, Example, example_of
from engine.core.lazy import np
from engine.core.machine.atomic import cannot_save, temporary_name
from engine.core.messages import Job, Message, Notice
from engine.core.text import printable, storable
from engine.core.turns import silently
from engine.data.formats.files import PICTURES
from engine.data.sources import opening_dataset
from engine.data.teaching import own_dataset
from engine.session.jobs.data import dataset_opened
from engine.session.jobs.export import export_arrays, keep_inputs
from engine.session.session import Session, save_all

if TYPE_CHECKING:
    from engine.core.turns import Turns
    from engine.data.dataset import Dataset


MOST_TOLD = 3  # maximum number of unreadable files that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplesKept(Message):
    """What is on the shelf now, by numbers that rise. Of a session that opens `SessionOpened` tells it."""

    latest_only: ClassVar[bool] = True
    examples: Mapping[int, Example]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplesRead(Message):
    """Examples that were read from files; nothing keeps them yet."""

    examples: tuple[Example, ...]


def keep_examples(session: Session, examples: Mapping[int, Example]) -> Job:
    """Keep just these examples on the shelf, and write them at once. Answers `ExamplesKept`.

    Raises `UserError` where they are too many.
    """
    if len(examples) > MOST_EXAMPLES:
        raise UserError(
            f"A session keeps {MOST_EXAMPLES:,} examples at most.", hint="Make a data set of them: Export."
        )
    session.examples = dict(sorted(examples.items()))
    yield ExamplesKept(examples=dict(session.examples))
    yield from save_all(session)


def follow_run(session: Session, run: str) -> Job:
    """Let the data be those with which a run is looked at: with its examples in them, or without any.

    Answers `DatasetOpened` where they are others now.
    """
    data = yield from session.seen_with(session.run(run))
    if data is not None and data is not session.dataset:
        session.replace_data(data)
        yield dataset_opened(data)


def use_examples(session: Session) -> Job:
    """Make the examples on the shelf the data set, and nothing else. Answers `DatasetOpened`.

    Raises `UserError` where they are too few to train and test with.
    """
    session.replace_data(own_dataset([*session.examples.values()]))
    yield dataset_opened(session.data())


# Files --------------------------------------------------------------------------------------------------------------


def read_examples(
    session: Session, paths: Sequence[str], label: str, shape: tuple[int, int], *, raw: bool = False
) -> Job:
    """Read pictures as examples of one class, as the network receives them. Answers `ExamplesRead`.

    What `paths` name may also be a folder or a file of data, whose classes are taken from there, whatever `label` says.
    A `Notice` names what could not be read; raises `UserError` where nothing could.
    """
    found, refused = list[Example](), list[UserError]()
    for path in map(Path, paths):
        try:
            found += yield from examples_in(path, shape, label=label, raw=raw)
        except UserError as error:
            refused.append(error)
        yield None
    if not found:
        raise refused[0] if refused else UserError("There is no picture in what was dropped.")
    yield ExamplesRead(examples=tuple(found))
    if refused:
        told = " ".join(error.sentence for error in refused[:MOST_TOLD])
        more = f" And {len(refused) - MOST_TOLD} more." if len(refused) > MOST_TOLD else ""
        yield Notice(sentence=f"{told}{more}", hint="The others were taken.")


def examples_in(
    path: Path, shape: tuple[int, int], *, label: str = "", raw: bool = False
) -> Turns[list[Example]]:
    """Return the examples in a picture, a folder with one of pictures for each class, or a data set's file, in turns.

    A picture is of the class `label`. Pictures of just that shape (rows, columns) are taken as they are, all others
    as a drawing is: centred, or only scaled where `raw`. Raises `UserError` where there are none.
    """
    if path.is_dir():
        folders = sorted((each for each in path.iterdir() if _is_folder(each)), key=lambda each: each.name)
        found = list[Example]()
        for folder in folders:
            name = class_called(folder.name)
            for file in sorted(each for each in folder.iterdir() if each.suffix.lower() in PICTURES):
                found.append(_of_picture(file, name, shape, raw=raw))
                if len(found) > MOST_EXAMPLES:
                    raise UserError(f"{path.name} has more than {MOST_EXAMPLES:,} pictures.")
                yield None
        if not found:
            raise UserError(
                f"{path.name} has no folder with pictures in it.",
                hint="Make one for each class, with its name.",
            )
        return found
    if path.suffix.lower() in PICTURES:
        if not label:
            raise UserError(
                f"{path.name} has no class.", hint="Put it into a folder with the name of its class."
            )
        return [_of_picture(path, label, shape, raw=raw)]
    data, _ = yield from silently(opening_dataset(str(path)))
    return _of_data(data, path, shape)


def class_called(text: str) -> str:
    """Return the name of a class that a person has written, in one line; raise `UserError` where it is empty."""
    name = storable(printable(text).strip())[:LONGEST_NAME]
    if not name:
        raise UserError("A class needs a name.")
    return name


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not path.name.startswith(".")


def _of_picture(file: Path, label: str, shape: tuple[int, int], *, raw: bool) -> Example:
    from engine.data.formats.pictures import image_of_data, read_picture
    from engine.data.preparation import prepared

    image = image_of_data(file, shape, mnist_style=not raw)
    if image is not None:
        return example_of(image, label, source=file.name)
    return example_of(prepared(read_picture(file), raw=raw, shape=shape), label, source=file.name)


def _of_data(data: Dataset, path: Path, shape: tuple[int, int]) -> list[Example]:
    if data.shape != shape:
        raise UserError(
            f"The images in {path.name} have {data.shape[0]} × {data.shape[1]} pixels, and the network reads "
            f"{shape[0]} × {shape[1]}."
        )
    count = len(data.train_images) + len(data.test_images)
    if count > MOST_EXAMPLES:
        raise UserError(
            f"{path.name} has {count:,} images; {MOST_EXAMPLES:,} examples are kept at most.",
            hint="Open it as a data set.",
        )
    parts = ((data.train_images, data.train_labels), (data.test_images, data.test_labels))
    return [
        example_of(image, data.classes[answer], source=path.name)
        for images, answers in parts
        for image, answer in zip(images, answers.tolist(), strict=True)
    ]


def export_examples(session: Session, path: Path) -> Job:
    """Write the examples on the shelf as .npz: `images`, uint8 (n, rows, columns), and `labels`, the classes' names.

    They can be opened as a data set. Tells that the file is there; raises `UserError` when it cannot be.
    """
    examples = _all(session)
    arrays = {
        "images": np.stack([each.image for each in examples]),
        "labels": np.array([each.label for each in examples]),
    }

    yield from export_arrays(session, arrays, path)


def export_example_pictures(session: Session, path: Path) -> Job:
    """Write the examples on the shelf as PNG files, in a new folder with one for each class; otherwise as .npz."""
    from PIL import Image

    examples, counts = _all(session), defaultdict[str, int](int)
    keep_inputs(session, path)
    if path.exists():
        raise UserError(f"{path.name} is there already.", hint="Choose another name.")
    folders = dict(zip(*_folders_of(examples), strict=True))
    temporary = temporary_name(path)
    try:
        for each in examples:
            folder = temporary / folders[each.label]
            folder.mkdir(parents=True, exist_ok=True)
            counts[each.label] += 1
            Image.fromarray(each.image).save(folder / f"{counts[each.label]:04}.png")
            yield None
        temporary.replace(path)
    except OSError as error:
        raise cannot_save(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    yield Notice(sentence=f"Saved {path}.")


def _folders_of(examples: Sequence[Example]) -> tuple[list[str], list[str]]:
    """Return the names of the classes, and what their folders are called: names that any file system takes."""
    names, folders = list(dict.fromkeys(each.label for each in examples)), list[str]()
    for name in names:
        folders.append(next(each for each in _possible(name) if each not in folders))
    return names, folders


def _possible(name: str) -> Iterator[str]:
    plain = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", name).strip(" .") or "_"
    yield plain
    for number in range(2, MOST_EXAMPLES):
        yield f"{plain} ({number})"


def _all(session: Session) -> list[Example]:
    examples = [*session.examples.values()]
    if not examples:
        raise UserError("There are no examples yet.", hint="Draw something and press Learn this as.")
    if len({each.image.shape for each in examples}) > 1:
        raise UserError("The examples are of several sizes.", hint="Remove those of other sizes.")
    return examples
