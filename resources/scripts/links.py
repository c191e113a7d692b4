"""Follow a picture through a network: the strongest neurons, and what flows most between them."""

import numpy as np
import tensorflow as tf

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(layers=2, activation=tf.nn.relu)

# %% data
from shared import test_images
# %% weights
from shared import weights
# %% lens
# %%
LAYERS, MOST_NEURONS, MOST_LINKS = settings.layers, 40, 160  # of each layer, and between two layers
# What the neurons of each changed layer pass on of their output, and what is added to that
# %% changes
passed = {}
added = {}
# %% picture
picture = test_images[0]

# %%
# What enters each layer, and what each hidden layer makes of it
# %% activations
# %%
given, hidden, x = [], [], picture[np.newaxis, ..., np.newaxis]
for n in range(1, LAYERS + 1):
    kernel, bias = weights[f"layer{n}/kernel"], weights[f"layer{n}/bias"]
    given.append(np.squeeze(np.asarray(x), axis=0) if n > 1 else picture)
    is_map = kernel.ndim == 4
    x = (tf.nn.conv2d(x, kernel, 1, "SAME") if is_map else tf.reshape(x, (1, -1)) @ kernel) + bias
    if n < LAYERS:
        x = settings.activation(x) * passed.get(n, 1) + added.get(n, 0)
        hidden.append(np.mean(x, axis=(0, 1, 2)) if is_map else x.numpy()[0])  # feature maps, averaged
        x = tf.nn.max_pool2d(x, 2, 2, "SAME") if is_map else x
logits = x.numpy()[0]

chosen = [np.sort(np.argsort(-np.abs(output), kind="stable")[:MOST_NEURONS]) for output in hidden]
chosen.append(np.arange(len(logits)))
links = {}
for n in range(1, LAYERS + 1):
    kernel, values = weights[f"layer{n}/kernel"], given[n - 1]
    # What flows is activation times weight; with feature maps it is summed over their places
    if kernel.ndim == 4:
        flow = kernel.sum(axis=(0, 1)) * values.mean(axis=(0, 1))[:, np.newaxis] if n > 1 \
            else values.reshape(-1, 1) * kernel.sum(axis=(0, 1, 2))
    else:
        flow = values.reshape(-1, 1) * kernel
        flow = flow.reshape(-1, values.shape[2], kernel.shape[1]).sum(axis=0) if values.ndim == 3 else flow
    flow = flow[:, chosen[n - 1]] if n == 1 else flow[np.ix_(chosen[n - 2], chosen[n - 1])]
    strongest = np.argsort(-np.abs(flow), axis=None, kind="stable")[:MOST_LINKS]
    strongest = strongest[flow.ravel()[strongest] != 0]
    sources, targets = np.unravel_index(strongest, flow.shape)
    links[f"links{n}"] = np.stack([sources, targets, flow.ravel()[strongest]])
    source, target, strength = sources[:1], chosen[n - 1][targets[:1]], flow.ravel()[strongest[:1]]
    print(f"into layer {n}: {len(strongest)} links, the strongest from {source} to neuron {target}: {strength}")
probabilities = tf.nn.softmax(logits).numpy()
print(f"the answer is {probabilities.argmax()}, probability {probabilities.max():.2%}")
# %% result
np.savez("graph-result.npz", probabilities=probabilities, **links)

# %% drawing
import matplotlib.pyplot as plt

figure, place = plt.subplots(figsize=(3 + 3 * LAYERS, 8), layout="constrained")
rows, columns = picture.shape
heights = [np.linspace(1, 0, len(numbers)) for numbers in chosen]
for n in range(1, LAYERS + 1):
    sources, targets, flows = links[f"links{n}"]
    for source, target, flow in zip(sources.astype(int), targets.astype(int), flows):
        x, y = n - 1, heights[n - 2][source] if n > 1 else 0
        if n == 1:  # from a pixel
            x, y = (source % columns + 0.5) / columns - 1.1, 0.68 - 0.36 * (source // columns + 0.5) / rows
        color = "tab:blue" if flow > 0 else "tab:orange"
        place.plot([x, n], [y, heights[n - 1][target]], color=color, alpha=0.5, lw=2 * abs(flow) / abs(flows).max())
place.imshow(picture, cmap="gray_r", extent=(-1.1, -0.1, 0.32, 0.68), aspect="auto", zorder=0)
for n, numbers in enumerate(chosen, 1):
    place.scatter(np.full(len(numbers), n), heights[n - 1], color="black", s=12, zorder=3)
for label, height in enumerate(heights[-1]):
    place.text(LAYERS + 0.05, height, f"{label}: {probabilities[label]:.2%}", va="center")
place.set(xlim=(-1.15, LAYERS + 0.6), ylim=(-0.03, 1.03))
place.axis("off")
plt.savefig("graph-result.png", dpi=150)
plt.show()
