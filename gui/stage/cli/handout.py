"""The command `handout`: a run as a page for pupils. A lesson's questions are read by the window."""

import os
from typing import Annotated

from engine.cli.parts.command import Answer, Place, Row, command
from engine.cli.parts.terminal import messages, show_progress
from engine.cli.parts.which import DATASET_HELP, OfMoment, open_data, which
from engine.core.language import mark
from engine.core.machine.folders import as_path
from engine.core.messages import Notice


@command(127, mark("a run as one HTML file that pupils open offline"))
def handout_command(
    *,
    of: OfMoment,
    dataset: Annotated[str | None, f"DATA: for test images and accuracy; {DATASET_HELP}"] = None,
    lesson: tuple[str, ...] = (),
    out: Place,
) -> Answer:
    """Write one HTML file for a phone or any browser, without a network connection: draw, the answer and why, six
    snapshots of the training up to --moment, fingerprints, neurons to silence, ideal images, questions.

    lesson FILE.toml: chapters of a lesson of your own, for the questions (default: the lesson that comes along)
    out OUT.html: the file to write
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from engine.core.lens import Lens
    from engine.export.messages import FileWriting
    from gui.shell.lesson.handout import save_handout
    from gui.shell.lesson.pages import LessonRead, read_lesson

    files = [as_path(file) for file in lesson]
    (read,) = (message for message in read_lesson(None, files) if isinstance(message, LessonRead))
    with which(of) as (session, run, step):
        open_data(session, dataset, run.name)
        for message in messages(save_handout(session, Lens(run.name, step), out, read.chapters)):
            if isinstance(message, FileWriting):
                show_progress(f"{message.share:.0%}", is_done=message.share >= 1)
            elif isinstance(message, Notice):
                yield Row(None, f"{message.sentence} {message.hint}")
