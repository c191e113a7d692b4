"""The runs as Qt's lists want them: rows that come, change and go, each told by itself."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from gui.tabs.train.run_row import RunRow

type Index = QModelIndex | QPersistentModelIndex

ROW = int(Qt.ItemDataRole.UserRole)
"""The role under which the whole row is found."""


class RunModel(QAbstractListModel):
    """Rows, the newest first. An open editor and the place one has scrolled to outlive a change."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[RunRow] = []

    def show_rows(self, rows: Sequence[RunRow]) -> None:
        """Show these rows, told as what came, went and changed."""
        names = {row.name for row in rows}
        for place in reversed(range(len(self.rows))):
            if self.rows[place].name not in names:
                self.beginRemoveRows(QModelIndex(), place, place)
                del self.rows[place]
                self.endRemoveRows()
        for place, row in enumerate(rows):
            self._show_row(place, row)

    def index_of(self, run: str) -> QModelIndex:
        """Return where a run is; an invalid index when it is not there."""
        return next(
            (self.index(place) for place, row in enumerate(self.rows) if row.name == run), QModelIndex()
        )

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own signature
        """Return how many runs there are."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """Return the row, its label, its title to be edited, or what a screen reader says."""
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        return {
            ROW: row,
            int(Qt.ItemDataRole.DisplayRole): row.label,
            int(Qt.ItemDataRole.EditRole): row.title,
            int(Qt.ItemDataRole.AccessibleTextRole): row.sentence,
        }.get(int(role))

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let every row be chosen and renamed."""
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def _show_row(self, place: int, row: RunRow) -> None:
        # Rows never change places: runs are ordered by their names, which stay.
        if place == len(self.rows) or self.rows[place].name != row.name:
            self.beginInsertRows(QModelIndex(), place, place)
            self.rows.insert(place, row)
            self.endInsertRows()
        elif self.rows[place] != row:
            self.rows[place] = row
            self.dataChanged.emit(self.index(place), self.index(place))
