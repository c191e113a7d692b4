"""Look at the data: how many images of each class, their means, and what a network learns from."""

import numpy as np

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(chooses=False)

# %% data
from shared import test_images, test_labels, train_images, train_labels

# %%
if settings.chooses:
    # %% learned
    from shared import chosen, learned_labels
else:
    chosen, learned_labels = np.arange(len(train_labels)), train_labels  # a network learns from all images
# %%
classes = np.unique(train_labels)
means = np.stack([train_images[train_labels == each].mean(axis=0) for each in classes])
print(f"{len(train_images):,} training and {len(test_images):,} test images")
for each in classes:
    counts = [np.sum(labels == each) for labels in (train_labels, train_labels[chosen], test_labels)]
    print("class {}: {:,} for training, {:,} of them chosen, {:,} for testing".format(each, *counts))
wrong = learned_labels != train_labels[chosen]
print(f"a run learns from {len(chosen):,} images, {wrong.sum():,} of them with a wrong label")
# %% result
np.savez("data-result.npz", means=means, chosen=chosen, learned_labels=learned_labels)

# %% drawing
import matplotlib.pyplot as plt

figure, places = plt.subplots(2, len(means), figsize=(len(means), 2.4), layout="constrained", squeeze=False)
for each, mean, above, below in zip(classes, means, *places):
    above.imshow(mean, cmap="gray_r")
    above.set_title(each)
    own = chosen[learned_labels == each]
    if len(own):
        below.imshow(train_images[own[0]], cmap="gray_r")
    above.axis("off"), below.axis("off")
plt.savefig("data-result.png", dpi=150)
plt.show()
