"""See how far the answers of a network may be believed."""

import numpy as np
import tensorflow as tf

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(temperature=1.0, threshold=0.9)

# %% data
from shared import test_images, test_labels
# %% weights
# %% lens


# %% network
from shared import network


# %%
TEMPERATURE, THRESHOLD = settings.temperature, settings.threshold  # what the logits are divided by; the least confidence of an answer
# All test images, in 10 parts: at once they would take much memory
parts = [network(part) for part in np.array_split(test_images, 10)]
logits = np.concatenate([logits for layers, logits in parts])
probabilities = tf.nn.softmax(logits.astype(np.float64) / TEMPERATURE).numpy()
answers, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
wrong = np.sum(answers != test_labels)
print(f"{wrong} of {len(answers)} test images are misread: accuracy {1 - wrong / len(answers):.2%}")

# Is it correct as often as its probabilities say? Answers in 15 bins by confidence (Guo et al., 2017)
group = np.clip(np.ceil(confidence * 15).astype(int) - 1, 0, 14)
error, said, right = 0.0, {}, {}
for number in range(15):
    members = group == number
    if members.any():
        said[number], right[number] = confidence[members].mean(), (answers == test_labels)[members].mean()
        error += members.mean() * abs(said[number] - right[number])
        print(f"confidence up to {(number + 1) / 15:.0%}: {members.sum():5} answers, on average {said[number]:.1%}, "
              f"{right[number]:.1%} correct")
print(f"expected calibration error: {error:.4f}")

# What if it may abstain where its confidence is below the threshold?
given = confidence >= THRESHOLD
print(f"at a threshold of {THRESHOLD:.4%} it abstains from {1 - given.mean():.2%} of the images")
if given.any():
    print(f"accuracy of the other answers: {(answers == test_labels)[given].mean():.2%}")


# %% drawing
import matplotlib.pyplot as plt

figure, place = plt.subplots(figsize=(6, 6), layout="constrained")
place.plot([0, 1], [0, 1], color="gray", linestyle="--", label="perfectly calibrated")
place.plot(list(said.values()), list(right.values()), "o-", label=f"temperature {TEMPERATURE:g}")
place.set(xlabel="confidence", ylabel="accuracy", title=f"expected calibration error {error:.4f}")
place.legend()
plt.savefig("mistakes-result.png", dpi=150)
plt.show()
