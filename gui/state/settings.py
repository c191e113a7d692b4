"""The settings that the window remembers between starts: a small JSON file, written atomically. A damaged one never
prevents a start."""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.core.errors import UserError
from engine.core.language import LANGUAGES, tr
from engine.core.machine.atomic import atomic_write, remove_leftovers
from engine.core.text import storable
from gui.look.fonts import PRESENTED, SIZES, USUAL

BUDGET_RANGE = (50, 20_000)  # minimum and maximum of the megabytes of snapshots that a session may keep
MOST_RECENT = 10
EVERYTHING_AT_FIRST = False  # whether a new home shows everything; settings of before do, which do not say it


@dataclass(slots=True)
class Settings:
    """All settings, with those of a first start as defaults."""

    geometry: tuple[int, int, int, int] | None = None  # left, top, width and height of the window
    maximized: bool = False
    tab: str = ""  # object name of the current tab
    everything: bool = True  # whether all pages and controls are shown, not only the first look
    opened: list[str] = field(default_factory=list)  # titles of the tabs that came to the first look
    language: str = "system"
    theme: str = "system"
    contrast: str = "system"
    maps: str = "theme"  # the colour map of numbers
    text_size: int = USUAL  # in percent
    presenter_text_size: int = PRESENTED  # in percent
    smoothing: float = 0.0  # smoothing of the loss per step, from 0 to below 1
    figures_for_paper: bool = False  # whether copied and saved figures have light colours in the dark theme, too
    folder: str = ""  # where data was opened last
    picture_folder: str = ""  # where a file other than a session was saved last
    code_folder: str = ""  # where a script was saved last
    session: str = ""  # the file of the session that was open; empty if it had none
    recent: list[str] = field(default_factory=list)  # files of saved or opened sessions, the latest first
    # Opened files with a person's own data, the latest first: paths, or addresses with the choice of arrays.
    data: list[str] = field(default_factory=list)
    budget: int = 500  # megabytes of snapshots that a session may keep
    pages: dict[str, Any] = field(default_factory=dict)  # the page of each tab, by the object name of its switch
    plugins: dict[str, Any] = field(default_factory=dict)  # the hash of each that is switched on, by its path
    unfolded: list[str] = field(default_factory=list)  # object names of unfolded headings

    # Progress of the lesson in the bundled session, which is not written.
    lesson: dict[str, Any] = field(default_factory=dict)
    lesson_offered: bool = False  # whether the offer of the lesson was accepted or declined

    def save(self, path: Path) -> None:
        """Write the settings to `path`; raises `OSError`."""
        text = json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False)
        atomic_write(path, f"{storable(text)}\n".encode())


_current = Settings()


def settings() -> Settings:
    """Return the settings of the window, which its parts share; before it has any, those of a first start."""
    return _current


def use_settings(chosen: Settings) -> Settings:
    """Let these be the settings of the window, and return them."""
    global _current
    _current = chosen
    return chosen


def load_settings(path: Path) -> Settings:
    """Return the settings in a file, or those of a first start if there is none; raise `UserError` if it is damaged."""
    remove_leftovers(path.parent)
    try:
        return _checked(json.loads(path.read_text("utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return Settings(everything=EVERYTHING_AT_FIRST)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise UserError(
            tr("The settings could not be read, so the window starts as if for the first time."),
            hint=tr("The file {file} is damaged; it will be overwritten.", file=path),
        ) from error


def _checked(values: Any) -> Settings:
    """Return the known settings among `values`; raise `TypeError` or `ValueError` if one is wrong."""
    if not isinstance(values, dict):
        raise TypeError("The settings are no object.")
    loaded = Settings()
    for name, value in values.items():
        if name == "geometry":
            loaded.geometry = None if value is None else _four_numbers(value)
        elif name in Settings.__slots__:
            is_list_of_texts = not isinstance(value, list) or all(isinstance(item, str) for item in value)
            if type(value) is not type(getattr(loaded, name)) or not is_list_of_texts:
                raise TypeError(f"The setting {name} cannot be {value!r}.")
            setattr(loaded, name, value)
    can_be = {
        "language": loaded.language in ("system", *LANGUAGES),
        "theme": loaded.theme in ("system", "light", "dark"),
        "contrast": loaded.contrast in ("system", "usual", "high"),
        "maps": loaded.maps in ("theme", "viridis", "cividis", "cet_cbl1"),
        "text_size": loaded.text_size in SIZES,
        "presenter_text_size": loaded.presenter_text_size in SIZES,
        "smoothing": 0.0 <= loaded.smoothing < 1.0,
        "budget": BUDGET_RANGE[0] <= loaded.budget <= BUDGET_RANGE[1],
    }
    if not all(can_be.values()):
        raise ValueError(f"These settings cannot be so: {[name for name, can in can_be.items() if not can]}.")
    return loaded


def _four_numbers(value: Any) -> tuple[int, int, int, int]:
    left, top, width, height = value
    for number in value:
        if type(number) is not int or abs(number) > 100_000:
            raise TypeError("A geometry is four whole numbers.")
    if width < 1 or height < 1:
        raise ValueError("A window has a size.")
    return left, top, width, height
