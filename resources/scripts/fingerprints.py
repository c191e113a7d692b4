"""See how every neuron of a hidden layer answers to every test image, class by class."""

import numpy as np
import tensorflow as tf

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(rows="index", columns="index", layer=1, index=0, classes=10, others=9)

# %% data
from shared import test_images, test_labels
# %% weights
# %% lens


# %% network
from shared import network


# %%
# All test images, in 10 parts: at once they would take much memory
parts = [network(part) for part in np.array_split(test_images, 10)]
hidden = np.concatenate([layers[settings.index] for layers, logits in parts])
logits = np.concatenate([logits for layers, logits in parts])
probabilities = tf.nn.softmax(logits.astype(np.float64)).numpy()

if settings.rows == "index":
    rows = np.arange(hidden.shape[1])
elif settings.rows == "mean":
    rows = np.argsort(-hidden.mean(axis=0), kind="stable")  # the largest mean first
elif settings.rows == "class":
    # Rows: by the class that a neuron answers most to, first those that answer to no other
    means = np.stack([hidden[test_labels == label].mean(axis=0) for label in range(settings.classes)])
    means -= np.minimum(hidden.min(axis=0), 0)
    most, rest = means.max(axis=0), (means.sum(axis=0) - means.max(axis=0)) / settings.others
    rows = np.lexsort((-(most - rest) / (most + rest + 1e-30), means.argmax(axis=0)))
elif settings.rows == "similar":
    # %% changes alike
    # Rows: each next neuron is the one most correlated with the last (the application sorts by clusters)
    alike = np.nan_to_num(np.corrcoef(hidden[::5].T + 1e-9 * np.random.default_rng(0).normal(size=hidden[::5].T.shape)))
    rows = [int(hidden.mean(axis=0).argmax())]
    while len(rows) < len(alike):
        alike[:, rows[-1]] = -2  # is placed already
        rows.append(int(alike[rows[-1]].argmax()))
    rows = np.array(rows)
if settings.rows in ("class", "similar"):
    fires = (hidden != 0).any(axis=0)[rows]
    rows = np.concatenate([rows[fires], rows[~fires]])  # dead neurons come last
maps = {}
for label in range(settings.classes):
    columns = np.flatnonzero(test_labels == label)
    right = np.mean(probabilities[columns].argmax(axis=1) == label)
    if settings.columns == "probability":
        columns = columns[np.argsort(-probabilities[columns, label], kind="stable")]  # the most probable first
    elif settings.columns == "similar":
        centred = hidden[columns] - hidden[columns].mean(axis=0)
        columns = columns[np.argsort(centred @ np.linalg.svd(centred, full_matrices=False)[2][0])]
    maps[f"map{label}"] = hidden[columns][:, rows].T  # a row for each neuron, a column for each image
    print(f"class {label}: {len(columns)} images, {right:.2%} classified correctly")
print(f"all classes: {np.mean(probabilities.argmax(axis=1) == test_labels):.2%} classified correctly")
print(f"{np.sum(hidden.max(axis=0) <= 0)} of {hidden.shape[1]} neurons are never above zero")
# %% result
np.savez("fingerprints-result.npz", rows=rows, **maps)

# %% drawing
import matplotlib.pyplot as plt

figure, places = plt.subplots(-(-settings.classes // 5), 5, figsize=(14, 8), squeeze=False, layout="constrained")
for place in places.flat:
    place.axis("off")
strong = np.percentile(hidden, 99.5) or 1
for label, place in zip(range(settings.classes), places.flat):
    place.imshow(maps[f"map{label}"], cmap="Blues", vmin=0, vmax=strong, aspect="auto")
    place.set_title(f"class {label}")
figure.suptitle(f"A row for each neuron of layer {settings.layer}, a column for each test image")
plt.savefig("fingerprints-result.png", dpi=150)
plt.show()
