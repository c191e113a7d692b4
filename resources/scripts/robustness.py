"""See how robust a network is to corrupted pictures."""

import numpy as np
import tensorflow as tf

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(kind="noise", rows=28, columns=28, middle_y=13.5, middle_x=13.5)

# %% data
from shared import test_images, test_labels
# %% weights
# %% lens


# %% network
from shared import network


# %%
if settings.kind == "blur":
    # %% bell
    def bell(side, deviation):
        """Return what of each row's ink comes to each other row, as (side, side)."""
        weights = np.exp(-((np.arange(-199, 200) / deviation) ** 2) / 2)
        apart = np.subtract.outer(np.arange(side), np.arange(side))
        return (weights[199 + apart] / weights.sum()).astype(np.float32)
else:
    # What is random in an image follows from its number
    generators = [np.random.Generator(np.random.Philox(key=[7, number])) for number in range(len(test_images))]
    if settings.kind == "noise":
        noise = np.stack([generator.standard_normal((settings.rows, settings.columns), np.float32) for generator in generators])
    elif settings.kind == "shift":
        angles = np.array([[[generator.uniform(0, 2 * np.pi)]] for generator in generators], np.float32)
        y, x = np.indices((settings.rows, settings.columns), np.float32)
    elif settings.kind == "rotation":
        signs = np.array([[[1 if generator.random() < 0.5 else -1]] for generator in generators], np.float32)
        y, x = np.indices((settings.rows, settings.columns), np.float32) - np.float32([[[settings.middle_y]], [[settings.middle_x]]])
    elif settings.kind == "occlusion":
        places = np.array([generator.random(2) for generator in generators])


        # %% covered
        def covered(side, share, places):
            """Return how much of each row is covered, as (images, side)."""
            begin, rows = (1 - share) * places[:, np.newaxis] * side, np.arange(side)
            return np.clip(np.minimum(begin + share * side, rows + 1) - np.maximum(begin, rows), 0, 1)
    if settings.kind in ("shift", "rotation"):

        # %% read
        def read(rows, columns):
            """Return the test images read at places between their pixels; beyond the edges there is no ink."""
            padded = np.pad(test_images, ((0, 0), (1, 2), (1, 2)))
            rows, columns = np.clip(rows + 1, 0, settings.rows + 1), np.clip(columns + 1, 0, settings.columns + 1)
            top, left = rows.astype(int), columns.astype(int)
            down, right, n = rows - top, columns - left, np.arange(len(padded))[:, np.newaxis, np.newaxis]
            above = padded[n, top, left] * (1 - right) + padded[n, top, left + 1] * right
            below = padded[n, top + 1, left] * (1 - right) + padded[n, top + 1, left + 1] * right
            return above * (1 - down) + below * down


# %%
print(f"accuracy on the corrupted test images, by {settings.kind}:")
accuracies = []
for strength in np.arange(11) / 10:
    if settings.kind == "noise":
        corrupted = test_images + np.float32(strength) * noise
    elif settings.kind == "blur":
        deviation = max(strength * settings.rows / 7, 1e-3)
        corrupted = bell(settings.rows, deviation) @ test_images @ bell(settings.columns, deviation)
    elif settings.kind == "shift":
        corrupted = read(y - strength * settings.rows / 2 * np.sin(angles), x - strength * settings.rows / 2 * np.cos(angles))
    elif settings.kind == "rotation":
        sine, cosine = np.sin(np.pi * strength * signs), np.cos(np.pi * strength * signs)
        corrupted = read(cosine * y - sine * x + settings.middle_y, sine * y + cosine * x + settings.middle_x)
    elif settings.kind == "occlusion":
        down, across = covered(settings.rows, strength, places[:, 0]), covered(settings.columns, strength, places[:, 1])
        corrupted = test_images * (1 - down[:, :, np.newaxis] * across[:, np.newaxis])
    corrupted = (np.rint(np.clip(corrupted, 0, 1) * 255) / 255).astype(np.float32)  # as a file holds them
    logits = np.concatenate([network(images)[1] for images in np.array_split(corrupted, 10)])
    accuracies.append(np.mean(logits.argmax(axis=1) == test_labels))
    if settings.kind == "noise":
        print(f"{strength:.1f} of full ink: {accuracies[-1]:.2%}")
    elif settings.kind == "blur":
        print(f"{strength * settings.rows / 7:.1f} px: {accuracies[-1]:.2%}")
    elif settings.kind == "shift":
        print(f"{strength * settings.rows / 2:.1f} px: {accuracies[-1]:.2%}")
    elif settings.kind == "rotation":
        print(f"{strength * 180:.0f}°: {accuracies[-1]:.2%}")
    elif settings.kind == "occlusion":
        print(f"{strength:.0%} of each side: {accuracies[-1]:.2%}")


# %% drawing
import matplotlib.pyplot as plt

figure, place = plt.subplots(figsize=(7, 4.5), layout="constrained")
place.plot(np.arange(11) / 10, accuracies, "o-")
place.set(xlabel="strength", ylabel="accuracy", ylim=(0, 1), title=f"by {settings.kind}")
plt.savefig("mistakes-result.png", dpi=150)
plt.show()
