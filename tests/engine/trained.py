"""Small networks on the stripes, their pictures, and the numbers that probes are checked against, in NumPy."""

from pathlib import Path

import numpy as np
import pytest

from engine.analysis.probes.neuron_order import NeuronKey, ordered
from engine.core.errors import NotYetError
from engine.core.messages import Message, run_through
from engine.core.specs import TrainSpec
from engine.data.dataset import Dataset
from engine.data.formats.sample import open_sample
from engine.model.network.model import initial_weights
from engine.model.network.summary import summary
from engine.model.training.run import Moment
from engine.session.session import Session
from tests.engine.made_sessions import dataset_of
from tests.figures_by_hand import dense_by_hand

ARCHITECTURES = [("12", "relu"), ("9, 7", "gelu"), ("", "relu"), ("conv 3, conv 4, 6", "leaky_relu"),
                 ("conv 5", "sigmoid"), ("10", "tanh"), ("9 tanh, 7", "relu"),
                 ("conv 3 tanh, conv 4, 6 sigmoid", "leaky_relu")]  # fmt: skip

AROUND = {"gamma": 1, "variance": 1}  # what arrays are drawn around; all others: zero

# Networks of the other kinds of layers, by what is in them
NETWORKS = {
    "residual": "conv 6 5x5 stride 2, batchnorm, relu, maxpool, residual(conv 6, conv 6), global average, dense 8, "
    "dropout 0.3",
    "branches": "conv 4 3x3 valid dilation 2, depthwise 8 stride 2, layernorm, gelu, "
    "branches(conv 4 1x1 | conv 4 1x1, conv 8 5x5 | maxpool 3x3 stride 1 | identity), 9 elu, batchnorm, 7",
    "coloured": "resize 12x10, colour, conv 4 7x7 stride 2, batchnorm, relu, maxpool 3x3, "
    "residual(conv 6 stride 2, batchnorm, relu, conv 6, batchnorm | conv 6 1x1 stride 2), global max",
    "dense": "9, batchnorm, relu, 7, layernorm",
    "groups": "rescale 2 -1, batchnorm, pad 1 0 2 1, conv 6 3x2 stride 2x1 valid silu, conv 4 1x1 groups 2 selu, "
    "avgpool 3x3 stride 2, relu6, flatten, 6 softplus, residual(6, 6 tanh) linear, layernorm epsilon 0.01, 5",
    "none": "",
}  # fmt: skip
GENERAL = [layers for layers in NETWORKS.values() if layers]


def with_run(session: Session, layers: str, activation: str = "relu", steps=(0, 12, 24), seed: int = 1) -> Session:
    """Give the session one more run with drawn weights at these steps; nothing is trained."""
    spec = TrainSpec(layers=layers, activation=activation, initial="he", batch=20)
    run = session.new_run(spec, steps_per_epoch=12)
    plan = spec.plan(run.shape, len(session.data().classes))
    for step in steps:
        drawn = initial_weights(plan.weights, "he", seed + step)
        generator = np.random.default_rng(seed + step)
        weights = tuple(
            array if array.ndim > 1 else AROUND.get(weight.role, 0) + generator.normal(0, 0.3, array.shape)
            for weight, array in zip(plan.weights, drawn, strict=True)
        )
        weights = tuple(np.maximum(array, 0.1) if weight.role == "variance" else array
                        for weight, array in zip(plan.weights, weights, strict=True))  # fmt: skip
        weights = tuple(array.astype(np.float32) for array in weights)
        run.moments[step] = Moment(step=step, weights=weights, optimizer=())
    return session


def neuron_order(activations: np.ndarray, labels: np.ndarray, key: NeuronKey, classes: int) -> np.ndarray:
    return run_through(ordered(activations, run_through(summary(activations, labels, classes)), key))


def tiny_mnist() -> Dataset:
    """The full MNIST in its numbers of images, each 2 × 2 pixels and unlike all others, of ten classes."""
    images = np.arange(55_000, dtype="<u4").view(np.uint8).reshape(-1, 2, 2)
    labels = (np.arange(55_000) % 10).astype(np.uint8)
    return dataset_of("MNIST", images, labels, images[::1_000], labels[::1_000], "0123456789")


def told_of_no_run(job) -> list[Message]:
    """What a job tells before it ends because its run is gone."""
    told = []
    with pytest.raises(NotYetError, match="There is no run"):
        told.extend(message for message in job if message is not None)
    return told


def with_run_in_numpy() -> Session:
    """A session on the embedded sample with a dense run of drawn weights, made without TensorFlow."""
    session = Session(open_sample())
    run = session.new_run(TrainSpec(layers="20"), steps_per_epoch=12)
    weights = initial_weights(TrainSpec(layers="20").plan((28, 28), 10).weights, "blog", 1)
    run.moments[0] = Moment(step=0, weights=weights, optimizer=())
    return session


def picture(session: Session, number: int = 0) -> np.ndarray:
    return session.data().test_images[number] / np.float32(255)


def read_by_hand(session, step=24, silenced=(), run="A"):
    """What run A, or another such network, makes of the test images without some neurons: hidden and logits."""
    weights = session.runs[run].moments[step].weights
    hidden, _ = dense_by_hand(weights, session.data().test_images)
    hidden[:, list(silenced)] = 0
    return hidden, hidden @ weights[2].astype(float) + weights[3]


def bits(run):
    """All that a run has learned, by step: weights and the optimiser's state, byte for byte."""
    return {
        step: [array.tobytes() for array in (*moment.weights, *moment.optimizer)]
        for step, moment in run.moments.items()
    }


def taught(session: Session, step: int = 24) -> Session:
    """Fit the outputs of run A's dense network to the training images, so that it reads most test images rightly."""
    data, weights = session.data(), session.runs["A"].moments[step].weights
    hidden, _ = dense_by_hand(weights, data.train_images)
    x = np.column_stack([hidden, np.ones(len(hidden))])
    wanted = 4 * np.eye(weights[-1].size)[data.train_labels]
    fitted = np.linalg.solve(x.T @ x + 0.1 * np.eye(x.shape[1]), x.T @ wanted)
    weights[-2][:], weights[-1][:] = fitted[:-1], fitted[-1]
    return session


def kept_in(path: Path, session: Session) -> Path:
    """Write the session into a file and close it; return the path."""
    list(session.move_to(path))
    assert session.close()
    return path
