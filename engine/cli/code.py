"""The command `code`: prints the script of a tab, or saves it with the files that it reads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from engine.cli.parts.command import Answer, Place, command, saved
from engine.cli.parts.terminal import joined, say, shown
from engine.cli.parts.which import OfLens, RunsDataset, lens_of, open_data, tab, which
from engine.core.errors import UserError
from engine.core.knobs import knobs
from engine.core.language import mark, tr
from engine.core.messages import answer, run_through
from engine.export.scripts.parts.tabs import script_module, tabs

if TYPE_CHECKING:
    from engine.core.lens import Lens
    from engine.session.session import Session

TABS = tabs()

Tab = Annotated[str, tab, TABS, f"TAB: one of {', '.join(TABS)}"]


@command(120, mark("a tab's script in plain TensorFlow and NumPy"))
def code_command(
    tab: Tab, *, of: OfLens, dataset: RunsDataset = None, set: Sequence[str] = (), out: Place | None = None
) -> Answer:
    """Print the short script that does what a tab shows, ready to be run.

    set NAME=VALUE: a setting of the tab, such as penalty=l2 of ideal, layer=2 of weights, size=5 of warmup; may be
        repeated
    out OUT.py: save it there instead, and what it reads beside it (default: stdout)
    """
    from engine.export.scripts.parts.show_code import CodeShown, save_code, show_code

    settings = settings_of(tab, set)
    with _opened(tab, settings, of, dataset) as (session, lens):
        code = answer(show_code(session, lens, tab, settings), CodeShown)
        if out:
            run_through(save_code(session, code, out))
            yield saved(out)
            return
    if code.files:
        say(tr("What the script reads lies in {files}.", files=joined(shown(file) for file in code.files)))
    print(code.script, end="", flush=True)


def settings_of(tab: str, words: Sequence[str]) -> Mapping[str, Any]:
    """Return the settings of `NAME=VALUE` words; raises `UserError` for those that the tab does not have."""
    available = knobs(script_module(tab).Settings)
    settings: dict[str, Any] = {}
    for word in words:
        name, is_set, text = word.partition("=")
        if tab == "ideal" and name == "neurons" and is_set:
            settings[name] = _numbers(text)
        elif name not in available or not is_set:
            raise UserError(
                tr("--set: “{word}” is not a setting of {tab}.", word=word, tab=tab),
                hint=tr("It has {settings}.", settings=", ".join(available)),
            )
        else:
            settings[name] = available[name].parse(text)
    return settings


@contextlib.contextmanager
def _opened(
    tab: str, settings: Mapping[str, Any], of: OfLens, dataset: str | None
) -> Iterator[tuple[Session, Lens | None]]:
    """Open the run and the data that the script needs; raises `UserError` if they are missing."""
    from engine.session.session import Session

    needs = script_module(tab).needs(script_module(tab).Settings.from_dict(settings))
    if not needs & {"run", "data"}:
        yield Session(), None
        return
    with which(of) as meant:
        if "data" in needs:
            open_data(meant.session, dataset, meant.run.name)
        yield meant.session, lens_of(meant, of.silence)


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise UserError(
            tr("--set: “{neurons}” are not neurons.", neurons=text), hint=tr("Write numbers such as 3,7,20.")
        ) from None
