"""Help and keyboard shortcuts: all keys, the tabs and the glossary, in one text that can be searched."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QPushButton, QTextBrowser, QWidget

from engine.core.language import mark, tr
from gui.look.fonts import font, scaled
from gui.look.layout import SPRING, hbox, vbox
from gui.look.theme import theme
from gui.look.words import escaped, named, with_keys
from gui.shell.dialogs.sheets import Sheet
from gui.shell.help.help_texts import Entry, Keys, all_keys, as_html, explanations, glossary, in_words, plain, raised
from gui.widgets.forms.controls import chip
from gui.widgets.tab import Tab

TITLE = mark("Help and keyboard shortcuts")
SIZE = 880, 540  # width and height of the sheet, in pixels: low enough for a small screen
FIRST, SECOND = 13.5, 11.5  # widths of the columns of names and of keys, in heights of a letter

# Minimum number of letters of a searched word that is highlighted: single letters are everywhere.
MARKED_FROM = 2


class Row(NamedTuple):
    """A row: a name, keys if it has some, and a sentence."""

    name: str
    keys: str
    text: str
    also: str = ""  # further words for the search
    below: str = ""  # HTML below the sentence
    anchor: str = ""  # the target of links

    @property
    def said(self) -> str:
        return f"{self.name} {self.keys} {plain(self.text)} {self.also}"


class Group(NamedTuple):
    """Rows below a heading, which is empty if that of the section says enough."""

    heading: str
    rows: Sequence[Row]


type Sections = Mapping[str, Sequence[Group]]  # by title, which is translated where it is shown


class HelpSheet(Sheet):
    """A field, a button for each section, and the text, of which only rows with all words of the field are shown."""

    def __init__(self, parent: QWidget, actions: Iterable[tuple[str, str, str]], tabs: Mapping[str, Tab]) -> None:
        """`actions` are title, keys and help of the actions with keys; `tabs` are the tabs by their folders."""
        super().__init__(parent, "help", tr(TITLE))
        self.sections = sections(actions, tabs)
        tip = tr("Show only what has these words. (Ctrl+F)")
        self.search = named(QLineEdit(), "help.search", title=tr("Search the help"), tip=tip)
        self.search.setPlaceholderText(tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.jumps = {title: self._make_jump(title) for title in self.sections}
        tip = tr("This text can be selected and copied.")
        self.text = named(QTextBrowser(), "help.text", title=tr(TITLE), tip=tip, look="help")
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setOpenLinks(False)
        self.close_button = self.button("close", tr("Close"), tr("Close this sheet. (Esc)"), self.reject)
        head = hbox((self.search, 1), *self.jumps.values(), gap="small")
        vbox(head, (self.text, 1), hbox(SPRING, self.close_button), gap="medium", edges="large", on=self)
        self.text.anchorClicked.connect(lambda link: self.turn_to(link.path()))
        self.search.textChanged.connect(lambda _: self._show())
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self._begin_search)
        theme().changed.connect(self._show)
        self._show()
        self.resize(*map(scaled, SIZE))
        self.search.setFocus()

    def _begin_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _show(self) -> None:
        words = self.search.text().casefold().split()
        matches = {title: found_in(tr(title), groups, words) for title, groups in self.sections.items()}
        for title, jump in self.jumps.items():
            jump.setEnabled(bool(matches[title]))
        self.text.setHtml(_page(matches, words) if any(matches.values()) else _nothing(self.search.text()))

    def turn_to(self, term: str) -> None:
        self.search.clear()
        self.text.scrollToAnchor(term)

    def _make_jump(self, title: str) -> QPushButton:
        button = chip(f"help.{title.lower()}", tr(title), tr("Go to the section {section}.", section=tr(title)))
        button.setAutoDefault(False)  # otherwise Enter in the field would press it
        button.clicked.connect(lambda: self.text.scrollToAnchor(title))
        return button


def sections(actions: Iterable[tuple[str, str, str]], tabs: Mapping[str, Tab]) -> Sections:
    """Return the content of the sheet."""
    menus = [Row(title.removesuffix("…"), keys, text) for title, keys, text in actions]
    everywhere = Group(tr("Everywhere"), [*menus, *_rows(all_keys()["everywhere"])])
    in_tabs = [
        Group(tr("In {tab}", tab=tr(tab.TITLE)), _rows(all_keys()[name]))
        for name, tab in tabs.items()
        if name in all_keys()
    ]
    return {
        mark("Keys"): [everywhere, *in_tabs],
        mark("Tabs"): [Group("", [_tab(name, tab) for name, tab in tabs.items()])],
        mark("Glossary"): [Group("", [_term(entry) for entry in glossary().values()])],
    }


def _tab(name: str, tab: Tab) -> Row:
    """Return a row for a tab, found by what is said of its panels too."""
    panels = (f"{panel.text} {panel.look}" for key, panel in explanations().items() if key.startswith(f"{name}."))
    text = f"{tr(tab.HELP)} {tr('Place: {place}.', place=tr(tab.PLACE))}"
    return Row(tr(tab.TITLE), in_words(tab.SHORTCUT), text, plain(" ".join(panels)))


def _term(entry: Entry) -> Row:
    titles = {term: glossary()[term].title for term in entry.see}
    links = ", ".join(f'<a href="{html.escape(term)}">{escaped(title)}</a>' for term, title in titles.items())
    lines = (
        f'<span class="formula">{as_html(entry.formula)}</span>' if entry.formula else "",
        f'<span class="source">{escaped(entry.source)}</span>' if entry.source else "",
        f'<span class="source">{tr("See {terms}", terms=links)}</span>' if links else "",
    )
    also = f"{plain(entry.formula)} {entry.source}"
    return Row(entry.title, "", entry.text, also, "<br>".join(filter(None, lines)), entry.name)


def _rows(widgets: Iterable[Keys]) -> list[Row]:
    """Return a row for each line of keys; other names of a key are searched too, as `Escape` for Esc."""
    lines = ((widget.place, *line) for widget in widgets for line in widget.does.items())
    return [Row(place, in_words(keys), with_keys(text), keys) for place, keys, text in lines]


def found_in(title: str, groups: Sequence[Group], words: Sequence[str]) -> list[Group]:
    """Return the groups with those rows that contain all `words`, in small letters; the headings above a row count."""
    matches = []
    for group in groups:
        texts = (f"{title} {group.heading} {row.said}".casefold() for row in group.rows)
        pairs = zip(group.rows, texts, strict=True)
        if rows := [row for row, text in pairs if all(word in text for word in words)]:
            matches.append(Group(group.heading, rows))
    return matches


def _page(matches: Sections, words: Sequence[str]) -> str:
    parts = [_style()]
    for title, groups in matches.items():
        if groups:
            parts.append(f'<h2><a name="{title}"></a>{tr(title)}</h2>')
        for group in groups:
            if group.heading:
                parts.append(f"<h3>{_marked(group.heading, words)}</h3>")
            parts.append(f"<table cellspacing=0>{_table(group.rows, words)}</table>")
    return "".join(parts)


def _table(rows: Sequence[Row], words: Sequence[str]) -> str:
    lines, before, has_keys = [], "", any(row.keys for row in rows)
    first, second = (round(width * font().pixelSize()) for width in (FIRST, SECOND))
    for row in rows:
        name = "" if row.name == before else row.name  # only the first key of a widget has its name
        before = row.name
        anchor = f'<a name="{html.escape(row.anchor)}"></a>' if row.anchor else ""
        below = f"<br>{row.below}" if row.below else ""
        text = f"{_marked(row.text, words)}{below}"
        cells = [f"<td width={first}>{anchor}<b>{_marked(name, words)}</b></td>"]
        if has_keys:
            cells.append(f"<td width={second}>{_marked(row.keys, words)}</td>")
        cells.append(f'<td class="text">{text}</td>')
        lines.append(f"<tr>{''.join(reversed(cells) if QApplication.isRightToLeft() else cells)}</tr>")  # no text
    return "".join(lines)


def _marked(text: str, words: Sequence[str]) -> str:
    """Return a text as HTML with the searched words highlighted."""
    patterns = [re.escape(word) for word in words if len(word) >= MARKED_FROM]
    if not patterns:
        return as_html(text)
    parts = re.split(f"({'|'.join(patterns)})", text, flags=re.IGNORECASE)
    marked = (
        f'<span class="found">{escaped(part)}</span>' if number % 2 else escaped(part)
        for number, part in enumerate(parts)
    )
    return raised("".join(marked))


def _nothing(text: str) -> str:
    words = tr("Nothing is found for “{words}”. Try fewer or other words.", words=text.strip())
    return f"{_style()}<p>{escaped(words)}</p>"


def _style() -> str:
    colors, large = theme().current, font("title").pixelSize()
    return f"""<style>
        h2 {{ font-size: {large + 3}px; font-weight: 600; margin: 14px 0 2px 0; }}
        h3 {{ font-size: {large}px; font-weight: 600; margin: 12px 0 2px 0; color: {colors.code("muted")}; }}
        td {{ padding: 3px 12px 3px 0; }}
        td.text {{ color: {colors.code("muted")}; padding-right: 0; }}
        b {{ font-weight: 600; }}
        a {{ color: {colors.code("accent")}; text-decoration: none; }}
        .formula {{ color: {colors.code("text")}; }}
        .source {{ color: {colors.code("faint")}; font-size: {font("caption").pixelSize()}px; }}
        .found {{ background-color: {colors.code("accent_soft")}; color: {colors.code("text")}; }}
    </style>"""
