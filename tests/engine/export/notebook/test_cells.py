"""The files that cells become: a notebook as its format wants it, a script; and what names cannot do in them."""

import ast
import json
import re

from markdown_it import MarkdownIt
from notebook_format import check_notebook

from engine.core.text import printable
from engine.export.notebook.cells import LONGEST_NAME, Cell, as_notebook, as_script, escaped, fenced
from tests.hostile_names import NAMES

CELLS = [Cell("markdown", "# One\n\nTwo words."), Cell("code", 'x = "größe"\n\n\nprint(x)'), Cell("code", "y = 1")]


def test_a_notebook_is_as_its_format_wants_it_and_a_script_has_the_same_cells():
    book = check_notebook(as_notebook(CELLS))
    wanted = [tuple(c) for c in CELLS]
    assert [(cell["cell_type"], "".join(cell["source"])) for cell in book["cells"]] == wanted
    text = as_script(CELLS).decode()
    assert text == ('# %% [markdown]\n# # One\n#\n# Two words.\n\n# %%\nx = "größe"\n\n\nprint(x)\n\n# %%\ny = 1\n')
    compile(text, "script", "exec")

    cells = [Cell("code", f"x = {chr(0xDCE9)!r}")]  # which is no UTF-8
    assert json.loads(as_notebook(cells))["cells"][0]["source"] == ["x = '\\udce9'"]
    assert "x = '\\udce9'" in as_script(cells).decode()


def words(markdown):
    """The words that Markdown shows, and the kinds of all else in it."""
    reader = MarkdownIt("commonmark", {"html": True, "linkify": False})
    shown, kinds = "", set()
    for token in reader.parse(markdown):
        kinds.add(token.type)
        for each in token.children or ():
            kinds.add(each.type)
            shown += each.content
    return shown, kinds


def test_markdown_shows_any_name_as_it_is_and_nothing_else_comes_of_it():
    for name in NAMES:
        told = escaped(name)
        shown, kinds = words(f"The run {told} is here.")
        wanted = printable(name) if len(name) <= LONGEST_NAME else f"{printable(name)[:LONGEST_NAME]}…"
        wanted = wanted.replace("$", "\N{FULLWIDTH DOLLAR SIGN}").replace("\\", "\N{SET MINUS}")
        assert "$" not in shown and "\\" not in shown, "which begin a formula"
        assert " ".join(shown.split()) == " ".join(f"The run {wanted} is here.".split())
        assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}, name
        assert "\n" not in told and not re.search(r"[<>$`]|://|www\.|\\\\", told), name


def test_no_code_ends_its_fence_which_is_a_comment_in_a_script():
    code = "a = 1\n```\n<script>alert(1)</script>\n`````\nb = 2"
    (token,) = MarkdownIt().parse(fenced(code))
    assert (token.type, token.content) == ("fence", f"{code}\n")
    text = as_script([Cell("markdown", fenced("import os\nos.system('touch harmed')"))]).decode()
    assert not ast.parse(text).body
