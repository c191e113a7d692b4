"""The graph is what TensorFlow traced; blocks, kinds and values agree with the operations and with NumPy."""

import re
from functools import partial

import numpy as np
import pytest
from trained import NETWORKS, dense_by_hand, picture, with_run

from engine.analysis.graph.jobs import draw_graph, first_opened, picture_network, tell_value
from engine.analysis.graph.messages import GraphDrawn, block_key, layer_of
from engine.analysis.graph.tracing import Plan, traced
from engine.analysis.graph.values import graph_of, plan_of
from engine.core.errors import UserError
from engine.core.layers.language import parse_layers
from engine.core.lazy import tf
from engine.core.lens import Adjusted, Lens, Neuron
from engine.model.network.lens_network import lens_network
from engine.model.network.model import Model
from engine.model.network.plain import plain_forward, softmax
from engine.model.training.learner import OPTIMIZERS, optimized
from engine.model.training.losses import LOSSES
from engine.model.training.run import Moment
from tests.figures_by_hand import probabilities_by_hand

training = partial(Plan, "training", shape=(8, 8), classes=4)
PLANS = {
    "warmup": Plan("warmup", optimizer="adagrad"),
    "adam warmup": Plan("warmup", optimizer="adam", loss="squared"),
    "training": training(parse_layers("12 relu"), loss="clipped", optimizer="sgd"),
    "adam": training(parse_layers("conv 3 relu, 6 relu"), loss="cross_entropy", optimizer="adam", l2=True),
    "all": training(
        parse_layers("6 relu"), loss="squared", optimizer="momentum", l2=True, decay=True, smoothing=True, dropout=True
    ),
    "dropout": training(parse_layers("9, 7"), loss="squared", optimizer="rmsprop", dropout=True),
}


@pytest.mark.parametrize("name", ["adam warmup", "adam", "dropout", "all"])
def test_nodes_and_edges_are_the_operations_and_their_inputs(name):
    plan = PLANS[name]
    operations = traced(plan).function.graph.get_operations()
    graph = graph_of(plan)
    assert [(node.name, node.op) for node in graph.nodes] == [(each.name, each.type) for each in operations]
    data = [(e.source, e.output, e.target) for e in graph.edges if not e.is_control]
    inputs = [(t.op.name, t.value_index, each.name) for each in operations for t in each.inputs]
    assert data == inputs
    control = [(e.source, e.target) for e in graph.edges if e.is_control]
    waits = {(before.name, each.name) for each in operations for before in each.control_inputs}
    assert set(control) == waits and len(control) == len(waits)
    if name == "adam":
        again = traced.__wrapped__(plan).function.graph.get_operations()
        assert [node.name for node in graph.nodes] == [each.name for each in again], (
            "traced again it has the same names"
        )


def test_a_run_is_trained_by_the_very_operations_that_are_shown():
    plan = PLANS["training"]
    model = Model(plan.network).keras
    optimizer = OPTIMIZERS["sgd"](0.1)
    optimizer.build(model.trainable_variables)

    def step(images, labels):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(LOSSES["clipped"](labels, model(images)))
        optimized(optimizer, tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    given = [tf.TensorSpec((None, 8, 8)), tf.TensorSpec((None,), tf.int32)]
    plain = tf.function(step, autograph=False).get_concrete_function(*given).graph.get_operations()
    shown = [node.op for node in graph_of(plan).nodes]
    shown.remove("Identity")  # of the loss, to give it a name
    assert sorted(shown) == sorted(each.type for each in plain)


def test_each_kind_is_told_apart_and_shapes_and_types_are_told_in_words():
    graph = graph_of(PLANS["training"])
    kinds = {node.name: node.kind for node in graph.nodes}
    assert kinds["images"] == kinds["labels"] == "placeholder"
    assert {node.label for node in graph.nodes if node.kind == "variable"} == {
        "kernel", "bias", "learning rate", "iteration",
    }  # fmt: skip
    assert all((node.op == "Const") == (node.kind == "constant") for node in graph.nodes)
    assert {node.kind for node in graph.nodes if node.op == "MatMul"} == {"operation", "gradient"}
    assert {node.kind for node in graph.nodes if node.op == "AssignSubVariableOp"} == {"optimiser"}
    assert kinds["loss/Mean"] == "loss"
    assert kinds["loss_before"] == kinds["NoOp"] == "output"

    outputs = {node.name: node.outputs for node in graph.nodes}
    assert (outputs["images"], outputs["labels"]) == (("None × 8 × 8 float32",), ("None int32",))
    assert [node.outputs for node in graph.nodes if node.op == "Relu"] == [("None × 12 float32",)]
    assert any(edge.words == "scalar float32" for edge in graph.edges)
    assert all(edge.words or edge.is_control for edge in graph.edges)


def test_blocks_are_passes_layers_dropout_and_what_an_optimiser_does_to_each_variable():
    graph = graph_of(PLANS["adam"])
    forward = {("forward", name) for name in ("channel", "layer1", "pool1", "flat", "layer2", "logits")}
    others = {("gradients", "loss"), ("gradients", "logits"), ("gradients", "layer1"),
              ("optimiser", "layer2 kernel"), ("optimiser", "logits bias")}  # fmt: skip
    assert forward | others | {("forward",), ("loss",), ("gradients",), ("optimiser",)} <= graph.titles.keys()
    changing = [node for node in graph.nodes if node.op.startswith("AssignSub")]
    assert len({node.block for node in changing}) == len(changing) == 6
    assert graph.titles["optimiser",] == "Optimiser: Adam"
    assert graph.titles["forward", "logits"] == "Output layer"

    graph = graph_of(PLANS["dropout"])
    assert {("forward", "dropout1"), ("forward", "dropout2"), ("gradients", "dropout1")} <= graph.titles.keys()
    assert graph.titles["forward", "dropout1"] == "Dropout 1"
    assert [node.op for node in graph.nodes if node.block == ("forward",)] == ["Const"]  # the seed


def values(session, of, lens, image=0, picture=None):
    """Every tensor of the graph by its operation's name."""
    graph = graph_of(plan_of(session, of, lens))
    answer = {}
    for key in [node.name for node in graph.nodes] + [block_key(block) for block in graph.titles]:
        *_, message = tell_value(session, of, lens, key, image, picture)
        answer[key] = message
    return answer


def by_hand(weights, image, label):
    """Hidden layer, probabilities, the blog's loss, and the gradients of both kernels, in double precision."""
    hidden, logits = dense_by_hand(weights, image[None])
    p, y = probabilities_by_hand(logits), np.eye(4)[[label]]
    loss = -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum()
    slope = -y / p + (1 - y) / (1 - p)
    at_logits = p * (slope - (slope * p).sum())
    at_hidden = at_logits @ weights[2].T * (hidden > 0)
    return hidden, p, loss, image.reshape(1, -1).T @ at_hidden, hidden.T @ at_logits


def test_values_of_a_training_step_are_those_that_numpy_finds(dense):
    lens = Lens("A", 12)
    data, moment = dense.data(), dense.runs["A"].moments[12]
    answer = values(dense, "training", lens, image=3)
    image = data.test_images[3] / np.float32(255)
    hidden, p, loss, first, second = by_hand(moment.weights, image, data.test_labels[3])
    np.testing.assert_allclose(answer[block_key(("forward", "layer1"))].value, hidden, atol=1e-5)
    (shares,) = (message.value for key, message in answer.items() if key.endswith("loss/Softmax"))
    np.testing.assert_allclose(shares, p, atol=1e-6)
    np.testing.assert_allclose(answer[block_key(("loss",))].value, loss, rtol=1e-5)
    np.testing.assert_allclose(answer[block_key(("gradients", "layer1"))].value, first, atol=1e-5)
    kernel = next(key for key in answer if key.startswith("gradient_tape") and key.endswith("MatMul/MatMul_1"))
    np.testing.assert_allclose(answer[kernel].value, second, atol=1e-5)
    subtracted = answer[block_key(("optimiser", "layer1 kernel"))].value
    np.testing.assert_allclose(subtracted, 0.1 * first, atol=1e-6)
    assert answer["loss_before"].value == answer["Identity"].value == pytest.approx(loss, rel=1e-5)
    assert answer["images"].most == image.max() and answer["images"].mean == pytest.approx(image.mean())
    assert answer["images"].shape == "1 × 8 × 8 float32"
    assert "test image 3" in answer["images"].about and "12 steps" in answer["images"].about
    assert all(message.value is not None for key, message in answer.items() if key != "NoOp")


def test_values_follow_moment_picture_and_silenced_neurons(dense):
    weights = dense.runs["A"].moments[24].weights
    drawing = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    strongest = int(by_hand(weights, drawing, 0)[0].argmax())
    lens = Lens("A", None, frozenset({Neuron(0, strongest)}), frozenset({Adjusted(0, 1, 3.0, 0.5)}))
    answer = values(dense, "network", lens, picture=drawing)
    hidden, *_ = by_hand(weights, drawing, 0)
    hidden[0, strongest], hidden[0, 1] = 0, hidden[0, 1] * 3 + 0.5
    np.testing.assert_allclose(answer[block_key(("forward", "layer1"))].value, hidden, atol=1e-5)
    logits = hidden @ weights[2] + weights[3]
    np.testing.assert_allclose(answer["probabilities"].value, probabilities_by_hand(logits), atol=1e-6)
    assert "the drawing" in answer["probabilities"].about


@pytest.mark.parametrize("layers", ["conv 3, conv 4, 6", "9, 7", "conv 5", ""])
def test_every_architecture_answers_as_it_does_in_numpy_and_has_a_picture(session, layers):
    with_run(session, layers)
    network = lens_network(session, Lens("A"))
    picture = session.data().test_images[4] / np.float32(255)
    hidden, logits = plain_forward(network.plan, network.weights, picture)
    answer = values(session, "network", Lens("A"), image=4)
    np.testing.assert_allclose(answer["probabilities"].value[0], softmax(logits), atol=1e-6)
    for number, output in enumerate(hidden, start=1):
        np.testing.assert_allclose(answer[block_key(("forward", f"layer{number}"))].value[0], output, atol=1e-5)

    (answer,) = picture_network(session, Lens("A"), image=4)
    assert len(answer.links) == len(answer.hidden) + 1 == len(hidden) + 1
    assert all(np.isfinite(links.flows).all() for links in answer.links)


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_layer_s_block_has_its_norm_and_activation_and_gives_what_the_lens_shows(session, kind):
    network = lens_network(with_run(session, NETWORKS[kind]), Lens("A"))
    picture = session.data().test_images[4] / np.float32(255)
    hidden, logits = plain_forward(network.plan, network.weights, picture)
    graph = graph_of(plan_of(session, "network", Lens("A")))
    blocks = {block[1] for block in graph.titles if len(block) == 2}
    steps = {step.name for step in network.plan.steps if "_" not in step.name and "dropout" not in step.name}
    assert blocks == steps | {"softmax"}, "all of it is in a block, and each step of the network has one"
    norms = {block[1] for block in graph.titles if len(block) == 3}
    assert norms == {f"layer{n}" for n, layer in enumerate(network.layers, start=1) if layer.norm}
    for number, output in enumerate(hidden, start=1):
        *_, value = tell_value(session, "network", Lens("A"), block_key(("forward", f"layer{number}")), 4)
        np.testing.assert_allclose(value.value[0], output, rtol=1e-4, atol=1e-4)
    *_, value = tell_value(session, "network", Lens("A"), "probabilities", 4)
    np.testing.assert_allclose(value.value[0], softmax(logits), rtol=1e-4, atol=1e-5)


SLOW = pytest.mark.slow  # each traces a step of its own; these kinds of layers are in the graph above, too


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[SLOW] * (kind in ("coloured", "groups"))) for kind in NETWORKS]
)
def test_the_training_step_of_such_a_network_is_that_of_a_run_and_each_variable_has_a_block(session, kind):
    run, lens = with_run(session, NETWORKS[kind]).runs["A"], Lens("A", 12)
    run.spec = run.spec.but(optimizer="sgd", loss="cross_entropy", learning_rate=0.5)
    plan = run.spec.plan(run.shape, 4)
    graph = graph_of(plan_of(session, "training", lens))
    last = f"layer{len(plan.hidden) + 1}/"
    names = [w.name.replace(last, "logits/").replace("/", " ") for w in plan.weights if w.is_trained]
    assert {block[1] for block in graph.titles if block[0] == "optimiser" and len(block) == 2} == set(names)
    loose = {node.name for node in graph.nodes if node.block in (("forward",), ("gradients",)) and node.op != "Const"}
    assert not loose, "all of both passes is in blocks of layers"
    if "dropout" in NETWORKS[kind]:  # whose random numbers are those of the run and the step
        return

    model = Model(plan)
    model.set_weights(run.moments[12].weights)
    data = session.data()
    image, label = data.test_images[3:4] / np.float32(255), data.test_labels[3:4].astype(np.int32)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(LOSSES["cross_entropy"](label, model(image, training=True)[1]))
    gradients = tape.gradient(loss, model.trained)
    *_, value = tell_value(session, "training", lens, "loss_before", 3)
    assert value.value == pytest.approx(float(loss), rel=1e-5)
    assert ("as a batch of its own" in value.about) == ("batchnorm" in NETWORKS[kind])
    for name, gradient in [*zip(names, gradients, strict=True)][::3]:
        *_, value = tell_value(session, "training", lens, block_key(("optimiser", name)), 3)
        np.testing.assert_allclose(value.value, 0.5 * gradient, rtol=1e-3, atol=1e-5, err_msg=name)


def test_looking_changes_nothing_in_the_session_and_is_the_same_again(dense):
    run, lens = dense.runs["A"], Lens("A", 12)
    before = [array.copy() for array in run.moments[12].weights]
    once = values(dense, "training", lens, image=3)
    for other in (5, 6, 7):  # more than are kept
        *_, message = tell_value(dense, "training", lens, "images", other, None)
        assert message.most > 0
    again = values(dense, "training", lens, image=3)
    for key, message in once.items():
        np.testing.assert_array_equal(message.value, again[key].value, err_msg=key)
    for one, other in zip(before, run.moments[12].weights, strict=True):
        np.testing.assert_array_equal(one, other)

    broken = tuple(np.full_like(array, value) for array, value in zip(before, (np.inf, np.nan, 1, 0), strict=True))
    run.moments[12] = Moment(step=12, weights=broken, optimizer=())
    run.started += 1  # another network, for all that is remembered
    *_, loss = tell_value(dense, "training", lens, "loss_before", 3, None)
    assert not np.isfinite(loss.mean)


def test_the_optimisers_memory_is_the_moments_own(session):
    run, lens = with_run(session, "conv 3, 6").runs["A"], Lens("A", 12)
    run.spec = run.spec.but(optimizer="adam", loss="cross_entropy", l2=0.01)
    assert plan_of(session, "training", lens) == PLANS["adam"], "which is traced once for all tests"
    weights = run.moments[12].weights
    memories = [np.full_like(array, 0.25) for array in weights for _ in range(2)]
    state = (np.int64(7), np.float32(0.5), *memories)
    run.moments[12] = Moment(step=12, weights=weights, optimizer=state)
    nodes = graph_of(PLANS["adam"]).nodes
    key = next(node.name for node in nodes if node.name.endswith("Sub_2/ReadVariableOp/resource"))
    *_, momentum = tell_value(session, "training", lens, key, 0, None)
    assert (momentum.value == 0.25).all()


def test_the_rate_is_the_schedules_and_decay_and_smoothing_are_those_of_the_run(dense):
    run, lens = dense.runs["A"], Lens("A", 12)
    run.spec = run.spec.but(schedule="cosine", epochs=4, learning_rate=0.5, decay=0.25, smoothing=0.2)
    run.spec = run.spec.but(optimizer="momentum", momentum=0.7, loss="cross_entropy")
    plan = plan_of(dense, "training", lens)
    assert plan.rates == ["decay", "smoothing", "momentum"]
    answer = values(dense, "training", lens)
    rate = 0.5 * 0.5 * (1 + np.cos(np.pi * 12 / (4 * run.steps_per_epoch)))
    scalars = [float(value.value) for value in answer.values() if value.value is not None and value.value.shape == ()]
    for wanted in (0.25, 0.2, 0.7, rate):
        assert any(value == pytest.approx(wanted, rel=1e-6) for value in scalars), wanted


def test_the_warmup_is_looked_at_on_its_way():
    answer = values(None, "warmup", None)
    A = np.random.default_rng(0).integers(0, 10, (10, 10)).astype(np.float64)
    x, squares = np.zeros((10, 10)), np.full((10, 10), 0.1)
    for step in range(301):
        gradient = np.sign(x @ A - np.eye(10)) @ A.T
        if step < 300:
            squares += gradient**2
            x -= 0.01 * gradient / np.sqrt(squares)
    np.testing.assert_array_equal(answer["A"].value, A)
    np.testing.assert_allclose(answer["forward/product/ReadVariableOp"].value, x, atol=1e-9)
    np.testing.assert_allclose(answer["loss_before"].value, np.abs(x @ A - np.eye(10)).sum(), rtol=1e-9)
    np.testing.assert_allclose(answer[block_key(("gradients",))].value, gradient, atol=1e-9)


def test_a_job_draws_the_graph_and_opens_what_says_most_and_without_network_or_data_a_sentence_says_so(dense):
    drawn = [message for message in draw_graph(dense, "training", Lens("A")) if message]
    assert [type(message) for message in drawn] == [GraphDrawn]
    assert drawn[0].opened == first_opened("training", drawn[0].graph) == {("forward",), ("gradients",)}
    (all_open,) = [m for m in draw_graph(dense, "training", Lens("A"), frozenset(drawn[0].graph.titles)) if m]
    shown = {item.key for item in all_open.drawing.items if not item.is_block}
    assert shown == {node.name for node in drawn[0].graph.nodes}

    with pytest.raises(UserError, match="no network"):
        list(draw_graph(dense, "network", None))
    dense.replace_data(None)
    with pytest.raises(UserError, match="data set"):
        list(tell_value(dense, "network", Lens("A"), "images"))


def test_neurons_and_links_are_the_strongest(session):
    with_run(session, "60, 9")
    (answer,) = picture_network(session, Lens("A"), image=2)
    weights, image = session.runs["A"].moments[24].weights, picture(session, 2)
    first = np.maximum(image.ravel() @ weights[0] + weights[1], 0)
    column = answer.hidden[0]
    assert (column.neurons, len(column.numbers)) == (60, 40)
    left_out = np.setdiff1d(np.arange(60), column.numbers)
    assert np.abs(first[left_out]).max() <= column.values.min()
    np.testing.assert_allclose(column.values, first[column.numbers], atol=1e-6)
    flows = first[column.numbers, None] * weights[2][column.numbers][:, answer.hidden[1].numbers]
    links = answer.links[1]
    np.testing.assert_allclose(links.flows, flows[links.sources, links.targets], atol=1e-6)
    assert np.abs(links.flows[0]) == pytest.approx(np.abs(flows).max(), rel=1e-5)
    pixel = answer.links[0]
    expected = image.ravel()[pixel.sources] * weights[0][pixel.sources, column.numbers[pixel.targets]]
    np.testing.assert_allclose(pixel.flows, expected, atol=1e-6)
    assert answer.probabilities.sum() == pytest.approx(1)


def test_a_silenced_neuron_hands_nothing_on(dense):
    image = picture(dense)
    hidden, _ = dense_by_hand(dense.runs["A"].moments[24].weights, image[None])
    strongest = int(hidden[0].argmax())
    (answer,) = picture_network(dense, Lens("A", None, frozenset({Neuron(0, strongest)})), picture=image)
    assert answer.hidden[0].values[strongest] == 0
    assert strongest not in answer.links[1].sources
    assert "the drawing" in answer.about and "run A after" in answer.about
    dense.runs["A"].title = "no luck"
    (answer,) = picture_network(dense, Lens("A"), picture=image)
    assert "run A · no luck after" in answer.about


def test_flows_into_a_map_are_its_mean_sum_and_those_from_pixels_its_whole_sum(session):
    image = picture(session, 2)
    for run, layers in zip("ABCDEF", ("conv 6 5x3 stride 2x3 relu, conv 4 2x2 valid dilation 2 linear",
                            "conv 6 4x4 valid relu, depthwise 12 3x3 stride 2 linear",
                            "conv 6 2x2 stride 2 relu, conv 4 1x5 groups 2 linear",
                            "rescale 2 -1, colour, conv 6 5x5 relu, conv 4 2x2 linear",
                            "conv 6 5x5 relu, batchnorm, maxpool 3x3 stride 2, conv 4 2x2 linear, flatten, 5 linear",
                            "conv 6 5x5 stride 2 relu, global average, 4 linear"), strict=True):  # fmt: skip
        with_run(session, layers)
        network = lens_network(session, Lens(run))
        (shown,) = picture_network(session, Lens(run), image=2)
        hidden, _ = plain_forward(network.plan, network.weights, image)
        assert all(links.is_whole for links in shown.links)
        for number, links in enumerate(shown.links[:-1]):
            assert (links.begins == number - 1).all()
            assert len(links.flows) < 160 or number == 0, "all links are there"
            if network.plan.hidden[number].activation != "linear":
                continue
            sums = np.bincount(links.targets, links.flows, len(hidden[number].T)) + network.bias(number)
            wanted = hidden[number].mean(axis=(0, 1)) if hidden[number].ndim == 3 else hidden[number]
            np.testing.assert_allclose(sums, wanted, rtol=1e-4, atol=1e-4)
    with_run(session, "conv 2 5x5 stride 2 linear")
    network = lens_network(session, Lens("G"))
    (shown,) = picture_network(session, Lens("G"), image=2)
    (hidden,), _ = plain_forward(network.plan, network.weights, image)
    pixels = shown.links[0]
    assert (pixels.begins == -1).all() and len(pixels.flows) < 160
    sums = np.bincount(pixels.targets, pixels.flows, 2) + 16 * network.bias(0)
    np.testing.assert_allclose(sums, hidden.sum(axis=(0, 1)), rtol=1e-4, atol=1e-4)


def test_links_begin_at_the_layer_that_is_read_and_none_come_from_a_sum(session):
    with_run(
        session, "conv 4 3x3, branches(conv 2 1x1 | conv 3 1x1 | identity), conv 2 1x1 linear, residual(conv 2), 5"
    )
    (shown,) = picture_network(session, Lens("A"), image=2)
    begins = [sorted(set(links.begins.tolist())) for links in shown.links]
    assert begins == [[-1], [0], [0], [0, 1, 2], [3], [], [5]]
    assert [links.is_whole for links in shown.links] == [True] * 5 + [False, True]
    network = lens_network(session, Lens("A"))
    hidden, _ = plain_forward(network.plan, network.weights, picture(session, 2))
    joined = np.concatenate([hidden[1], hidden[2], hidden[0]], axis=-1).mean(axis=(0, 1))
    wanted = joined[:, None] * network.kernel(3)[0, 0]
    rows = {(1, 0): 0, (2, 0): 2, (0, 0): 5}
    links = shown.links[3]
    for begin, source, target, flow in zip(links.begins, links.sources, links.targets, links.flows, strict=True):
        assert flow == pytest.approx(wanted[rows[int(begin), 0] + source, target], abs=1e-5)


def test_blocks_of_a_hidden_layer_know_its_number_also_inside_of_other_blocks():
    layers = parse_layers("conv 4 3x3, batchnorm, residual(conv 4, conv 4), branches(conv 2 | identity), 5", "relu")
    titles = graph_of(training(layers, loss="cross_entropy", optimizer="adam")).titles
    titled = {block: re.match(r"Layer (\d+)", titles[block[:2]]) for block in titles}
    assert {block: layer_of(block) for block in titles} == {
        block: int(title[1]) - 1 if title else None for block, title in titled.items()
    }
    places = {(block[0], layer_of(block)) for block in titles}
    assert places >= {(place, layer) for place in ("forward", "gradients", "optimiser") for layer in range(5)}


@pytest.mark.parametrize("kind", NETWORKS)
def test_every_kind_of_network_has_a_picture(session, kind):
    with_run(session, NETWORKS[kind])
    (shown,) = picture_network(session, Lens("A"), image=2)
    assert len(shown.links) == len(shown.hidden) + 1
    for number, links in enumerate(shown.links):
        assert (links.begins < number).all() and np.isfinite(links.flows).all()
        for begin, source in zip(links.begins, links.sources, strict=True):
            assert source < (len(shown.hidden[begin].numbers) if begin >= 0 else 64)
