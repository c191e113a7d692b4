"""Jobs about examples: the session's shelf of them, reading and saving them, and the data of a taught run."""

import itertools
import re
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.core.errors import UserError
from engine.core.example import LONGEST_NAME, MOST_EXAMPLES, Example, example_of
from engine.core.language import tr, tr_plural
from engine.core.lazy import np
from engine.core.machine.atomic import saving, temporary_name
from engine.core.messages import Job, Message, Notice, Saved, Turns, silently
from engine.core.text import printable, storable
from engine.data.dataset import Dataset
from engine.data.formats.reading import PICTURES
from engine.data.sources import opening_dataset
from engine.data.teaching import own_dataset
from engine.session.jobs.data import dataset_opened
from engine.session.jobs.export import export_arrays, keep_inputs
from engine.session.session import Session, save_all

MOST_NAMED = 3  # unreadable files in a sentence


class ExamplesRead(Message):
    """Examples that were read from files; they are not on the shelf yet."""

    examples: tuple[Example, ...]


def keep_examples(session: Session, examples: Mapping[int, Example], number: int | None = None) -> Job:
    """Replace the shelf's examples, and save. Raises `UserError` for too many."""
    if len(examples) > MOST_EXAMPLES:
        raise UserError(
            tr("A session keeps {most:,} examples at most.", most=MOST_EXAMPLES),
            hint=tr("Make a data set of them: Export."),
        )
    if number in (None, session.number):
        session.examples = dict(sorted(examples.items()))
    return save_all(session)


def follow_run(session: Session, run: str) -> Job:
    """Make the data `seen_with` a run the session's; answers `DatasetOpened` if they are others."""
    data = yield from session.seen_with(session.run(run))
    if data is not None and data is not session.dataset:
        session.replace_data(data)
        yield dataset_opened(data)


def use_examples(session: Session) -> Job:
    """Make a data set of the shelf's examples alone. Answers `DatasetOpened`; raises `UserError` for too few."""
    session.replace_data(own_dataset([*session.examples.values()]))
    yield dataset_opened(session.data())


def read_examples(
    session: Session, paths: Sequence[str], label: str, shape: tuple[int, int], *, raw: bool = False
) -> Job:
    """Read pictures, folders or data files as examples of the class `label`, or their own. Answers `ExamplesRead`.

    A `Notice` names what could not be read; raises `UserError` if nothing could.
    """
    examples, refused = list[Example](), list[UserError]()
    for path in map(Path, paths):
        try:
            examples += yield from examples_in(path, shape, label=label, raw=raw)
        except UserError as error:
            refused.append(error)
        yield None
    if not examples:
        raise refused[0] if refused else UserError(tr("There is no picture in what was dropped."))
    yield ExamplesRead(examples=tuple(examples))
    if refused:
        sentences = " ".join(error.sentence for error in refused[:MOST_NAMED])
        if len(refused) > MOST_NAMED:
            sentences += " " + tr_plural("And {count} more.", "And {count} more.", len(refused) - MOST_NAMED)
        yield Notice(sentence=sentences, hint=tr("The others were taken."))


def examples_in(path: Path, shape: tuple[int, int], *, label: str = "", raw: bool = False) -> Turns[list[Example]]:
    """Return the examples in a picture of class `label`, a folder of such folders, or a data file, in turns.

    Pictures of that shape (rows, columns) are unchanged, all others are prepared like a drawing, or only scaled if
    `raw`. Raises `UserError` if there are none.
    """
    if path.is_dir():
        inner = (entry for entry in path.iterdir() if not (entry.is_symlink() or entry.name.startswith(".")))
        folders = sorted((entry for entry in inner if entry.is_dir()), key=lambda folder: folder.name)
        examples = list[Example]()
        for folder in folders:
            name = class_called(folder.name)
            for file in sorted(file for file in folder.iterdir() if file.suffix.lower() in PICTURES):
                examples.append(_of_picture(file, name, shape, raw=raw))
                if len(examples) > MOST_EXAMPLES:
                    raise UserError(tr("{file} has more than {most:,} pictures.", file=path.name, most=MOST_EXAMPLES))
                yield None
        if not examples:
            sentence = tr("{file} has no folder with pictures in it.", file=path.name)
            raise UserError(sentence, hint=tr("Make one for each class, with its name."))
        return examples
    if path.suffix.lower() in PICTURES:
        if not label:
            raise UserError(
                tr("{file} has no class.", file=path.name), hint=tr("Put it into a folder with the name of its class.")
            )
        return [_of_picture(path, label, shape, raw=raw)]
    data, _ = yield from silently(opening_dataset(str(path)))
    return _of_data(data, path, shape)


def class_called(text: str) -> str:
    """Return the name of a class that a person has typed, as one line; raise `UserError` for an empty one."""
    name = storable(printable(text).strip())[:LONGEST_NAME]
    if not name:
        raise UserError(tr("A class needs a name."))
    return name


def _of_picture(file: Path, label: str, shape: tuple[int, int], *, raw: bool) -> Example:
    from engine.data.formats.pictures import network_input

    return example_of(network_input(file, shape, mnist_style=not raw), label, source=file.name)


def _of_data(data: Dataset, path: Path, shape: tuple[int, int]) -> list[Example]:
    if data.shape != shape:
        raise UserError(
            tr(
                "The images in {file} have {size} pixels, and the network reads {read}.",
                file=path.name,
                size="{} × {}".format(*data.shape),
                read="{} × {}".format(*shape),
            )
        )
    count = len(data.train_images) + len(data.test_images)
    if count > MOST_EXAMPLES:
        sentence = tr(
            "{file} has {count:,} images; {most:,} examples are kept at most.",
            file=path.name,
            count=count,
            most=MOST_EXAMPLES,
        )
        raise UserError(sentence, hint=tr("Open it as a data set."))
    parts = ((data.train_images, data.train_labels), (data.test_images, data.test_labels))
    return [
        example_of(image, data.classes[answer], source=path.name)
        for images, answers in parts
        for image, answer in zip(images, answers.tolist(), strict=True)
    ]


def export_examples(session: Session, path: Path) -> Job:
    """Write the shelf as .npz, which opens as a data set: `images` uint8 (n, rows, columns), `labels` names."""
    examples = _all(session)
    arrays = {
        "images": np.stack([example.image for example in examples]),
        "labels": np.array([example.label for example in examples]),
    }
    yield from export_arrays(session, arrays, path)


def export_example_pictures(session: Session, path: Path) -> Job:
    """Write the shelf's examples as PNG files, in a new folder with a folder per class; otherwise as for .npz."""
    from PIL import Image

    examples, counts = _all(session), defaultdict[str, int](int)
    keep_inputs(session, path)
    if path.exists():
        raise UserError(tr("{file} is there already.", file=path.name), hint=tr("Choose another name."))
    folders: dict[str, str] = {}
    for label in dict.fromkeys(example.label for example in examples):
        name = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", label).strip(" .") or "_"  # valid on any file system
        names = itertools.chain([name], (f"{name} ({number})" for number in itertools.count(2)))
        folders[label] = next(name for name in names if name not in folders.values())
    temporary = temporary_name(path)
    with saving(path):
        try:
            for example in examples:
                folder = temporary / folders[example.label]
                folder.mkdir(parents=True, exist_ok=True)
                counts[example.label] += 1
                Image.fromarray(example.image).save(folder / f"{counts[example.label]:04}.png")
                yield None
            temporary.replace(path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    yield Saved(sentence=tr("Saved {file}.", file=path))


def _all(session: Session) -> list[Example]:
    examples = [*session.examples.values()]
    if not examples:
        raise UserError(tr("There are no examples yet."), hint=tr("Draw something and press Learn this as."))
    if len({example.image.shape for example in examples}) > 1:
        raise UserError(tr("The examples are of several sizes."), hint=tr("Remove those of other sizes."))
    return examples
