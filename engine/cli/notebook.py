"""The command `notebook`: a session's runs and acts as a Jupyter notebook or as one script."""

from typing import Annotated

from engine.cli.parts.command import Answer, Place, command, saved
from engine.cli.parts.terminal import say
from engine.cli.parts.which import SESSION, RunsDataset, data_for, look_at, say_meant, session_path
from engine.core.language import mark
from engine.core.messages import run_through


@command(123, mark("a session as a notebook, or as one script"))
def notebook_command(
    *, session: Annotated[str | None, SESSION] = None, dataset: RunsDataset = None, out: Place
) -> Answer:
    """Write a session's runs, and what was looked at in them, as a notebook that runs by itself.

    out OUT.ipynb: the file to write, .ipynb or .py; what it reads lies in a folder beside it
    """
    with look_at(session_path(session)) as opened:
        from engine.export.notebook.export import export_notebook

        say_meant(session, opened)
        data, notice = data_for(dataset, next(reversed(opened.runs.values()), None))
        opened.replace_data(data)
        say(notice)
        run_through(export_notebook(opened, out))
    yield saved(out)
