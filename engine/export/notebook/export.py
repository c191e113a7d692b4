"""The job that writes a session's notebook, and beside it a folder with the files that it reads."""

import contextlib
import re
import shutil
from pathlib import Path

from engine.core.errors import UserError
from engine.core.language import tr, tr_plural
from engine.core.machine.atomic import check_ordinary, replace_file, saving, temporary_name
from engine.core.messages import Job, Saved, Turns
from engine.export.notebook.book import Writer
from engine.export.notebook.cells import as_notebook, as_script
from engine.export.scripts.parts.files import copied, place_beside
from engine.export.scripts.parts.template import quoted
from engine.session.jobs.export import keep_inputs, write_file
from engine.session.session import Session

NOTEBOOK, SCRIPT = ".ipynb", ".py"
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,60}\.npz")


def export_notebook(session: Session, path: Path) -> Job:
    """Write the session's runs and acts as a notebook (.ipynb), or as one script (.py), and report it.

    Its files are in a folder beside it; that of a notebook that is replaced is reused. If it fails or is stopped
    nothing is changed. Raises `UserError` if it cannot be written.
    """
    if path.suffix.lower() not in (NOTEBOOK, SCRIPT):
        raise UserError(
            tr("{file} ends in neither {notebook} nor {script}.", file=path.name, notebook=NOTEBOOK, script=SCRIPT),
            hint=tr("Choose one of them."),
        )
    is_script = path.suffix.lower() == SCRIPT
    folder = place_beside(path, "files")
    name = quoted(folder.name)
    where = f"Path(__file__).with_name({name})" if is_script else f"Path({name})"  # no text
    files = _Files(session, folder)
    with saving(path):
        try:
            keep_inputs(session, path)
            check_ordinary(path)
            files.begin()
            book = yield from Writer(session, folder.name, where, files.keep).book()
            files.finish()
            write_file(session, path, (as_script if is_script else as_notebook)(book.cells))
        finally:
            files.clear()
    left_out = sum(book.left_out.values())
    sentence = tr("Saved {file} and the folder {folder}.", file=path, folder=folder.name)
    if left_out:
        sentence += " " + tr_plural(
            "{count:,} section could not be told; the end of it says why.",
            "{count:,} sections could not be told; the end of it says why.",
            left_out,
        )
    yield Saved(sentence=sentence)


class _Files:
    """The files that a notebook reads: they are collected in a temporary folder, and moved at the end."""

    def __init__(self, session: Session, folder: Path) -> None:
        self._session, self._folder = session, folder
        self._gathered = temporary_name(folder)
        self._names: dict[Path, str] = {}

    def begin(self) -> None:
        """Make the temporary folder; raises `OSError`."""
        self._gathered.mkdir()

    def keep(self, source: Path, name: str) -> Turns[str]:
        """Copy a file under a name like that one, and return its name; a file that was copied before has it already."""
        if source not in self._names:
            stem = (name if PLAIN_NAME.fullmatch(name) else "data.npz").removesuffix(".npz")
            taken = set(self._names.values())
            names = (f"{stem}.npz", *(f"{stem}-{number}.npz" for number in range(2, 1000)))
            self._names[source] = next(name for name in names if name not in taken)
            yield from copied(source, self._gathered / self._names[source])
        return self._names[source]

    def finish(self) -> None:
        """Move all files into the final folder; raises `OSError`, and `UserError` if one would replace an open file."""
        self._folder.mkdir(exist_ok=True)
        for name in self._names.values():
            keep_inputs(self._session, self._folder / name)
        for name in self._names.values():
            replace_file(self._gathered / name, self._folder / name)

    def clear(self) -> None:
        """Remove the temporary folder."""
        with contextlib.suppress(OSError):
            shutil.rmtree(self._gathered)
