"""The rules of notebooks of format 4.5, by hand: https://nbformat.readthedocs.io/en/latest/format_description.html."""

import json
import re


def check_notebook(content):
    """Check all rules that apply to cells of Markdown and of code without outputs; return what the file holds."""
    book = json.loads(content.decode("utf-8"))
    assert book.keys() == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert book["metadata"]["kernelspec"].keys() >= {"name", "display_name"}
    assert book["metadata"]["language_info"]["name"] == "python"
    ids = [cell["id"] for cell in book["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in book["cells"]:
        wanted = {"cell_type", "id", "metadata", "source"}
        if cell["cell_type"] == "code":
            wanted |= {"execution_count", "outputs"}
            assert cell["execution_count"] is None and cell["outputs"] == []
        else:
            assert cell["cell_type"] == "markdown"
        assert cell.keys() == wanted and cell["metadata"] == {}
        assert re.fullmatch("[a-zA-Z0-9-_]{1,64}", cell["id"])
        *lines, last = cell["source"]
        assert all(type(line) is str and line.endswith("\n") and line.count("\n") == 1 for line in lines)
        assert type(last) is str and last and "\n" not in last
    return book
