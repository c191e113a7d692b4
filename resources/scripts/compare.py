"""Set two networks side by side: what they answer differently, and how alike their layers are."""

import numpy as np
import tensorflow as tf

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(is_alike=True)

# %% data
from shared import test_images, test_labels
# %% other
from shared import weights


# %% other_network
from shared import network


# %% answered
def answered():
    """Return what the network makes of all test images, in `weights` as they are now."""
    parts = [network(part) for part in np.array_split(test_images, 10)]
    hidden = [np.concatenate([np.asarray(part[0][n]) for part in parts]) for n in range(len(parts[0][0]))]
    return hidden, np.concatenate([np.asarray(part[1]) for part in parts])


# %%
other_hidden, other_logits = answered()
other_weights = weights

# %% weights
from shared import weights
# %% lens
passed1 = np.ones(300, np.float32)
passed1[np.r_[3, 7]] = 0


# %% network
def network(images):
    """Return what each hidden layer makes of images (n, 28, 28), and the logits."""
    x = tf.reshape(images, (-1, 784))
    W1, b1 = weights["layer1/kernel"], weights["layer1/bias"]
    W2, b2 = weights["layer2/kernel"], weights["layer2/bias"]
    hidden_out = tf.nn.relu(x @ W1 + b1) * passed1
    logits = hidden_out @ W2 + b2
    return [hidden_out], logits


# %%
hidden, logits = answered()
one, other = logits.argmax(axis=1), other_logits.argmax(axis=1)
right, other_right = one == test_labels, other == test_labels
print(f"both read {np.sum(right & other_right):,} of {len(one):,} test images correctly, only the one "
      f"{np.sum(right & ~other_right):,}, only the other {np.sum(~right & other_right):,}, "
      f"neither {np.sum(~right & ~other_right):,}")
differing = np.flatnonzero(one != other)
print(f"{len(differing):,} images are answered differently")
for number in differing[:20]:
    print(f"image {number}: a {test_labels[number]}, the one says {one[number]}, the other {other[number]}")


# %% alike
def alike(x, y):
    """Return the linear CKA of two layers (images, neurons): 1 where one is the other but for a turn and size."""
    x, y = (each - each.mean(axis=0) for each in (x.astype(np.float64), y.astype(np.float64)))
    shared, own, others = (np.square(a.T @ b).sum() for a, b in ((x, y), (x, x), (y, y)))
    return shared / max(np.sqrt(own * others), 1e-300)


# %%
cka = np.array([[alike(x, y) for y in [*other_hidden, other_logits]] for x in [*hidden, logits]])
print("how alike the layers are (CKA), a row for each of the one, the outputs last:")
print(cka.round(3))
if settings.is_alike:

    # Layer by layer and neuron by neuron: both networks have the same layers
    for number, (x, y) in enumerate(zip(hidden, other_hidden), 1):
        classes = np.unique(test_labels)
        means = [np.stack([each[test_labels == label].mean(axis=0) for label in classes]) for each in (x, y)]
        difference = means[0] - means[1]
        neuron = np.abs(difference).max(axis=0).argmax()
        print(f"layer {number}: the class means of neuron {neuron} differ most, by "
              f"{np.abs(difference[:, neuron]).max():.4g}")
    for name, array in weights.items():
        if name in other_weights and name.endswith("kernel"):
            print(f"{name}: the weights differ by {np.sqrt(np.mean((array - other_weights[name]) ** 2)):.4g} on average")

    # %%
# %% result
np.savez("compare-result.npz", one=one, other=other, differing=differing, cka=cka)


# %% drawing
import matplotlib.pyplot as plt

figure, place = plt.subplots(figsize=(5, 5), layout="constrained")
place.imshow(cka, cmap="Blues", vmin=0, vmax=1)
for (row, column), value in np.ndenumerate(cka):
    place.text(column, row, f"{value:.2f}", ha="center", va="center")
place.set(xlabel="layer of the other", ylabel="layer of the one", title="CKA of all layers")
plt.savefig("compare-result.png", dpi=150)
plt.show()
