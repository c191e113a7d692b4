"""See what lies on the straight road between the weights of two networks."""

import numpy as np
import tensorflow as tf

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(loss_name="binary cross-entropy (clipped)")

# %% data
from shared import test_images, test_labels
# %% weights
from shared import weights
# %% other
other = {name: 0.5 * array for name, array in weights.items()}
# %% lens


# %% network
def network(images):
    """Return what each hidden layer makes of images (n, 28, 28), and the logits."""
    x = tf.reshape(images, (-1, 784))
    W1, b1 = weights["layer1/kernel"], weights["layer1/bias"]
    W2, b2 = weights["layer2/kernel"], weights["layer2/bias"]
    hidden_out = tf.nn.relu(x @ W1 + b1)
    logits = hidden_out @ W2 + b2
    return [hidden_out], logits


# %% loss_of
from shared import loss_of


# %% changes weights
one = weights
places, accuracies, losses = np.linspace(0, 1, 25), [], []
for place in places:
    weights = {name: (1 - place) * one[name] + place * other[name] for name in other}
    weights |= {name: array for name, array in one.items() if name not in other}  # what the lens changes
    logits = np.concatenate([np.asarray(network(part)[1]) for part in np.array_split(test_images, 10)])
    accuracies.append(np.mean(logits.argmax(axis=1) == test_labels))
    losses.append(np.mean(loss_of(test_labels, logits)))
    print(f"{place:.0%} of the way: accuracy {accuracies[-1]:.2%}, {settings.loss_name} {losses[-1]:.4f}")
for name, heights in (("accuracy", -np.array(accuracies)), (settings.loss_name, np.array(losses))):
    line = heights[0] + (heights[-1] - heights[0]) * places
    print(f"barrier in {name}: {max(0, (heights - line)[1:-1].max()):.4f}")
# %% result
np.savez("compare-result.npz", places=places, accuracies=accuracies, losses=losses)


# %% drawing
import matplotlib.pyplot as plt

figure, (above, below) = plt.subplots(2, 1, figsize=(7, 6), sharex=True, layout="constrained")
above.plot(places, accuracies)
above.set(ylabel="test accuracy")
below.plot(places, losses)
below.set(xlabel="share of the other network", ylabel=f"test loss: {settings.loss_name}")
plt.savefig("compare-result.png", dpi=150)
plt.show()
