"""The files of the scripts: each runs as it stands, and becomes what is exported by three rules."""

import ast
import shutil

import pytest
from made_sessions import home_in
from scripts_here import run_script
from test_scripts import CASES, code_of
from trained import with_run

import engine.export.scripts.parts.template as template
from engine.core.lens import Adjusted, Lens, Neuron
from engine.core.machine.folders import RESOURCES
from engine.core.messages import run_through
from engine.data.formats.sample import open_sample
from engine.export.scripts.parts.show_code import gather_scene
from engine.export.scripts.parts.tabs import script_module, tabs
from engine.export.scripts.parts.template import Cell, Code, comment, fitted
from engine.session.session import Session
from tests.hostile_names import NAMES

CHANGED_FIRST = Lens("A", None, frozenset({Neuron(0, 1)}), frozenset({Adjusted(0, 2, 2.0, 1.0)}))

FILES = sorted((RESOURCES / "scripts").glob("*.py"))

FILE = '''\
"""Say {settings.what}."""

import numpy as np

# %% settings
settings = SimpleNamespace(what="hello")

# %% weights
weights = {}
# %% lens


# %% network
def network():
    """Return {settings.size:,} times {settings.what}."""
    x = None  # %% settings
    if settings.is_loud and settings.size > 1:
        # Only in the loud one {settings.size}
        if settings.what == "hello":
            x = "HELLO"

        else:
            x = settings.what
    elif not settings.is_loud:
        x = f"{settings.what}" + f"{x} {settings.size}" + f"{settings.size * x}"
    if x:
        return settings.code, settings.rate


# %% changes weights
weights = network()
# %% result
np.savez("a.npz", weights=weights)


# %% drawing
import matplotlib.pyplot as plt

plt.plot(weights)
plt.savefig("a.png")
plt.show()
'''


@pytest.fixture
def file(monkeypatch):
    monkeypatch.setattr(template, "file_lines", lambda name: tuple(FILE.splitlines()))


@pytest.mark.parametrize(
    ("settings", "inner"),
    [
        ({"is_loud": True, "what": "hello", "size": 5000}, '    # Only in the loud one 5000\n    x = "HELLO"\n'),
        (
            {"is_loud": True, "what": 'a"b{settings.size}', "size": 2},
            '    # Only in the loud one 2\n    x = "a\\"b{settings.size}"\n',
        ),
        ({"is_loud": True, "what": "hello", "size": 1}, ""),
        ({"is_loud": False, "what": "yes", "size": 1}, '    x = "yes" + f"{x} 1" + f"{1 * x}"\n'),
    ],
)
def test_only_the_branch_that_is_taken_is_exported_with_the_values_of_settings(file, settings, inner):
    made = fitted("any", ["About."], rate=1 / 3, code=Code("tf.nn.relu"), **settings)
    what, size = settings["what"], f"{settings['size']:,}"
    (network,) = [cell for cell in made.cells if cell.makes == ("network",)]
    assert network == Cell(
        f'\n\ndef network():\n    """Return {size} times {what}."""\n'
        f"{inner}    if x:\n        return tf.nn.relu, 0.3333333",
        ("network",),
        is_shared=True,
    )
    assert made.sentence == f"Say {what}." and made.about == f"About. {template.NEEDS_NUMPY}"
    assert [cell.makes for cell in made.cells if not cell.is_shared] == [("weights",)]


def test_a_part_stands_in_place_of_the_cell_of_its_name_and_an_empty_one_leaves_no_line(file):
    settings = {"is_loud": True, "what": "x", "size": 1, "rate": 1.0, "code": 0}
    parts = {"weights": "weights = 1", "network": [Cell("a = 1"), Cell("b = {settings.size}", ("b",))]}
    made = fitted("any", parts=parts, **settings).text
    assert made.startswith('"""Say x.\n\nNeeds only NumPy; draws')
    assert "import numpy as np\n\nweights = 1\n\n\na = 1\nb = {settings.size}\n\n\nweights = network()\n" in made
    assert made.endswith(
        'np.savez("a.npz", weights=weights)\n\n\ntry:\n    import matplotlib.pyplot as plt\nexcept ImportError:\n'
        '    print("No picture is drawn: matplotlib is not installed.")\nelse:\n    plt.plot(weights)\n'
        '    plt.savefig("a.png")\n    plt.show()\n'
    )
    assert "weights = 1" not in fitted("any", parts={"weights": ""}, **settings).text


STRANGE = [*filter(None, NAMES), "settings.layer", "{settings.layer}", "# %% data", 'f"{settings.layer}"']


def test_a_setting_that_is_a_stranger_s_text_stays_a_text():
    plain = {"size": 2, "seed": 0, "steps": 1, "learning_rate": 0.5}
    plain |= {"loss": "squared", "optimizer": "sgd", "matrix": ""}
    for text in STRANGE:
        script = fitted("weights", layer=1, against=text, step=0, aspect="equal").text
        calls = [node for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Call)]
        assert [ast.literal_eval(call.args[0]) for call in calls if getattr(call.func, "attr", "") == "load"] == [text]

        parts = {"edits": comment(text)}
        with_text, without = (fitted("warmup", [about], parts, **plain) for about in (text, ""))
        assert [cell.makes for cell in with_text.cells] == [cell.makes for cell in without.cells], text
        one, other = (ast.parse(script.text).body[1:] for script in (with_text, without))
        assert [*map(ast.dump, one)] == [*map(ast.dump, other)], text


def test_the_shared_file_has_the_network_and_the_model_that_are_exported_for_the_post(own_home):
    session = with_run(Session(open_sample()), "300")
    shared = (RESOURCES / "scripts" / "shared.py").read_text("utf-8")
    for tab, first, last in (("train", "model = ", "])\n"), ("map", "def network", "return [hidden_out], logits\n")):
        script = code_of(session, Lens("A"), tab).script
        begin = script.index(first)
        assert script[begin : script.index(last, begin) + len(last)] in shared


def stored(text):
    """All names that code gives a value, but those of its functions."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        else:
            names = (each for each in ast.walk(node) if isinstance(each, ast.Name))
            yield from (name.id for name in names if isinstance(name.ctx, ast.Store))


def scripts_of(session, lens):
    for tab in tabs():
        for settings in CASES.get(tab, [{}]):
            scene = run_through(gather_scene(session, lens, tab, settings))
            yield tab, script_module(tab).script(scene)


def test_a_cell_says_which_shared_names_it_gives_another_value(own_home):
    """Or a notebook would leave out what has to be read or defined again."""
    scripts = [
        each
        for layers in ("12", "9 tanh, 7", "conv 3, 6", "9, 7, 8")
        for each in scripts_of(with_run(Session(open_sample()), layers, "gelu"), CHANGED_FIRST)
    ]
    shared = {name for _, script in scripts for cell in script.cells if cell.is_shared for name in cell.makes}
    assert shared >= {
        "data", "test_images", "train_labels", "weights", "passed1", "network", "loss_of", "alike", "read",
    }  # fmt: skip
    for tab, script in scripts:
        assert "shared" not in script.imports
        for cell in script.cells:
            names = {*stored(cell.text)}
            assert names == {*cell.makes} if cell.is_shared else names & shared <= {*cell.makes}, (tab, cell)
            assert not (cell.is_shared and cell.text.lstrip().startswith("@")), "it is traced again for what it reads"


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_file_runs_as_it_stands(own_home, tmp_path, file):
    for name in ("scripts", "sample"):
        shutil.copytree(RESOURCES / name, tmp_path / name)
    status, _, complaints = run_script(tmp_path / "scripts" / file.name, home_in(tmp_path))
    assert status == 0, complaints[-3000:]
