"""Lay the test images out on a map, so that those lie together that a layer takes for alike."""

import numpy as np
import tensorflow as tf

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(
    method="pca", layer=1, index=0, is_logits=False, images=1000, is_fewer=False, classes=10, perplexity=30.0,
    iterations=300, seed=0,
)  # fmt: skip

# %% data
from shared import test_images, test_labels
# %% weights
# %% lens
# %%
if settings.is_fewer:
    numbers = np.arange(settings.images) * len(test_images) // settings.images  # evenly picked; more take minutes
else:
    numbers = np.arange(settings.images) * len(test_images) // settings.images  # evenly picked
images, labels = test_images[numbers], test_labels[numbers]


# %% network
from shared import network


# %%
# All images, in 10 parts: at once they would take much memory
parts = [network(part) for part in np.array_split(images, 10)]
if settings.is_logits:
    vectors = np.concatenate([logits for layers, logits in parts])
else:
    vectors = np.concatenate([layers[settings.index] for layers, logits in parts])

# Principal components: the two directions along which the vectors differ most
centred = vectors - vectors.mean(axis=0)
values, axes = np.linalg.eigh(centred.T @ centred)
axes = axes[:, ::-1][:, :2]
if settings.method == "pca":
    axes *= np.where(axes[np.abs(axes).argmax(axis=0), [0, 1]] < 0, -1, 1)  # their largest weight is positive
points = centred @ axes
if settings.method == "pca":
    print(f"shares of all variance along both axes: {values[::-1][:2] / values.sum()}")
    for label in range(settings.classes):
        print(f"class {label}: middle {np.round(points[labels == label].mean(axis=0), 3)}")
else:
    PERPLEXITY, ITERATIONS = settings.perplexity, settings.iterations
    distances = np.stack([np.sum((vectors - vector) ** 2, axis=1) for vector in vectors]).astype(float)
    np.fill_diagonal(distances, np.inf)
    # Around each image a bell so wide that PERPLEXITY neighbours count: found by halving
    low, high, narrow = (np.full((len(vectors), 1), start) for start in (0.0, np.inf, 1.0))
    for _ in range(60):
        near = np.exp(-narrow * (distances - distances.min(axis=1, keepdims=True)))
        near /= near.sum(axis=1, keepdims=True)
        is_wide = -np.sum(near * np.log(near + 1e-300), axis=1, keepdims=True) > np.log(PERPLEXITY)
        low, high = np.where(is_wide, narrow, low), np.where(is_wide, high, narrow)
        narrow = np.where(np.isinf(high), 2 * narrow, (low + high) / 2)
    near = (near + near.T) / (2 * len(near))
    # It starts from the PCA, very small; neighbours attract each other (at first 12 times as much), all repel
    points = 1e-4 * points / points[:, 0].std() + np.random.default_rng(settings.seed).normal(0, 1e-5, points.shape)
    speed, gain = np.zeros_like(points), np.ones_like(points)
    for step in range(ITERATIONS):
        pull, keep = (12, 0.5) if step < ITERATIONS // 3 else (1, 0.8)
        close = 1 / (1 + np.sum((points[:, np.newaxis] - points) ** 2, axis=2)) - np.eye(len(points))
        force = (pull * near - close / close.sum()) * close
        slope = 4 * (force.sum(axis=1, keepdims=True) * points - force @ points)
        gain = np.maximum(np.where(speed * slope < 0, gain + 0.2, gain * 0.8), 0.01)
        speed = keep * speed - len(points) / 12 * gain * slope
        points = points + speed - (points + speed).mean(axis=0)
# %% result
np.savez("map-result.npz", points=points, labels=labels, numbers=numbers)

# %% drawing
import matplotlib.pyplot as plt

figure, place = plt.subplots(figsize=(8, 8), layout="constrained")
for label in np.unique(labels):
    look = {"color": plt.cm.tab10(label % 10), "marker": "o^Xsv"[label // 10 % 5]}
    place.scatter(*points[labels == label].T, s=6, **look, label=f"{label}")
place.legend(markerscale=3, title="class")
place.set_aspect("equal")
plt.savefig("map-result.png", dpi=150)
plt.show()
