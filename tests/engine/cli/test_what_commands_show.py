"""What the flags of a command change of what it prints and saves; its plain figures are in `test_true_figures.py`."""

import json

import numpy as np
import pytest
from made_sessions import arrays_of
from PIL import Image
from told import last
from trained import dense_by_hand, kept_in, with_run, with_run_in_numpy

from engine.analysis.probes.activations import image_activations
from engine.analysis.probes.comparison import compare
from engine.analysis.probes.duplicates import find_duplicates
from engine.analysis.probes.map import forget
from engine.analysis.probes.road import road
from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.cli.parts.which import Which, lens_of, look_at
from engine.core.errors import UserError
from engine.core.lens import Lens, Neuron, Share
from engine.core.machine.bundled import BUNDLED
from engine.core.messages import run_through
from engine.data.formats.sample import open_sample
from engine.model.network.lens_network import lens_network
from engine.model.network.plain import softmax
from engine.session.jobs.files import open_session
from engine.session.jobs.kept import note_act
from engine.session.session import Session

ARRAYS = ("layer1/kernel", "layer1/bias", "layer2/kernel", "layer2/bias")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The file of a session on the sample: run A is dense, run B has two layers. And their last weights."""
    session = with_run(with_run(Session(open_sample()), "30", steps=(0, 12)), "conv 4, 16", steps=(0, 12))
    weights = {name: run.moments[12].weights for name, run in session.runs.items()}
    return kept_in(tmp_path_factory.mktemp("runs") / "s.layerlight", session), weights


@pytest.fixture
def blog(terminal, tmp_path):
    """The weights of the blog's network, as `export` writes them without a session that is named."""
    terminal("export --weights", tmp_path / "w.npz")
    stored = arrays_of(tmp_path / "w.npz")
    return [stored[name] for name in ARRAYS]


def test_neurons_are_named_by_number_and_layer():
    session = with_run(Session(open_sample()), "30, 8", steps=(0,))
    meant = Which(session, session.runs["A"], 0)
    assert lens_of(meant, None).silenced == frozenset()
    assert lens_of(meant, " 3, 29,2:7,").silenced == {Neuron(0, 3), Neuron(0, 29), Neuron(1, 7)}
    assert (lens_of(meant, "1").run, lens_of(meant, "1").moment) == ("A", 0)
    for wrong, sentence in (
        ("x", "“x” is not a neuron"),
        ("30", r"Run A has no neuron 30 in hidden layer 1; the last is 29\."),
        ("3:1", r"Run A has no hidden layer 3, only 2\."),
        ("0:1", "no hidden layer 0"),
    ):
        with pytest.raises(UserError, match=sentence):
            lens_of(meant, wrong)


def test_fingerprints_are_of_the_layer_that_is_named_without_what_is_silenced(terminal, runs, tmp_path):
    (path, weights), out, data = runs, tmp_path / "f.npz", open_sample()
    words = "fingerprints --dataset sample --run A --silence 7,3 --session", path, "--out", out
    facts, arrays, lines = terminal.json(*words), arrays_of(out), terminal.lines(*words)
    hidden, _ = dense_by_hand(weights["A"], data.test_images / 255)
    hidden[:, [3, 7]] = 0
    right = (hidden @ weights["A"][2] + weights["A"][3]).argmax(axis=1) == data.test_labels
    assert list(arrays) == ["hidden", "labels", "accuracy", "class_accuracy"]
    assert arrays["hidden"].dtype == np.float32
    np.testing.assert_allclose(arrays["hidden"], hidden, atol=1e-4)
    assert arrays["accuracy"] == facts["accuracy"] == right.mean()
    assert (facts["run"], facts["step"], facts["layer"], facts["neurons"]) == ("A", 12, 1, 30)
    assert facts["silenced"] == [[1, 3], [1, 7]] and facts["saved"] == [str(out)]
    assert lines[0].startswith("Run A at step 12 on ") and lines[0].endswith(", 2 neurons silenced")
    assert lines[2].split() == ["0", f"{right[data.test_labels == 0].mean():.2%}"] and lines[-1] == f"Saved {out}"

    terminal("fingerprints --dataset sample --run B --layer 2 --silence 2:5 --session", path, "--out", out)
    with look_at(path) as session:
        session.replace_data(data)
        hidden, _ = lens_network(session, Lens("B", None, frozenset({Neuron(1, 5)}))).outputs(data.test_images)
    np.testing.assert_allclose(arrays_of(out)["hidden"], hidden[1], atol=1e-5)
    assert not arrays_of(out)["hidden"][:, 5].any()


def test_the_picture_of_fingerprints_has_its_run_at_the_foot_and_a_map_for_each_class_darker_where_neurons_fire(
    terminal, runs, tmp_path
):
    words = "fingerprints --dataset sample --run A --order class --columns probability --session", runs[0], "--picture"
    pictures = []
    for name, more in (("fires", ()), ("silent", ("--silence", ",".join(map(str, range(30)))))):
        terminal(*words, tmp_path / f"{name}.png", *more)
        with Image.open(tmp_path / f"{name}.png") as picture:
            assert picture.size == (1692, 1504)
            pictures.append(np.asarray(picture.convert("L")))
    fires, silent = pictures
    assert (fires[1420:] != silent[1420:]).any()
    for row in range(2):
        for column in range(5):
            place = np.s_[40 + 684 * row : 620 + 684 * row, 40 + 332 * column : 320 + 332 * column]
            assert (fires[place] < 200).mean() > 0.05 and not (silent[place] < 200).any()


def test_a_plug_in_says_its_charts_and_saves_their_numbers(terminal, runs, tmp_path):
    (path, weights), out, file = runs, tmp_path / "p.npz", tmp_path / "tried.py"
    file.write_text(
        "def probe(network, data, request): return network.weights[0][:, request.label]\n"
        "def page(values, charts): return [charts.bars('b', values), charts.text('t', 'two\\nlines')]\n"
    )
    words = "plugin", file, "--label", 3, "--dataset", "sample", "--run", "A", "--session", path, "--out", out
    bars, said = terminal.rows(*words)
    kernel = weights["A"][0][:, 3]
    assert arrays_of(out)["chart1"].tolist() == kernel.astype(float).tolist()
    assert (bars["kind"], bars["shape"], bars["low"]) == ("bars", [784], float(kernel.min()))
    assert said["text"] == "t: two\nlines"
    lines = terminal.lines(*words)
    assert lines[0] == f"b: 784 numbers from {kernel.min():.4g} to {kernel.max():.4g}"


def test_a_plug_in_is_asked_about_classes_and_images_that_there_are_and_what_it_prints_is_seen(terminal, tmp_path):
    file = tmp_path / "tried.py"
    file.write_text("def probe(network, data, request): print('label', request.label); return 1\n")
    said, errors = terminal.both("plugin --dataset sample --label 9", file)
    assert said == "tried: 1\n" and "label 9" in errors
    for flag, sentence in (
        ("--label 10", r"There is no class 10; the last is 9\."),
        ("--image 1000", r"There is no test image 1,000; the last is 999\."),
    ):
        with pytest.raises(UserError, match=sentence):
            terminal(f"plugin --dataset sample {flag}", file)


def test_what_goes_wrong_in_a_plug_in_is_printed_with_its_traceback(own_home, tmp_path, capsys):
    file = tmp_path / "tried.py"
    file.write_text("def probe(network, data, request): raise ValueError('no weights')\n")
    with pytest.raises(UserError, match=r"The plug-in tried fails in line 1: ValueError: no weights\."):
        run_wanted(parse(["plugin", str(file), "--dataset", "sample"]))
    assert "Traceback" in capsys.readouterr().err


def test_activations_are_those_of_the_probe_in_a_file_and_without_what_is_silenced(terminal, tmp_path, bundled):
    out = tmp_path / "activations.npz"
    lines = terminal.lines("activations --dataset sample --run Sharp --image 4 --out", out)
    (answer,) = image_activations(bundled, Lens("B"), 4, None)
    stored = arrays_of(out)
    assert set(stored) == {"picture", "logits", "probabilities", "layer1", "layer2", "layer3", "layer4"}
    for number, values in enumerate(answer.hidden, 1):
        np.testing.assert_array_equal(stored[f"layer{number}"], values)
    np.testing.assert_array_equal(stored["picture"], answer.picture)
    strongest = str(np.unravel_index(answer.hidden[0].argmax(), answer.hidden[0].shape)[-1])
    assert [*lines[3].split()[:2], lines[3].split()[-1]] == ["1", "28×28×16", strongest], "of feature maps it is a map"
    assert lines[-1] == f"Saved {out}"

    (layer,) = terminal.json("activations --dataset sample --silence 3,7")["layers"]
    (answer,) = image_activations(bundled, Lens("A", None, frozenset({Neuron(0, 3), Neuron(0, 7)})), 0, None)
    assert layer["shape"] == [300] and layer["strongest"] == answer.hidden[0].argmax()
    assert (layer["most"], layer["mean"]) == pytest.approx((answer.hidden[0].max(), answer.hidden[0].mean()))
    assert layer["above_zero"] == pytest.approx((answer.hidden[0] > 0).mean())


def test_an_activation_that_is_no_number_is_null_and_a_dash(terminal, tmp_path):
    session = with_run_in_numpy()
    session.runs["A"].moments[0].weights[0][:, 3] = np.nan
    words = "activations --dataset sample --session", kept_in(tmp_path / "sick.layerlight", session)
    facts = terminal.json(*words)
    assert facts["layers"][0]["mean"] is None and facts["logits"] == [None] * 10
    assert "–" in terminal.lines(*words)[-1]


def test_a_comparison_names_the_settings_that_differ_and_each_change_on_the_way(terminal, bundled):
    facts = terminal.json("compare A B --dataset sample")
    answer = last(compare(bundled, Lens("A"), Share("B", None, 1.0)))
    both, only_one, only_other, none = answer.right
    assert (facts["neither_right"], facts["cka"]) == (none, answer.alike.tolist())
    one, other = (bundled.runs[name] for name in "AB")
    rates = [[0, other.spec.learning_rate], *([step, rate] for step, _, rate in other.changes)]
    assert other.changes and {name for _, name, _ in other.changes} == {"learning_rate"}
    differing = {name: list(pair) for name, pair in one.spec.differences(other.spec).items()}
    assert facts["settings"] == differing | {"learning_rate": [one.spec.learning_rate, rates]}
    assert facts["roads"] == [] and not facts["matched"]

    lines = terminal.lines("compare --worst 2 --dataset sample", "blog post", "B")
    assert lines[0].startswith("Run A · Blog post at step 21,600 and run B · Sharp at step ")
    assert lines[2] == (
        f"both {both:,}, only the one {only_one:,}, only the other {only_other:,}, neither {none:,}; "
        f"{len(answer.differing):,} are answered differently"
    )
    changes = [f"{rate:g} (step {step:,})" for step, _, rate in other.changes]
    assert f"Learning rate: 0.1 and {' → '.join(['0.001', *changes])}" in lines


def test_a_road_is_as_trained_and_with_neurons_matched(terminal, runs):
    roads = terminal.json("compare A A@first --match --road --dataset sample --session", runs[0])["roads"]
    assert [facts["matched"] for facts in roads] == [False, True]
    with look_at(runs[0]) as session:
        session.replace_data(open_sample())
        for facts in roads:
            answer = last(road(session, Lens("A"), Share("A", 0, 1.0, facts["matched"])))
            assert facts["accuracies"] == answer.accuracies.tolist() and facts["barrier"] == answer.barrier


def test_the_road_between_networks_with_a_batch_normalisation_says_how_it_is_mixed(terminal, tmp_path):
    session = with_run(with_run(Session(open_sample()), "7, batchnorm"), "7, batchnorm", seed=5)
    words = "compare A B --road --dataset sample --session", kept_in(tmp_path / "two.layerlight", session)
    (facts,) = terminal.json(*words)["roads"]
    assert "batch normalisation are mixed as weights are" in facts["remark"]
    assert facts["remark"] in terminal.lines(*words)


def test_duplicates_are_those_of_the_probe_and_equal_ones_are_said_to_be(terminal, dataset, tmp_path):
    words = "data --dataset sample --duplicates --most 7"
    facts, lines = terminal.json(words), terminal.lines(words)
    *_, answer = filter(None, find_duplicates(Session(open_sample())))
    assert (facts["equal"], facts["near"], facts["near_above"]) == (0, answer.all_near, 0.95)
    assert [pair["test"] for pair in facts["duplicates"]] == answer.tests[:7].tolist()
    assert [pair["train"] for pair in facts["duplicates"]] == answer.trains[:7].tolist()
    assert lines[-10:-8] == [
        "0 test images equal a training image.",
        f"{answer.all_near} others nearly do: cosine similarity above 0.95. The 7 most similar are listed.",
    ]

    images = np.concatenate([dataset.train_images, dataset.test_images[4:6]])
    labels = np.concatenate([dataset.train_labels, dataset.test_labels[4:6]])
    path = tmp_path / "twice.npz"
    np.savez(path, x_train=images, y_train=labels, x_test=dataset.test_images, y_test=dataset.test_labels)
    lines = terminal.lines("data --duplicates --most 2 --dataset", path)
    assert "2 test images equal a training image." in lines
    assert [line.split()[0] for line in lines[-2:]] == ["4", "5"] and lines[-1].split()[-1] == "equal"
    np.savez(path, x=images, y=labels)
    printed, said = terminal.both("data --dataset", path)
    assert printed.count("twice.npz has no test part") == 1 and not said


def test_a_remark_on_data_is_made_once(terminal, tmp_path):
    np.savez(tmp_path / "a.npz", pics=np.eye(64).reshape(64, 8, 8), kinds=np.arange(64) % 2)
    assert "".join(terminal.both("data --dataset", tmp_path / "a.npz")).count("every sixth image of each class") == 1


def test_ideal_images_have_the_figures_that_numpy_makes_of_the_exported_weights(terminal, tmp_path, blog):
    flags = "--penalty l2 --weight 0.25 --steps 300 --seed 1"
    out, picture = tmp_path / "out.npz", tmp_path / "out.png"
    rows, stored = terminal.rows(f"ideal {flags}", "--out", out, "--picture", picture), arrays_of(out)
    images = stored["images"]
    assert images.shape == (10, 28, 28) and images.dtype == np.float32
    wanted = softmax(dense_by_hand(blog, images)[1])
    np.testing.assert_allclose(stored["probabilities"], wanted, atol=1e-5)
    own = np.eye(10, dtype=bool)
    two_sided = -np.where(own, np.log(wanted), np.log(1 - wanted)).sum(axis=1)
    np.testing.assert_allclose(stored["losses"], two_sided, atol=1e-4)
    assert [row["class"] for row in rows] == list(range(10)) == [row["answer"] for row in rows]
    for row, image, share in zip(rows, images, np.diag(wanted), strict=True):
        assert row["probability"] == pytest.approx(share, abs=1e-5)
        squares = (image.astype(float) ** 2).sum()
        assert row["sum_of_squares"] == pytest.approx(squares, rel=1e-5)
        assert row["penalty"] == pytest.approx(0.25 * squares, rel=1e-5), "as it is in the sum"
        assert row["zero_pixels"] == (image == 0).mean()
    with Image.open(picture) as sheet:
        assert sheet.format == "PNG" and sheet.width > 5 * 28 * 6 and sheet.height > 2 * 28 * 6


def test_ideal_images_start_from_class_means_are_of_neurons_and_of_the_network_that_is_named(terminal, tmp_path, blog):
    out, data = tmp_path / "out.npz", open_sample()
    terminal("ideal --start mean --dataset sample --steps 1 --learning-rate 0.0001 --out", out)
    means = [data.test_images[data.test_labels == label].mean(axis=0) / 255 for label in range(10)]
    np.testing.assert_allclose(arrays_of(out)["images"], means, atol=1e-3)

    lines = terminal.lines("ideal --objective neuron --neurons 3,5 --steps 5 --pixels unit --out", out)
    assert [line.split()[:2] for line in lines[1:]] == [["neuron", "3"], ["neuron", "5"]]
    stored = arrays_of(out)
    sums = stored["images"].reshape(2, -1) @ blog[0] + blog[1]
    np.testing.assert_allclose(-stored["losses"], [sums[0, 3], sums[1, 5]], rtol=1e-4)

    assert terminal("ideal --steps 1 --json") != terminal("ideal --steps 1 --json --run B --session", BUNDLED)


def test_weights_are_the_exported_kernel_of_that_run_moment_and_layer(terminal, made, tmp_path):
    out = tmp_path / "p.npz"

    def exported(flags):
        terminal(f"export {flags} --session", made, "--weights", tmp_path / "w.npz")
        return arrays_of(tmp_path / "w.npz")

    assert terminal("weights --run B --moment e3 --session", made, "--out", out) == f"Saved {out}\n"
    arrays, weights = arrays_of(out), exported("--run B --moment e3")
    np.testing.assert_array_equal(arrays["pictures"], weights["layer1/kernel"].T.reshape(3, 8, 8))
    np.testing.assert_array_equal(arrays["biases"], weights["layer1/bias"])
    np.testing.assert_array_equal(arrays["outgoing"], weights["layer2/kernel"])
    assert (int(arrays["layer"]), int(arrays["step"]), str(arrays["meaning"])) == (1, 165, "pixels")

    def pictures(flags):
        terminal(f"weights --run A {flags} --session", made, "--out", out)
        return arrays_of(out)["pictures"]

    weights = exported("--run A")
    one, other = weights["layer1/kernel"], weights["layer2/kernel"]
    np.testing.assert_allclose(pictures("--layer 2").reshape(4, 64).T, one @ other, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(pictures("--layer 2 --inputs").reshape(4, 4)[:, :3].T, other)
    assert not pictures("--against last").any()
    for number, row in enumerate(terminal.rows("weights --run A --session", made)):
        column = one[:, number]
        assert (row["neuron"], row["minimum"], row["maximum"]) == (number, column.min(), column.max())
        assert row["norm"] == pytest.approx(np.linalg.norm(column), rel=1e-6)
        assert row["outgoing"] == other[number].tolist()

    terminal("weights --run B --layer 4 --out", out)
    assert arrays_of(out)["pictures"].shape == (128, 4, 4), "of the session that comes along"


def test_a_map_has_what_it_is_of_and_t_sne_with_all_its_flags_is_the_same_again(
    terminal, dataset, stripes_file, tmp_path
):
    path, out = kept_in(tmp_path / "kept.layerlight", with_run(Session(dataset), "12")), tmp_path / "map.npz"
    words = "--session", path, "--dataset", stripes_file, "--out", out
    forget()
    assert terminal("map --moment 12", *words).endswith(f"Saved {out}\n")
    arrays = arrays_of(out)
    assert set(arrays) == {"points", "labels", "numbers", "answers", "settings", "explained"}
    assert arrays["points"].shape == (90, 2) and arrays["points"].dtype == np.float32
    np.testing.assert_array_equal(arrays["labels"], dataset.test_labels)
    np.testing.assert_array_equal(arrays["numbers"], np.arange(90))
    assert str(arrays["settings"]) == "PCA: 90 images"

    maps, flags = [], "--layer 2 --method tsne --images 20 --perplexity 5 --seed 3 --iterations 30"
    for _ in range(2):
        forget()
        printed = terminal(f"map {flags}", *words)
        assert "t-SNE: 20 images, perplexity 5, 30 iterations, PCA start, seed 3" in printed
        maps.append(arrays_of(out))
    np.testing.assert_array_equal(*(arrays["points"] for arrays in maps))
    assert "explained" not in maps[0]
    forget()


def test_what_was_noted_in_a_sessions_file_is_in_its_notebook(terminal, made, tmp_path):
    session = Session()
    run_through(open_session(session, str(made)))
    run_through(note_act(session, "weights", {"view": "inputs"}, Lens("B", 110)))
    session.close()
    before, out = made.read_bytes(), tmp_path / "s.ipynb"
    assert terminal("notebook --dataset sample --session", made, "--out", out) == f"Saved {out}\n"
    text = "".join("".join(cell["source"]) for cell in json.loads(out.read_text())["cells"])
    assert "Weights: run B · me&#64;home after 110 steps" in text and "# made\n" in text
    assert made.read_bytes() == before


def test_the_session_that_comes_along_becomes_a_script_with_its_own_data(terminal, full_mnist, tmp_path):
    before, out = BUNDLED.read_bytes(), tmp_path / "s.py"
    terminal("notebook --session", BUNDLED, "--dataset", full_mnist, "--out", out)
    text = out.read_text()
    assert "Training: run A · Blog post" in text and "Training: run B · Sharp" in text
    assert text.count("[6000:]") == 4, "two for each run, one of which is only shown"
    compile(text, "s.py", "exec")
    assert BUNDLED.read_bytes() == before
