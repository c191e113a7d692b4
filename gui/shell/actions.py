"""Every action of the window in one table: its name, its keys, its icon, what it is good for; and the menus."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from gui.look.icons import icon

NATIVE = QKeySequence.SequenceFormat.NativeText

type Key = QKeySequence.StandardKey | str

FILE, EDIT, RUN, TIME, VIEW, HELP = "&File", "&Edit", "&Run", "&Time", "&View", "&Help"

SLOW, SPEED, THEME, MAPS, TABS = "Slow &motion", "Playback sp&eed", "&Theme", "Colour &map", "Ta&bs"

TEXT, AVERAGE = "Te&xt size", "Avera&ge of the last"

ONE_OR_NONE = ("full screen", "presenter")
"""Groups of an action that is on or off."""

Standard = QKeySequence.StandardKey


class Actions:
    """The actions of one window, by name."""

    def __init__(self, window: QWidget, slots: Mapping[str, Callable[[], object]]) -> None:
        """Make them; `slots` says for each name what it does."""
        self._window = window
        self._groups: dict[str, QActionGroup] = {}
        self._made = {row.name: self._make(row, slots[row.name]) for row in ACTIONS}
        self._menus: dict[str, QMenu] = {}

    def __getitem__(self, name: str) -> QAction:
        return self._made[name]

    def fill(self, bar: QMenuBar) -> None:
        """Put all of them into menus."""
        for row in ACTIONS:
            menu = self._menu(bar, row.menu)
            if row.line_before:
                menu.addSeparator()
            menu.addAction(self._made[row.name])

    def add_tab(self, title: str, key: str, show: Callable[[], object]) -> None:
        """Add the action that shows the tab of that title to the View menu; an empty key is none."""
        menu = self._menus[VIEW + TABS] if VIEW + TABS in self._menus else self._tabs_menu()
        name = f"view.tab.{title.lower().replace(' ', '_')}"
        there = menu.actions()
        *others, text = with_mnemonics([*(plain(action.text()) for action in there), title])
        for action, other in zip(there, others, strict=True):
            action.setText(other)
        row = Row(name=name, menu=(), text=text, keys=(key,) if key else (), help=f"Show the tab {title}.")
        self._made[name] = self._make(row, show)
        menu.addAction(self._made[name])

    def texts(self) -> list[tuple[str, str, str]]:
        """Return title, keys and help of each action that has keys, for the sheet of shortcuts."""
        rows = [(name, action) for name, action in self._made.items() if action.shortcuts()]
        sheet = {row.name: row.sheet for row in ACTIONS}
        texts = []
        for name, action in rows:
            title, further = sheet.get(name, ("", ""))
            keys = ", ".join(key.toString(NATIVE) for key in action.shortcuts())
            texts.append((title or plain(action.text()), keys + further, action.statusTip()))
        return texts

    def _make(self, row: Row, slot: Callable[[], object]) -> QAction:
        action = QAction(row.text, self._window)
        action.setObjectName(f"action.{row.name}")
        action.setStatusTip(row.help)
        action.setShortcuts(key_sequences(row.keys))
        action.setToolTip(with_keys(row.help, action))
        if row.icon:
            action.setIcon(icon(row.icon))
            action.setProperty("icon name", row.icon)
        if row.choice:
            action.setCheckable(True)
            self._group(row.choice).addAction(action)
        action.triggered.connect(lambda: slot())
        # An action also works while its menu is not shown, or where the menu bar belongs to the desktop.
        self._window.addAction(action)
        return action

    def _group(self, name: str) -> QActionGroup:
        if name not in self._groups:
            group = QActionGroup(self._window)
            if name in ONE_OR_NONE:
                group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
            self._groups[name] = group
        return self._groups[name]

    def _menu(self, bar: QMenuBar, path: tuple[str, ...]) -> QMenu:
        key = "".join(path)
        if key not in self._menus:
            parent = self._menu(bar, path[:-1]) if len(path) > 1 else bar
            menu = parent.addMenu(path[-1])
            menu.setObjectName("menu." + ".".join(plain(part).lower().replace(" ", "_") for part in path))
            menu.setToolTipsVisible(True)
            self._menus[key] = menu
        return self._menus[key]

    def _tabs_menu(self) -> QMenu:
        view = self._menus[VIEW]
        menu = QMenu(TABS, view)
        menu.setObjectName("menu.view.tabs")
        menu.setToolTipsVisible(True)
        view.insertMenu(view.actions()[0], menu)
        self._menus[VIEW + TABS] = menu
        return menu


def key_sequences(keys: tuple[Key, ...]) -> list[QKeySequence]:
    """Return what these keys are on this system, each once: not every system has all standard keys."""
    found: list[QKeySequence] = []
    for key in keys:
        sequences = [QKeySequence(key)] if isinstance(key, str) else QKeySequence.keyBindings(key)
        found += [each for each in sequences[:1] if not each.isEmpty() and each not in found]
    return found


def with_keys(help_text: str, action: QAction) -> str:
    """Return the help with the action's key behind it."""
    key = action.shortcut().toString(NATIVE)
    return f"{help_text} ({key})" if key else help_text


def plain(text: str) -> str:
    """Return a menu's text without the mark of its mnemonic."""
    return text.replace("&", "")


def with_mnemonics(titles: Sequence[str]) -> list[str]:
    """Return the titles with the marks of mnemonics, each before a letter that no other has marked: its first, if free.

    Where none of a title's letters is free, one before it takes another one, as in finding a matching of a graph.
    """
    owners: dict[str, int] = {}

    def find(number: int, tried: set[str]) -> bool:
        letters = list(dict.fromkeys(letter.lower() for letter in titles[number] if letter.isalpha()))
        for letter in (each for each in letters if each not in owners):
            owners[letter] = number
            return True
        for letter in (each for each in letters if each not in tried):
            tried.add(letter)
            if find(owners[letter], tried):
                owners[letter] = number
                return True
        return False

    for number in range(len(titles)):
        find(number, set())
    marks = {number: letter for letter, number in owners.items()}
    texts = []
    for number, title in enumerate(titles):
        place = title.lower().index(marks[number]) if number in marks else 0
        texts.append(f"{title[:place]}&{title[place:]}")
    return texts


# The table ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One action. `menu` is the path to it; `choice` names the group of which one is chosen."""

    name: str
    menu: tuple[str, ...]
    text: str
    help: str
    keys: tuple[Key, ...] = ()
    """None is a letter alone: typing beside a field would change something, and a list could not be searched."""
    icon: str = ""
    choice: str = ""
    line_before: bool = False
    sheet: tuple[str, str] = ("", "")
    """Name and further keys in the sheet of keys, where the action's own do not say it all."""


ACTIONS = (
    Row(
        name="file.new",
        menu=(FILE,),
        text="&New session",
        keys=(Standard.New, "Ctrl+N"),
        help="Begin with no runs. The current session is kept as it is.",
    ),
    Row(
        name="file.open",
        menu=(FILE,),
        text="&Open…",
        keys=(Standard.Open, "Ctrl+O"),
        icon="open",
        help="Open a session, a data set (images and labels) or a picture to read. You can also drop it on the window.",
    ),
    Row(
        name="file.data",
        menu=(FILE,),
        text="Choose &data…",
        keys=("Ctrl+Shift+D",),
        help="Open the menu of data at the top right: the sample, MNIST, your own.",
    ),
    Row(
        name="file.bundled",
        menu=(FILE,),
        text="Open the &bundled session",
        help="Look at the networks that come with Layerlight: the blog post's, and one that reads handwriting best.",
    ),
    Row(
        name="file.lesson",
        menu=(FILE,),
        text="Open l&esson…",
        help="Tell a lesson of your own: a file for each chapter, written as docs/lesson.md says.",
    ),
    Row(
        name="file.save",
        menu=(FILE,),
        text="&Save",
        keys=(Standard.Save, "Ctrl+S"),
        icon="save",
        line_before=True,
        help="Save the session as a file; from then on all is written there as it happens.",
    ),
    Row(
        name="file.save_as",
        menu=(FILE,),
        text="Save &as…",
        keys=("Ctrl+Shift+S",),
        help="Save the session under another name and go on there.",
    ),
    Row(
        name="file.revert",
        menu=(FILE,),
        text="Re&vert",
        help="Bring the list of runs back to what it was when the session was opened or last saved. Undo reverts that.",
    ),
    Row(
        name="file.unsaved",
        menu=(FILE,),
        text="&Untitled sessions…",
        help="Find again what was trained and not saved under a name yet.",
    ),
    Row(
        name="file.picture",
        menu=(FILE,),
        text="Save &picture of the tab…",
        keys=("Ctrl+Shift+P",),
        icon="save-image",
        line_before=True,
        help="Save what the current tab shows as a PNG file.",
    ),
    Row(
        name="file.figure",
        menu=(FILE,),
        text="Save fi&gure…",
        keys=("Ctrl+Shift+E",),
        help="Save the panel that has the focus, or is under the mouse, as a picture, a drawing or its numbers.",
    ),
    Row(
        name="file.film",
        menu=(FILE,),
        text="F&ilm over training…",
        keys=("Ctrl+Shift+V",),
        icon="film",
        help="Save the tab or one of its panels at all snapshots of a run, one after the other: WebP, GIF or MP4.",
    ),
    Row(
        name="file.sheet",
        menu=(FILE,),
        text="Save teac&her’s sheet…",
        help="Save the lesson’s aims, minutes, pages and right answers as a PDF file, to be printed.",
    ),
    Row(
        name="file.notebook",
        menu=(FILE,),
        text="Export session as noteboo&k…",
        help="Save the runs, and what you stayed with in any tab, as a Jupyter notebook or script that runs by itself.",
    ),
    Row(
        name="file.handout",
        menu=(FILE,),
        text="Export hand-ou&t…",
        help="Save this run as one HTML file for pupils: they draw, silence and look into it offline, on any phone.",
    ),
    Row(
        name="file.close",
        menu=(FILE,),
        text="&Close window",
        keys=(Standard.Close, "Ctrl+W"),
        line_before=True,
        help="Close the window. The session is kept as it is, and comes back at the next start.",
    ),
    Row(
        name="file.quit",
        menu=(FILE,),
        text="&Quit",
        keys=(Standard.Quit, "Ctrl+Q"),
        icon="quit",
        help="End Layerlight.",
    ),
    Row(
        name="edit.undo",
        menu=(EDIT,),
        text="&Undo",
        keys=(Standard.Undo, "Ctrl+Z"),
        icon="undo",
        sheet=("Undo", ""),
        help="Take back the latest change made in this tab: a stroke, a setting, a silenced neuron, a deleted run.",
    ),
    Row(
        name="edit.redo",
        menu=(EDIT,),
        text="&Redo",
        keys=(Standard.Redo, "Ctrl+Shift+Z", "Ctrl+Y"),
        icon="redo",
        sheet=("Redo", ""),
        help="Do again what was undone.",
    ),
    Row(
        name="edit.cut",
        menu=(EDIT,),
        text="Cu&t",
        keys=(Standard.Cut, "Ctrl+X"),
        line_before=True,
        help="Take the drawing off the canvas and copy it as a picture; in a field of text, what is selected.",
    ),
    Row(
        name="edit.copy",
        menu=(EDIT,),
        text="&Copy",
        keys=(Standard.Copy, "Ctrl+C"),
        help="Copy the drawing as a picture; in a field of text, what is selected.",
    ),
    Row(
        name="edit.paste",
        menu=(EDIT,),
        text="P&aste",
        keys=(Standard.Paste, "Ctrl+V"),
        help="Put a copied picture, or a copied picture's file, on the canvas of Draw.",
    ),
    Row(
        name="edit.clear",
        menu=(EDIT,),
        text="C&lear canvas",
        line_before=True,
        help="Take everything off the canvas of Draw; undo brings it back.",
    ),
    Row(
        name="edit.copy_figure",
        menu=(EDIT,),
        text="C&opy figure",
        keys=("Ctrl+Shift+F",),
        line_before=True,
        help="Copy the panel that has the focus, or is under the mouse, as a picture.",
    ),
    Row(
        name="edit.copy_numbers",
        menu=(EDIT,),
        text="Copy &numbers",
        help="Copy the numbers behind that panel as a table, for a spreadsheet.",
    ),
    Row(
        name="edit.preferences",
        menu=(EDIT,),
        line_before=True,
        text="&Preferences…",
        keys=(Standard.Preferences, "Ctrl+,"),
        help="Choose how the window looks, its text size, and how much disk space snapshots may take.",
    ),
    Row(
        name="run.start",
        menu=(RUN,),
        text="&Start",
        keys=("Ctrl+Return", "Ctrl+Enter"),
        icon="start",
        sheet=("Start, pause or resume", ", Space"),
        help="Start a new run with the settings of the Train tab; pause or resume the one that is training. "
        "The space bar does the same.",
    ),
    Row(
        name="run.step",
        menu=(RUN,),
        text="S&tep",
        keys=("F6",),
        icon="step",
        help="Take one single step of training, then pause.",
    ),
    Row(
        name="run.epoch",
        menu=(RUN,),
        text="Step an &epoch",
        keys=("F7",),
        icon="step-epoch",
        help="Train to the end of the epoch, then pause.",
    ),
    Row(
        name="run.stop",
        menu=(RUN,),
        text="Sto&p",
        keys=("F8",),
        icon="stop",
        help="End the run. What it learned stays.",
    ),
    Row(
        name="run.reset",
        menu=(RUN,),
        text="Reset &weights",
        help="Begin a run that is paused at step 0: the settings of Train with the next seed, so other initial "
        "weights. A run that is going on is stopped; what all runs learned stays.",
    ),
    Row(
        name="run.split",
        menu=(RUN,),
        text="Spl&it…",
        keys=("Shift+F9",),
        help="Train two runs in turns that differ in one setting of the run you look at, with the same seed and "
        "batches. Their curves lie over each other, and Compare shows what they answer differently.",
    ),
    Row(
        name="run.look",
        menu=(RUN,),
        text="&Look at a run…",
        keys=("Ctrl+R",),
        help="Open the menu of runs at the top right, with what each is and how well it reads.",
    ),
    Row(
        name="run.repeat",
        menu=(RUN,),
        text="Repe&at…",
        help="Train the run that is looked at again, with other seeds or settings: several at once, beside the window.",
    ),
    Row(
        name="run.pace.full",
        menu=(RUN, SLOW),
        text="&Full speed",
        choice="pace",
        help="Train as fast as this computer can.",
    ),
    Row(
        name="run.pace.16",
        menu=(RUN, SLOW),
        text="&16 steps a second",
        choice="pace",
        help="Train slowly enough to watch: 16 steps a second.",
    ),
    Row(
        name="run.pace.4",
        menu=(RUN, SLOW),
        text="&4 steps a second",
        choice="pace",
        help="Train slowly enough to follow: 4 steps a second.",
    ),
    Row(
        name="run.pace.1",
        menu=(RUN, SLOW),
        text="&One step a second",
        choice="pace",
        help="Train slowly enough to explain: one step a second.",
    ),
    Row(
        name="time.previous",
        menu=(TIME,),
        text="&Previous snapshot",
        keys=("Alt+Left",),
        help="Look at the snapshot before this one.",
    ),
    Row(
        name="time.next",
        menu=(TIME,),
        text="&Next snapshot",
        keys=("Alt+Right",),
        help="Look at the snapshot after this one.",
    ),
    Row(
        name="time.first",
        menu=(TIME,),
        text="&First snapshot",
        keys=("Ctrl+Home",),
        help="Look at the network as it was before its first step.",
    ),
    Row(
        name="time.live",
        menu=(TIME,),
        text="&Latest",
        keys=("Ctrl+End",),
        icon="live",
        help="Look at the latest weights, and follow the run while it trains.",
    ),
    Row(
        name="time.play",
        menu=(TIME,),
        text="Pla&y training",
        keys=("Ctrl+P",),
        icon="film",
        line_before=True,
        sheet=("Play training or pause playback", ""),
        help="Show how the network learned: all snapshots of the run, one after the other.",
    ),
    Row(
        name="time.speed.2",
        menu=(TIME, SPEED),
        text="&2 snapshots a second",
        choice="playback speed",
        help="Slowly enough to look closely.",
    ),
    Row(
        name="time.speed.5",
        menu=(TIME, SPEED),
        text="&5 snapshots a second",
        choice="playback speed",
        help="Slowly enough to follow.",
    ),
    Row(
        name="time.speed.10",
        menu=(TIME, SPEED),
        text="&10 snapshots a second",
        choice="playback speed",
        help="The blog's 40 epochs in 6 seconds.",
    ),
    Row(
        name="time.speed.20",
        menu=(TIME, SPEED),
        text="20 &snapshots a second",
        choice="playback speed",
        help="As fast as the eye can follow.",
    ),
    Row(
        name="time.average.2",
        menu=(TIME, AVERAGE),
        text="&2 snapshots",
        help="Look at the mean of the weights of this snapshot and the one before, in all tabs.",
    ),
    Row(
        name="time.average.4",
        menu=(TIME, AVERAGE),
        text="&4 snapshots",
        help="Look at the mean of the weights of this snapshot and the three before, in all tabs.",
    ),
    Row(
        name="time.average.8",
        menu=(TIME, AVERAGE),
        text="&8 snapshots",
        help="Look at the mean of the weights of this snapshot and the seven before, in all tabs.",
    ),
    Row(
        name="time.bookmark",
        menu=(TIME,),
        text="&Bookmark this snapshot…",
        keys=("Ctrl+D",),
        icon="bookmark",
        line_before=True,
        help="Give the snapshot a name, so that it is easy to find and is always kept.",
    ),
    Row(
        name="time.previous_bookmark",
        menu=(TIME,),
        text="Previous boo&kmark",
        keys=("Ctrl+Shift+B",),
        help="Look at the nearest earlier snapshot that has a name.",
    ),
    Row(
        name="time.next_bookmark",
        menu=(TIME,),
        text="Next bookm&ark",
        keys=("Ctrl+B",),
        help="Look at the nearest later snapshot that has a name.",
    ),
    Row(
        name="run.train_on",
        menu=(TIME,),
        text="&Continue training from here",
        keys=("F9",),
        icon="train-on",
        line_before=True,
        help="Start a run that continues from the snapshot you look at, with the settings of the Train tab.",
    ),
    Row(
        name="view.zoom_in",
        menu=(VIEW,),
        text="Zoom &in",
        keys=("Alt++", "Alt+="),
        help="Look closer at the plot, map or graph that has the focus, else at the largest one of the tab.",
    ),
    Row(
        name="view.zoom_out",
        menu=(VIEW,),
        text="Zoom &out",
        keys=("Alt+-",),
        help="See more of the plot, map or graph that has the focus, else of the largest one of the tab.",
    ),
    Row(
        name="view.zoom_reset",
        menu=(VIEW,),
        text="Show &everything",
        keys=("Alt+0",),
        icon="zoom-reset",
        help="Show all of the plot, map or graph again.",
    ),
    Row(
        name="view.text.larger",
        menu=(VIEW, TEXT),
        text="&Larger",
        keys=(Standard.ZoomIn, "Ctrl++", "Ctrl+="),
        sheet=("Larger text", ""),
        help="Make all words of the window larger, up to 200 %: for a projector, or for tired eyes.",
    ),
    Row(
        name="view.text.smaller",
        menu=(VIEW, TEXT),
        text="&Smaller",
        keys=(Standard.ZoomOut, "Ctrl+-"),
        sheet=("Smaller text", ""),
        help="Make all words of the window smaller, down to 80 %.",
    ),
    Row(
        name="view.text.usual",
        menu=(VIEW, TEXT),
        text="&100 %",
        keys=("Ctrl+0",),
        sheet=("Text of the usual size", ""),
        help="Make all words of the window as large as they usually are.",
    ),
    Row(
        name="view.theme.system",
        menu=(VIEW, THEME),
        text="Follow &system",
        choice="theme",
        help="Light or dark, as the system is set.",
    ),
    Row(
        name="view.theme.light",
        menu=(VIEW, THEME),
        text="&Light",
        choice="theme",
        icon="sun",
        help="Dark on light, for bright rooms and projectors.",
    ),
    Row(
        name="view.theme.dark",
        menu=(VIEW, THEME),
        text="&Dark",
        choice="theme",
        icon="moon",
        help="Light on dark.",
    ),
    Row(
        name="view.maps.theme",
        menu=(VIEW, MAPS),
        text="Follow &theme",
        choice="maps",
        help="Numbers from the colour of the panel to blue; signed ones from blue to orange.",
    ),
    Row(
        name="view.maps.viridis",
        menu=(VIEW, MAPS),
        text="&Viridis",
        choice="maps",
        help="Numbers from violet over green to yellow; signed ones in CET-CBD1, blue to yellow.",
    ),
    Row(
        name="view.maps.cividis",
        menu=(VIEW, MAPS),
        text="&Cividis",
        choice="maps",
        help="Numbers from blue to yellow, the same for colour-blind eyes; signed ones in CET-CBD1.",
    ),
    Row(
        name="view.maps.cet_cbl1",
        menu=(VIEW, MAPS),
        text="CET-C&BL1",
        choice="maps",
        help="Numbers from black over blue to white, made for colour-blind eyes; signed ones in CET-CBD1.",
    ),
    Row(
        name="view.code",
        menu=(VIEW,),
        text="Show &code",
        keys=("Ctrl+Shift+C",),
        icon="code",
        line_before=True,
        help="Show the short script in plain TensorFlow that does what this tab shows.",
    ),
    Row(
        name="view.presenter",
        menu=(VIEW,),
        text="P&resenter mode",
        keys=("F5",),
        choice="presenter",
        line_before=True,
        help="Show it to a room: large words, thick curves, the whole screen, and one panel at a time by a double "
        "click on its title. Esc goes back.",
    ),
    Row(
        name="view.enlarge",
        menu=(VIEW,),
        text="Enlarge &panel",
        keys=("Shift+F5",),
        help="Give the panel that has the focus all the room of the tab, or take it back. A double click on the "
        "panel's title does the same.",
        sheet=("Enlarge a panel in presenter mode, and back", ""),
    ),
    Row(
        name="view.full_screen",
        menu=(VIEW,),
        text="&Full screen",
        keys=("F11",),
        choice="full screen",
        help="Fill the whole screen, and back.",
    ),
    Row(
        name="help.shortcuts",
        menu=(HELP,),
        text="&Help and keyboard shortcuts",
        keys=(Standard.HelpContents, "F1", "?"),
        icon="help",
        help="What each key does, what each tab is good for, and what the words mean.",
    ),
    Row(
        name="help.what",
        menu=(HELP,),
        text="&What am I looking at?",
        keys=(Standard.WhatsThis, "Shift+F1"),
        help="Explain the panel under the mouse, or the one that has the focus; once more: the next one.",
    ),
    Row(
        name="help.lesson",
        menu=(HELP,),
        text="Le&sson",
        keys=("Ctrl+F1",),
        help="Show the lesson at the left of the tabs, or fold it away.",
        sheet=("Lesson", "; turn its pages: Alt+PgDown, Alt+PgUp"),
    ),
    Row(
        name="help.notices",
        menu=(HELP,),
        text="&Notices",
        icon="info",
        help="Read again what was told in the bottom line.",
    ),
    Row(
        name="help.log",
        menu=(HELP,),
        text="Open &log folder",
        help="Show the folder of the log files, for a report of a problem.",
    ),
    Row(
        name="help.report",
        menu=(HELP,),
        text="&Report a problem",
        help="Show what a report of a problem needs, to be copied. Nothing is sent.",
    ),
    Row(
        name="help.about",
        menu=(HELP,),
        text="&About Layerlight",
        line_before=True,
        help="Versions, device and licences.",
    ),
)
