"""Every job that the window gives to the engine: whether it may be long, what ends it, what shows that it goes on.

The runner closes a job as soon as the turn that goes on is over (`test_runner.py`), so one is ended within some 50 ms.
Longer is only what TensorFlow cannot cut: tracing and compiling, the first time for a network; two seconds at the start
of a training.
"""

import ast
import functools
import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import gui

ROOT = Path(gui.__file__).parents[1]
NEWER = "a newer question takes its place, as when one looks elsewhere"
NOTHING = "nothing is to be ended: it is what the person waits for, and the window stays usable"


class Long(NamedTuple):
    """A job that may take more than a second."""

    end: str  # the button that ends it, or the reason why none is needed
    sign: str  # the widget that shows how far it is; what is shown there grows while the job runs


LONG = {
    "train": Long("run.stop", "status.words"),
    "teach": Long("run.stop", "status.words"),
    "split": Long("run.stop", "status.words"),
    "read_examples": Long(NOTHING, "draw.examples.counts"),
    "make_map": Long("map.stop", "map.progress"),
    "make_all_maps": Long("map.all", "map.progress"),
    "corruption_curves": Long("mistakes.corruption.start", "mistakes.corruption.progress"),
    "prune": Long("fingerprints.fewer.measure", "fingerprints.fewer.plot"),
    "prune_greedily": Long("fingerprints.fewer.measure", "fingerprints.fewer.plot"),
    "prune_weights": Long("fingerprints.fewer.measure", "fingerprints.fewer.plot"),
    "paint_ideal": Long("ideal.run", "ideal.board"),
    "learn_inverse": Long("warmup.learn", "warmup.plot"),
    "repaint": Long("draw.play.more", "draw.canvas"),
    "smallest_flip": Long("draw.play.flip", "draw.canvas"),
    "open_data": Long("status.opening.cancel", "status.opening"),
    "open_first_data": Long("status.opening.cancel", "status.opening"),
    "open_session": Long("status.opening.cancel", "status.opening"),
    "prepare": Long("status.opening.cancel", "status.words"),
    "save_session_as": Long("status.saved.cancel", "status.saved"),
    "secure_session": Long(NOTHING, "status.saved"),
    "answers_over_training": Long(NEWER, "draw.training.chart"),
    "fingerprints": Long(NEWER, "fingerprints.maps"),
    "mistakes": Long(NEWER, "mistakes.matrix"),
    "compare": Long(NEWER, "compare.grid"),
    "road": Long(NEWER, "compare.accuracy.plot"),
    "list_images": Long(NEWER, "data.grid"),
    "find_duplicates": Long("data.duplicates.run", "data.duplicates.progress"),
    "calibration": Long(NEWER, "mistakes.reliability"),
    "class_accuracy": Long(NEWER, "fingerprints.accuracy"),
    "noticing": Long(NEWER, "draw.noticing.page"),
    "neuron_card": Long(NEWER, "fingerprints.neuron"),
    "judge_image": Long(NEWER, "ideal.board"),
    "draw_graph": Long(NEWER, "graph.view"),
    "reproduce": Long("experiments.stop", "experiments.progress"),
    "sweep_beside": Long("status.sweep.cancel", "status.sweep"),
    "export_handout": Long("status.handout.cancel", "status.handout"),
}
# jobs of a second at most, for the blog's network and 10,000 test images
SHORT = """
keep_drawings keep_canvas keep_lesson export_arrays tell_value picture_network
read_picture_file read_picture_pixels answer class_means kept_map place_on_map
tell_mean_images one_image image_of_class breakdown saliency some_images corrupted_images weight_histograms
weight_picture
weight_pictures read_drawing near_drawing tell_run rename_run pin_runs bookmark
export_history tell describe_session new_session save_session find_left_sessions discard_session set_budget
keep_sets ask_first note_act export_notebook show_code save_code read_weights export_network save_file
data_overview data_pictures
keep_examples follow_run use_examples export_examples export_example_pictures
export_figures color_runs delete_runs restore_runs find_sweep forget_sweep
export_sheet ask_film nearest_images familiarity save_all save_ideal sort_neurons image_activations unit_arithmetic
find_experiments look_for_data known_pruning moment_test
list_plugins open_network
"""


OF_PLUGINS = {"ask_plugin"}  # its page is there with a plug-in alone, and says that it is asked; 20 seconds at most
OF_COMMANDS = {"ideal_over_training", "sweep"}  # only the command line runs these, where Ctrl+C ends them
PROBES = {"network_probe", "images_probe", "runs_probe", "data_probe"}  # each makes a job of a pure function
HANDS_OUT = {"tell"}  # generators whose turns only hand out what was made before


def teardown_module():
    for function in (modules, functions):  # their trees take 65 MB
        function.cache_clear()


@functools.cache
def modules():
    """Return the trees of the engine's modules that may make a job, without its command line."""
    texts = [file.read_text("utf-8") for file in (ROOT / "engine").rglob("*.py") if "cli" not in file.parts]
    return [ast.parse(text) for text in texts if re.search(r"\bJob\b|yield|_probe", text)]


@functools.cache
def jobs():
    """Return the names of all public functions of the engine that make a job, or of which a decorator makes one."""
    functions = (node for tree in modules() for node in tree.body if isinstance(node, ast.FunctionDef))
    return {
        function.name
        for function in functions
        if not function.name.startswith("_")
        and (
            (function.returns and ast.unparse(function.returns) == "Job")
            or any(ast.unparse(decorator) in PROBES for decorator in function.decorator_list)
        )
    } | probes_made_of_others().keys()


@functools.cache
def probes_made_of_others():
    """Return the functions that are called without the session, too, by the names of their jobs: `job = probe(f)`."""
    return {
        node.targets[0].id: node.value.args[0].id
        for tree in modules()
        for node in tree.body
        if isinstance(node, ast.Assign) and name_of(node.value) in PROBES
    }


@functools.cache
def functions():
    """Return the engine's functions and methods by name; those of one name together."""
    found = defaultdict(list)
    for tree in modules():
        for each in ast.walk(tree):
            if isinstance(each, ast.FunctionDef):
                found[each.name].append(each)
    return found


def name_of(node):
    """The last part of what is called: `run` of `_Training(...).run()`; empty for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", None) or getattr(node.func, "id", "")


def does_work_in_turns(name, seen=()):
    """Whether a generator of that name, or one that it hands its turns to, yields within a loop."""
    if name in (*seen, *HANDS_OUT):
        return False
    for function in functions()[probes_made_of_others().get(name, name)]:
        nodes = list(ast.walk(function))
        for loop in (each for each in nodes if isinstance(each, ast.For | ast.While)):
            inner = list(ast.walk(loop))
            if any(isinstance(each, ast.Yield) for each in inner):
                return True
            if any(isinstance(each, ast.YieldFrom) and name_of(each.value) not in HANDS_OUT for each in inner):
                return True
        handed_on = [each.value for each in nodes if isinstance(each, ast.YieldFrom | ast.Return)]
        if any(does_work_in_turns(name_of(each), (*seen, name)) for each in handed_on):
            return True
    return False


def test_every_job_is_known_as_short_or_long_and_what_only_commands_run_is_unknown_to_the_window():
    assert jobs() == LONG.keys() | set(SHORT.split()) | OF_PLUGINS | OF_COMMANDS
    assert not LONG.keys() & set(SHORT.split())
    files = [file for file in (ROOT / "gui").rglob("*.py") if "cli" not in file.parts]
    window = "\n".join(file.read_text("utf-8") for file in files)
    assert not [name for name in OF_COMMANDS if re.search(rf"import .*\b{name}\b|\({name},", window)]


def test_a_long_job_has_turns_within_which_it_can_be_ended():
    assert [name for name in LONG if not does_work_in_turns(name)] == [], "they would be one turn"
