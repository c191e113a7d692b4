"""See what each layer of a network makes of one picture."""

import numpy as np

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(
    has_gelu=False, is_convolutional=False, last=2, is_plain=True, has_windows=False, has_resized=False,
)  # fmt: skip

# %% data
from shared import test_images
# %% weights
from shared import weights
# %% lens


# %%
if settings.has_gelu:
    # %% erf
    def erf(x):
        """Return the error function within 2e-7: Abramowitz and Stegun (1964), 7.1.26."""
        t = 1 / (1 + 0.3275911 * np.abs(x))
        factors = 1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592, 0
        return np.sign(x) * (1 - np.polyval(factors, t) * np.exp(-x * x))


# %% activate
def activate(x):
    """Return what the activation function relu makes of sums."""
    return np.maximum(x, 0)


# %%
if settings.is_convolutional:
    # %% patches
    def patches(x):
        """Return the 3 x 3 numbers around each place of x (rows, columns, maps); beyond the edges lies zero."""
        rows, columns, _ = x.shape
        padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
        return np.stack([[padded[i:i + rows, j:j + columns] for j in range(3)] for i in range(3)])


    # %% pooled
    def pooled(x):
        """Return the largest of each 2 x 2 places."""
        rows, columns, _ = x.shape
        padded = np.pad(x, ((0, rows % 2), (0, columns % 2), (0, 0)), constant_values=-np.inf)
        return np.max([padded[i::2, j::2] for i in range(2) for j in range(2)], axis=0)


# %%
if settings.has_windows:
    # %% windows
    def windows(x, size, strides=(1, 1), dilations=(1, 1), edges=((0, 0), (0, 0)), beyond=0):
        """Return what a window sees at each place of x (rows, columns, maps): (rows, columns, maps, *size)."""
        x = np.pad(x, (*edges, (0, 0)), constant_values=beyond)
        reach = [(count - 1) * gap + 1 for count, gap in zip(size, dilations)]
        seen = np.lib.stride_tricks.sliding_window_view(x, reach, axis=(0, 1))[::strides[0], ::strides[1]]
        return seen[..., ::dilations[0], ::dilations[1]]


# %%
if settings.has_resized:
    # %% resized
    def resized(x, rows, columns):
        """Return x (rows, columns, maps) in another size, interpolated between the middles of pixels."""
        for axis, count in enumerate((rows, columns)):
            places = (np.arange(count) + 0.5) * x.shape[axis] / count - 0.5
            shares = np.stack([np.interp(places, np.arange(len(one)), one) for one in np.eye(x.shape[axis])])
            x = np.moveaxis(np.tensordot(shares.astype(np.float32), x, axes=(0, axis)), 0, axis)
        return x


# %% picture
picture = test_images[0]
# %%
if not settings.is_plain:
    hidden = []
elif settings.is_convolutional:
    x, hidden = picture[..., np.newaxis], []
else:
    x, hidden = picture.ravel(), []
# %% layers
x = x.ravel() @ weights["layer1/kernel"] + weights["layer1/bias"]
x = activate(x)
hidden.append(x)
# %%
kernel, bias = weights[f"layer{settings.last}/kernel"], weights[f"layer{settings.last}/bias"]
logits = x.ravel() @ kernel + bias
probabilities = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
for n, values in enumerate(hidden, 1):
    place = np.unravel_index(values.argmax(), values.shape)
    print(f"layer {n}: {values.shape}, {np.mean(values > 0):.1%} above zero, most {values[place]:.4f} at {place}")
print(f"the answer is {logits.argmax()}, with {probabilities.max():.4f}")
layers = {f"layer{n}": values for n, values in enumerate(hidden, 1)}
# %% result
np.savez("activations-result.npz", logits=logits, probabilities=probabilities, **layers)

# %% drawing
import matplotlib.pyplot as plt

size = 4 * len(hidden) + 3, 4.6
figure, places = plt.subplots(1, len(hidden) + 1, figsize=size, layout="constrained", squeeze=False)
places[0, 0].imshow(picture, cmap="gray_r", vmin=0, vmax=1)
places[0, 0].set_title(f"predicted {logits.argmax()}")
for n, (place, values) in enumerate(zip(places[0, 1:], hidden), 1):
    maps = values.transpose(2, 0, 1) if values.ndim == 3 else values.reshape(-1, 1, 1)
    across = int(np.ceil(np.sqrt(len(maps))))
    empty = np.full((-len(maps) % across, *maps.shape[1:]), np.nan)
    tiles = np.concatenate([maps, empty]).reshape(-1, across, *maps.shape[1:])
    seen = place.imshow(np.concatenate(np.concatenate(tiles, axis=1), axis=1))
    figure.colorbar(seen, ax=place, shrink=0.8)
    place.set_title(f"layer {n}: {len(maps)} {'maps' if values.ndim == 3 else 'neurons'}")
for place in places.flat:
    place.axis("off")
plt.savefig("activations-result.png", dpi=150)
plt.show()
