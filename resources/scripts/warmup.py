"""Learn the inverse of a matrix by gradient descent."""

import numpy as np
import tensorflow as tf

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(
    size=10, seed=0, steps=100_000, learning_rate=0.01, loss="absolute", optimizer="adagrad", matrix=""
)

# %%
SIZE, SEED, STEPS, RATE = settings.size, settings.seed, settings.steps, settings.learning_rate
if settings.matrix:
    A = np.load(settings.matrix)["A"]
else:
    A = np.random.default_rng(SEED).integers(0, 10, (SIZE, SIZE)).astype(np.float64)
# %% edits
# %%
id_mat = np.eye(SIZE)


# %% loss_of
def loss_of(x):
    """How far x A is from the identity."""
    output = x @ A
    rest = output - id_mat
    rest = tf.where(tf.abs(rest) > 1e-12, rest, 0.0)  # what is only rounding has no slope
    if settings.loss == "absolute":
        return tf.reduce_sum(tf.abs(rest))
    else:
        return tf.reduce_sum(rest**2)


# %%
@tf.function(jit_compile=True)  # compiled by XLA: many times as fast
def descend(x):
    """Take all steps of gradient descent from x."""
    mean = squares = tf.zeros_like(x)  # %% settings
    if settings.optimizer == "adagrad":
        squares = tf.fill(x.shape, tf.constant(0.1, tf.float64))
    elif settings.optimizer == "adam":
        mean, squares = tf.zeros_like(x), tf.zeros_like(x)
    for step in tf.range(1, STEPS + 1):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = loss_of(x)
        gradient = tape.gradient(loss, x)
        if settings.optimizer == "sgd":
            x -= RATE * gradient
        elif settings.optimizer == "adagrad":
            squares += gradient**2  # Adagrad: the further it went, the shorter its steps
            x -= RATE * gradient / tf.sqrt(squares)
        elif settings.optimizer == "adam":
            mean = 0.9 * mean + 0.1 * gradient  # Adam: means of the gradient and of its square
            squares = 0.999 * squares + 0.001 * gradient**2
            number = tf.cast(step, tf.float64)
            rate = RATE * tf.sqrt(1 - 0.999**number) / (1 - 0.9**number)
            x -= rate * mean / (tf.sqrt(squares) + 1e-7)
    return x


# %%
x = descend(tf.zeros((SIZE, SIZE), tf.float64))
print(f"after {STEPS} steps: loss {loss_of(x):.6f}")
print(f"condition number of A: {np.linalg.cond(A):.6g}")
if np.linalg.cond(A) < 1e12:
    print(f"largest difference from the true inverse: {np.abs(x - np.linalg.inv(A)).max():.6f}")
print(np.round(x @ A, 3))
# %% result
np.savez("warmup-result.npz", x=x, A=A)

# %% drawing
import matplotlib.pyplot as plt

figure, places = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
for place, title, matrix in zip(places, ("A", "x, the inverse as learned", "x A"), (A, x, x @ A)):
    most = np.abs(matrix).max() or 1
    figure.colorbar(place.imshow(matrix, cmap="RdBu", vmin=-most, vmax=most), shrink=0.8)
    place.set_title(title)
plt.savefig("warmup-result.png", dpi=150)
plt.show()
