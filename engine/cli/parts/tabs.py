"""The argument that names a tab."""

from __future__ import annotations

from typing import Annotated

from engine.cli.parts.flags import tab
from engine.export.scripts.parts.tabs import tabs

TABS = tabs()

Tab = Annotated[str, tab, TABS, f"TAB: one of {', '.join(TABS)}"]
