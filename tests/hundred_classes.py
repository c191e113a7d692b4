"""Writes a data set of a hundred classes whose names differ only at their ends: "Klasse 00" to "Klasse 99"."""

import numpy as np

NAMES = tuple(f"Klasse {number:02}" for number in range(100))

SIDE = 14  # rows and columns of an image


def write_hundred_classes(folder, *, train=20, test=5):
    """Write the images, a bright block at a place of its own for each class, and their names; return the file."""
    generator = np.random.default_rng(31)

    def part(count):
        labels = generator.permutation(np.repeat(np.arange(len(NAMES)), count))
        images = generator.integers(0, 60, (len(labels), SIDE, SIDE), np.uint8)
        for image, label in zip(images, labels, strict=True):
            row, column = 2 + label // 10, 2 + label % 10
            image[row : row + 2, column : column + 2] = 255
        return images, labels.astype(np.uint8)

    (x_train, y_train), (x_test, y_test) = part(train), part(test)
    file = folder / "hundred.npz"
    np.savez_compressed(file, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    (folder / "classes.txt").write_text("\n".join(NAMES), encoding="utf-8")
    return file
