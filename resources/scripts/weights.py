"""Look at the weights that lead into each neuron, as pictures."""

import numpy as np

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(layer=1, against="", step=0, aspect="equal")

# %% lens


# %% pictures_of
def pictures_of(weights):
    """Return a picture for each neuron of layer 1, as (neurons, rows, columns)."""
    kernel = weights["layer1/kernel"]
    return kernel.T.reshape(-1, 28, 28)


# %% weights
from shared import weights
# %%
pictures = pictures_of(weights)
biases = weights[f"layer{settings.layer}/bias"]
if settings.against:
    # Less those that the run had after {settings.step:,} steps
    before = dict(np.load(settings.against))
    pictures, biases = pictures - pictures_of(before), biases - before[f"layer{settings.layer}/bias"]
norms = np.sqrt(np.sum(pictures**2, axis=(1, 2)))
for number in np.argsort(-norms)[:10]:  # the ten with the largest weights
    picture = pictures[number]
    print(f"neuron {number}: bias {biases[number]:.4f}, weights {picture.min():.4f} to {picture.max():.4f}, "
          f"norm {norms[number]:.4f}")
# %% result
np.savez("weights-result.npz", pictures=pictures, biases=biases, norms=norms)

# %% drawing
import matplotlib.pyplot as plt

figure, places = plt.subplots(6, 10, figsize=(11, 7.4), layout="constrained")
for place in places.flat:
    place.axis("off")
most = np.abs(pictures).max() or 1
for number, place in zip(np.argsort(-norms), places.flat):
    place.imshow(pictures[number], cmap="RdBu", vmin=-most, vmax=most, aspect=settings.aspect)
    place.set_title(f"{number}", fontsize=7)
figure.suptitle(f"The neurons of layer {settings.layer} with the largest weights: blue excites, red inhibits")
plt.savefig("weights-result.png", dpi=150)
plt.show()
