"""Networks that the installed Keras saves, in both kinds of files, answer here as they do there."""

import numpy as np
import plain_network
import pytest
from made_sessions import KERAS_WARNS

from engine.core.lazy import keras
from engine.core.messages import run_through
from engine.data.formats.sample import open_sample
from engine.model.opening.opening import opened_network

pytestmark = [pytest.mark.slow, KERAS_WARNS]


def many_layers():
    layers = keras.layers
    return keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(32, "relu"), layers.Dense(10)]), 1


def two_of_tanh():
    layers = keras.layers
    hidden = [layers.Dense(24, "tanh"), layers.Dense(16), layers.Activation("tanh")]
    return keras.Sequential([keras.Input((784,)), *hidden, layers.Dense(10, "softmax")]), 1


def convolutional():
    layers, image = keras.layers, keras.Input((28, 28, 1))
    x = layers.MaxPooling2D()(layers.Conv2D(6, 3, padding="same", activation="gelu")(image))
    x = layers.LeakyReLU()(layers.Conv2D(8, 3, padding="same")(x))
    x = layers.Conv2D(8, 1, activation=layers.LeakyReLU(negative_slope=0.05))(x)
    x = layers.Flatten()(layers.MaxPooling2D(2, padding="same")(x))
    return keras.Model(image, layers.Dense(10)(layers.Dense(20, "sigmoid")(x))), 1


def rescaled():
    layers, image = keras.layers, keras.Input((28, 28))
    x = layers.Reshape((28, 28, 1))(layers.Rescaling(1 / 255)(image))
    x = layers.MaxPooling2D(2)(layers.ReLU()(layers.Conv2D(4, (3, 3), padding="same")(x)))
    x = layers.Dropout(0.4)(layers.Dense(12, "relu", kernel_regularizer="l2")(layers.Flatten()(x)))
    model = keras.Model(image, layers.Softmax()(layers.Dense(10, use_bias=False)(x)))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, 255


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("model_of", [many_layers, two_of_tanh, convolutional, rescaled])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_it_answers_as_keras_does(tmp_path, model_of, suffix):
    model, white = model_of()
    generator = np.random.default_rng(5)
    model.set_weights([generator.normal(0, 0.1, array.shape).astype(np.float32) for array in model.get_weights()])
    if white == 255:  # with an optimiser's state in the file
        model.fit(generator.random((20, 28, 28)) * 255, generator.integers(0, 10, 20), verbose=0)
    images = open_sample().test_images[::50] / np.float32(255)
    expected = model.predict((images * white).reshape(len(images), *model.input_shape[1:]), verbose=0)
    model.save(tmp_path / f"model{suffix}")
    found = run_through(opened_network(tmp_path / f"model{suffix}"))
    logits = plain_network.logits_of(found.layers, found.weights, images)
    answers = plain_network.softmax(logits) if "softmax" in model.to_json().lower() else logits
    np.testing.assert_allclose(answers, expected, atol=1e-5)
