"""What the window remembers between starts: one small JSON file, always whole, never a reason not to start."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.core.errors import UserError
from engine.core.machine.atomic import atomic_write, remove_leftovers
from engine.core.text import storable
from gui.look.text_size import PRESENTED, SIZES, USUAL

BUDGET_RANGE = (50, 20_000)
"""How many megabytes of moments a session may keep, at least and at most."""

MOST_RECENT = 10


@dataclass(slots=True)
class Settings:
    """All that is remembered; each has a value that holds when nothing is known."""

    geometry: tuple[int, int, int, int] | None = None
    """Left, top, width and height of the window."""
    maximized: bool = False
    tab: str = ""
    """Title of the current tab."""
    theme: str = "system"
    maps: str = "theme"
    """What numbers are coloured with."""
    text_size: int = USUAL
    """How large letters are, in percent."""
    presenter_text_size: int = PRESENTED
    """How large they are in presenter mode."""
    smoothing: float = 0.0
    """How strongly the loss per step is smoothed, from 0 to below 1."""
    figures_for_paper: bool = False
    """Whether copied and saved figures have light colours in the dark theme, too."""
    folder: str = ""
    """Where data was opened last."""
    picture_folder: str = ""
    """Where a file other than a session was saved last."""
    code_folder: str = ""
    """Where a script was saved last."""
    session: str = ""
    """The file of the session that was open; empty for one that had none."""
    recent: list[str] = field(default_factory=list)
    """Files of the sessions that a person saved or opened, the latest first."""
    data: list[str] = field(default_factory=list)
    """Files with a person's own data that were opened, the latest first: paths, or addresses that name arrays, too."""
    budget: int = 500
    """Megabytes of moments that a session may keep."""
    pages: dict[str, Any] = field(default_factory=dict)
    """Which page each tab was at, by the object name of its switch."""
    unfolded: list[str] = field(default_factory=list)
    """Object names of the headings that a person left unfolded."""

    lesson: dict[str, Any] = field(default_factory=dict)
    """How far the lesson is in the bundled session, which is not written."""
    lesson_offered: bool = False
    """Whether a person has said if the lesson is wanted."""

    def save(self, path: Path) -> None:
        """Write the settings to `path`; raises `OSError`."""
        text = json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False)
        atomic_write(path, f"{storable(text)}\n".encode())


def load_settings(path: Path) -> Settings:
    """Read the settings; those of a first start when there are none. Raises `UserError` when they are damaged."""
    remove_leftovers(path.parent)
    try:
        values = json.loads(path.read_text("utf-8"))
        return _checked(values)
    except (FileNotFoundError, NotADirectoryError):
        return Settings()
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise UserError(
            "The settings could not be read, so the window starts as if for the first time.",
            hint=f"The file {path} is damaged; it will be written anew.",
        ) from error


def _checked(values: Any) -> Settings:
    """Return the known settings among `values`; raise `TypeError` or `ValueError` where one has the wrong kind."""
    if not isinstance(values, dict):
        raise TypeError("The settings are no object.")
    settings = Settings()
    for name, value in values.items():
        if name == "geometry":
            settings.geometry = None if value is None else _four_numbers(value)
        elif name in Settings.__slots__:
            if type(value) is not type(getattr(settings, name)) or not _is_plain(value):
                raise TypeError(f"The setting {name} cannot be {value!r}.")
            setattr(settings, name, value)
    if settings.theme not in ("system", "light", "dark"):
        raise ValueError(f"There is no theme {settings.theme!r}.")
    if settings.maps not in ("theme", "viridis", "cividis", "cet_cbl1"):
        raise ValueError(f"There is no colour map {settings.maps!r}.")
    for percent in (settings.text_size, settings.presenter_text_size):
        if percent not in SIZES:
            raise ValueError(f"Letters cannot have {percent} %.")
    if not 0.0 <= settings.smoothing < 1.0:
        raise ValueError(f"No curve is smoothed by {settings.smoothing}.")
    if not BUDGET_RANGE[0] <= settings.budget <= BUDGET_RANGE[1]:
        raise ValueError(f"No session can keep {settings.budget} MB.")
    return settings


def _is_plain(value: Any) -> bool:
    """Whether a list holds nothing but words."""
    return not isinstance(value, list) or all(isinstance(each, str) for each in value)


def _four_numbers(value: Any) -> tuple[int, int, int, int]:
    left, top, width, height = value
    for number in value:
        if type(number) is not int or abs(number) > 100_000:
            raise TypeError("A geometry is four whole numbers.")
    if width < 1 or height < 1:
        raise ValueError("A window has a size.")
    return left, top, width, height
