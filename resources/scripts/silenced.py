"""Let some neurons pass on something else than they compute, and see what becomes of the accuracy."""

import numpy as np
import tensorflow as tf

# %% data
from shared import test_images, test_labels
# %% weights
from shared import weights


# %% untouched
from shared import network


# %% right_answers
def right_answers():
    """Return of each test image whether the network reads it correctly, as it is now."""
    parts = [network(part)[1] for part in np.array_split(test_images, 10)]
    return np.concatenate(parts).argmax(axis=1) == test_labels


# %%
right_before = right_answers()

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
right_after = right_answers()
print(f"all classes: {right_before.mean():.2%} classified correctly before, {right_after.mean():.2%} after")
classes = np.unique(test_labels)
before = [right_before[test_labels == label].mean() for label in classes]
after = [right_after[test_labels == label].mean() for label in classes]
for label, share_before, share_after in zip(classes, before, after):
    print(f"class {label}: {share_before:.2%} before, {share_after:.2%} after")

# %% drawing
import matplotlib.pyplot as plt

figure, place = plt.subplots(figsize=(8, 4), layout="constrained")
place.bar(classes - 0.2, before, 0.4, label="before")
place.bar(classes + 0.2, after, 0.4, label="after")
place.set(xlabel="class", ylabel="classified correctly", xticks=classes)
place.legend(loc="lower right")
plt.savefig("silenced-result.png", dpi=150)
plt.show()
