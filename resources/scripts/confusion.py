"""See which test images a network misreads, and as what."""

import numpy as np
import tensorflow as tf

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(label=-1, answer=-1, classes=10)

# %% data
from shared import test_images, test_labels
# %% weights
# %% lens


# %% network
from shared import network


# %%
# All test images, in 10 parts: at once they would take much memory
parts = [network(part) for part in np.array_split(test_images, 10)]
logits = np.concatenate([logits for layers, logits in parts])
probabilities = tf.nn.softmax(logits.astype(np.float64)).numpy()
answers, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
wrong = np.sum(answers != test_labels)
print(f"{wrong} of {len(answers)} test images are misread: accuracy {1 - wrong / len(answers):.2%}")

# Rows are the actual classes, columns the predicted ones
confusion = np.zeros((settings.classes, settings.classes), int)
np.add.at(confusion, (test_labels, answers), 1)
print(confusion)

if settings.label >= 0 and settings.answer >= 0:
    found = np.flatnonzero((test_labels == settings.label) & (answers == settings.answer))
elif settings.label >= 0:
    found = np.flatnonzero((answers != test_labels) & (test_labels == settings.label))
elif settings.answer >= 0:
    found = np.flatnonzero((answers != test_labels) & (answers == settings.answer))
else:
    found = np.flatnonzero(answers != test_labels)
found = found[np.argsort(-confidence[found], kind="stable")]  # the most probable first
for number in found[:20]:
    print(f"image {number}: a {test_labels[number]}, predicted as {answers[number]}, "
          f"probability {confidence[number]:.2%}")
# %% result
np.savez("mistakes-result.npz", confusion=confusion, numbers=found, images=test_images[found])


# %% drawing
import matplotlib.pyplot as plt

figure, place = plt.subplots(figsize=(7, 7), layout="constrained")
wrong_only = confusion - np.diag(np.diag(confusion))
place.imshow(wrong_only, cmap="Oranges")
for (label, answer), count in np.ndenumerate(confusion):
    if count:
        place.text(answer, label, count, ha="center", va="center")
place.set(xlabel="predicted", ylabel="actual", xticks=range(settings.classes), yticks=range(settings.classes))
plt.savefig("mistakes-result.png", dpi=150)
plt.show()
