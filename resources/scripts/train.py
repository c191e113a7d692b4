"""Train a network to read digits."""

import numpy as np
import tensorflow as tf

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(
    epochs=2, batch=100, seed=1, chooses=False, start="", has_state=False, steps=0, initial="blog", l2=0.0,
    loss_name="binary cross-entropy (clipped)", validation=0.0, stop_at=0.0, smoothing=0.0, is_scheduled=False,
    schedule="constant", warmup=0.0, learning_rate=0.1, has_objective=False, is_plain=True,
)  # fmt: skip

# %% data
from shared import test_images, test_labels, train_images, train_labels
# %% learned
# %%
if settings.chooses:
    all_images, all_labels = tf.constant(train_images[chosen]), tf.constant(learned_labels)
else:
    all_images, all_labels = tf.constant(train_images), tf.constant(train_labels)
EPOCHS, BATCH, SEED = settings.epochs, settings.batch, settings.seed

# %% model
from shared import model
# %% settings
settings.variables, settings.kernels = model.trainable_variables, model.trainable_variables[::2]
# %%
if settings.start:
    start = np.load(settings.start)  # the network that was taught, with its outputs for new classes
    if settings.is_plain:
        model.set_weights([start[name] for name in start.files if name.startswith("layer")])
    else:
        for layer in layers:
            names = [variable.name.removeprefix("moving_") for variable in layer.weights]
            layer.set_weights([start[f"{layer.name}/{name}"] for name in names])
else:
    generator = np.random.default_rng(SEED)  # NumPy's, so that a seed means the same on every computer
    for variable in settings.variables:
        if settings.initial == "blog":
            if not settings.is_plain:
                if variable.name in ("gamma", "beta"):  # normalisation begins as Keras has it
                    continue
            is_bias = len(variable.shape) == 1
            variable.assign(generator.normal(0.0, 1.0 if is_bias else 0.03, variable.shape))
        elif settings.initial == "glorot":
            if len(variable.shape) > 1:  # biases begin with zero; a kernel with the rule of Glorot and Bengio
                fan_in, fan_out = np.prod(variable.shape[:-1]), np.prod(variable.shape[:-2]) * variable.shape[-1]
                reach = np.sqrt(6 / (fan_in + fan_out))
                variable.assign(generator.uniform(-reach, reach, variable.shape))
        elif settings.initial == "he":
            if len(variable.shape) > 1:  # biases begin with zero; a kernel with the rule of He et al.
                fan_in = np.prod(variable.shape[:-1])
                variable.assign(generator.normal(0.0, np.sqrt(2 / fan_in), variable.shape))
# %%
if settings.is_scheduled:
    STEPS = len(all_images) // BATCH  # in an epoch
    step = np.arange(EPOCHS * STEPS)
    rates = np.full(len(step), settings.learning_rate)  # the learning rate of each step
    # %% rates
    # %%
    if settings.warmup:
        rise = round(settings.warmup * STEPS)
        rates *= np.minimum((step + 1) / max(1, rise), 1)  # grows in a line
    elif settings.schedule != "constant":
        rise = 0
    if settings.schedule == "step":
        share = np.maximum(step - rise, 0) / max(1, len(step) - rise)
        rates *= np.where(share < 0.5, 1, np.where(share < 0.75, 0.1, 0.01))
    elif settings.schedule == "cosine":
        share = np.maximum(step - rise, 0) / max(1, len(step) - rise)
        rates *= (1 + np.cos(np.pi * share)) / 2
    rates = tf.constant(rates, tf.float32)
# %% optimizer
from shared import optimizer
# %%
if settings.has_state:
    optimizer.build(settings.variables)
    for number, variable in enumerate(optimizer.variables):
        variable.assign(start[f"optimizer/{number}"].reshape(variable.shape))


# %% loss_of
from shared import loss_of


# %%
@tf.function
def train_epoch(order):
    """Take a step for each row of image numbers; return the mean loss."""
    total = 0.0
    objective = 0.0  # %% settings
    for chosen in order:
        batch_x, batch_y = tf.gather(all_images, chosen), tf.gather(all_labels, chosen)
        with tf.GradientTape() as tape:
            if settings.smoothing:
                logits = model(batch_x, training=True)
                loss = tf.reduce_mean(loss_of(batch_y, logits))  # of the labels as they are: it is shown alone
                objective = tf.reduce_mean(loss_of(batch_y, logits, settings.smoothing))
                if settings.l2:
                    objective += settings.l2 * sum(tf.reduce_sum(v**2) for v in settings.kernels)
            else:
                loss = tf.reduce_mean(loss_of(batch_y, model(batch_x, training=True)))
                if settings.l2:
                    objective = loss + settings.l2 * sum(tf.reduce_sum(v**2) for v in settings.kernels)
        if settings.has_objective:
            gradients = tape.gradient(objective, settings.variables)
        else:
            gradients = tape.gradient(loss, settings.variables)
        optimizer.apply(gradients, settings.variables)
        total += loss
    return total / len(order)


# %% remarks
# %%
train_losses, test_losses, accuracies = [], [], []
if settings.validation:
    validation_losses, validation_accuracies = [], []
for epoch in range(1, EPOCHS + 1):
    order = np.random.default_rng([SEED, epoch]).permutation(len(all_images))
    if settings.steps:
        order = order[: settings.steps * BATCH].reshape(-1, BATCH)  # all other images sit this epoch out
    else:
        order = order[: len(order) // BATCH * BATCH].reshape(-1, BATCH)  # what fills no batch sits this epoch out
    train_loss = train_epoch(tf.constant(order))
    logits = model.predict(test_images, batch_size=1000, verbose=0)
    test_loss = tf.reduce_mean(loss_of(test_labels, logits))
    accuracy = np.mean(logits.argmax(axis=1) == test_labels)
    print(f"epoch {epoch}  train loss {train_loss:.6f}  test loss {test_loss:.6f}  accuracy {accuracy:.4f}")
    train_losses.append(train_loss), test_losses.append(test_loss), accuracies.append(accuracy)
    if settings.validation:
        logits = model.predict(train_images[validation], batch_size=1000, verbose=0)
        validation_losses.append(tf.reduce_mean(loss_of(train_labels[validation], logits)))
        validation_accuracies.append(np.mean(logits.argmax(axis=1) == train_labels[validation]))
        print(f"  validation loss {validation_losses[-1]:.6f}  accuracy {validation_accuracies[-1]:.4f}")
    if settings.stop_at:
        if settings.validation:
            if validation_accuracies[-1] >= settings.stop_at:
                break
        else:
            if accuracy >= settings.stop_at:
                break
if settings.validation:
    best = int(np.argmax(validation_accuracies))
    print(f"best, epoch {best + 1}, chosen on the validation images: {accuracies[best]:.2%} of {len(test_labels):,} test images")
else:
    best = int(np.argmax(accuracies))
    print(f"best, epoch {best + 1}, chosen on the test images: {accuracies[best]:.2%} of {len(test_labels):,} test images")

# %% drawing
import matplotlib.pyplot as plt

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
epochs = range(1, len(train_losses) + 1)
left.plot(epochs, train_losses, label="training images")
left.plot(epochs, test_losses, "--", label="test images")
if settings.validation:
    left.plot(epochs, validation_losses, ":", label="validation images")
left.set(xlabel="epoch", ylabel=settings.loss_name, yscale="log")
left.legend()
right.plot(epochs, accuracies)
right.set(xlabel="epoch", ylabel=f"accuracy on {len(test_labels):,} test images")
plt.savefig("train-result.png", dpi=150)
plt.show()
