"""Let a network read a picture: the answer, the pixels that speak for it, the images most alike."""

import numpy as np
import tensorflow as tf

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(
    method="integrated", against=-1, by="alike", is_last=False, index=-1, last="layer2/", over="over all layers", chooses=False, first=0
)

# %% data
from shared import test_images, train_images, train_labels
# %% settings
settings.images, settings.labels = train_images, train_labels
# %% weights
from shared import weights
# %% lens


# %% network
from shared import network


# %% picture
picture = test_images[0]
# %%
layers, logits = network(picture[np.newaxis])
probabilities = tf.nn.softmax(logits)[0].numpy()
label = probabilities.argmax()
for number, probability in enumerate(probabilities):
    print(f"{number}: {probability:.4f}")
print(f"the answer is {label}")

if settings.method == "integrated":
    # Why? Integrated gradients: what each pixel adds on a straight way from an empty picture to this one
    way = (np.arange(256, dtype=np.float32) + 0.5) / 256
    images = tf.constant(way[:, np.newaxis, np.newaxis] * picture)
else:
    # Why? How the logit changes with each pixel
    images = tf.constant(picture[np.newaxis])
with tf.GradientTape() as tape:
    tape.watch(images)
    logits = network(images)[1]
    if settings.against >= 0:
        wanted = logits[:, label] - logits[:, settings.against]
    else:
        wanted = logits[:, label]
heat = tf.reduce_mean(tape.gradient(wanted, images), axis=0).numpy()
if settings.method == "integrated":
    heat = picture * heat
print(f"sum over all pixels: {heat.sum():.4f}")

if settings.by == "alike":
    # The training images that are most alike to the last hidden layer
    # %% learned
    # %%
    parts = [network(images)[0][settings.index] for images in np.array_split(settings.images, 50)]
    distances = np.linalg.norm(np.concatenate(parts) - layers[settings.index], axis=1)
    nearest = np.argsort(distances)[:8]
else:
    # %% loss_of
    from shared import loss_of


    # %%
    # The training images that spoke {settings.by} the answer: what a step on each alone does to log p (TracIn, {settings.over})
    # %% learned
    # %% changes weights
    weights = {name: tf.constant(array) for name, array in weights.items()}
    if settings.is_last:
        moved = [weights[name] for name in weights if name.startswith(settings.last)]
    else:
        moved = [weights[name] for name in weights if name.endswith(("kernel", "bias"))]
    with tf.GradientTape() as tape:
        tape.watch(moved)
        log_p = tf.nn.log_softmax(network(picture[np.newaxis])[1])[0, label]
    uphill = tape.gradient(log_p, moved)
    parts = []
    for images, labels in zip(np.array_split(settings.images, 50), np.array_split(settings.labels, 50)):
        with tf.autodiff.ForwardAccumulator(moved, uphill) as along:
            loss = loss_of(labels, network(images)[1])
        parts.append(-along.jvp(loss).numpy())
    influences = np.concatenate(parts)
    if settings.by == "against":
        nearest = np.argsort(influences)[:8]
    else:
        nearest = np.argsort(-influences)[:8]
    print(f"influences: {influences[nearest]}")

# %%
if settings.chooses:
    labels, nearest = learned_labels[nearest], chosen[nearest]
else:
    labels = train_labels[nearest]
if settings.first:
    nearest = nearest + settings.first  # x_train[0] is left out as well
if settings.by == "alike":
    print(f"nearest training images: x_train[{nearest.tolist()}], of the classes {labels}")
else:
    print(f"most influential training images: x_train[{nearest.tolist()}], of the classes {labels}")
# %% result
np.savez("draw-result.npz", probabilities=probabilities, heat=heat, nearest=nearest)

# %% drawing
import matplotlib.pyplot as plt

figure, (left, right) = plt.subplots(1, 2, figsize=(8, 4.3), layout="constrained")
left.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
left.set_title(f"predicted {label}, probability {probabilities[label]:.2%}")
most = np.abs(heat).max() or 1
right.imshow(heat, cmap="RdBu", vmin=-most, vmax=most)
right.set_title("blue speaks for it, red against")
for place in (left, right):
    place.axis("off")
plt.savefig("draw-result.png", dpi=150)
plt.show()
