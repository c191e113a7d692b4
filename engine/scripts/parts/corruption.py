"""The parts of the Mistakes tab's script that corrupt the test images, exactly as the application does."""

from __future__ import annotations

from string import Template

CHANCE = """\
# What is random in an image follows from its number
generators = [np.random.Generator(np.random.Philox(key=[7, number])) for number in range(len(test_images))]"""

BETWEEN = '''

def read(rows, columns):
    """Return the test images read at places between their pixels; beyond the edges there is no ink."""
    padded = np.pad(test_images, ((0, 0), (1, 2), (1, 2)))
    rows, columns = np.clip(rows + 1, 0, $rows + 1), np.clip(columns + 1, 0, $columns + 1)
    top, left = rows.astype(int), columns.astype(int)
    down, right, n = rows - top, columns - left, np.arange(len(padded))[:, np.newaxis, np.newaxis]
    above = padded[n, top, left] * (1 - right) + padded[n, top, left + 1] * right
    below = padded[n, top + 1, left] * (1 - right) + padded[n, top + 1, left + 1] * right
    return above * (1 - down) + below * down'''

SETUPS = {
    "noise": CHANCE
    + """
noise = np.stack([generator.standard_normal(($rows, $columns), np.float32) for generator in generators])""",
    "blur": '''
def bell(side, deviation):
    """Return what of each row's ink comes to each other row, as (side, side)."""
    weights = np.exp(-((np.arange(-199, 200) / deviation) ** 2) / 2)
    apart = np.subtract.outer(np.arange(side), np.arange(side))
    return (weights[199 + apart] / weights.sum()).astype(np.float32)''',
    "shift": CHANCE
    + """
angles = np.array([[[generator.uniform(0, 2 * np.pi)]] for generator in generators], np.float32)
y, x = np.indices(($rows, $columns), np.float32)"""
    + BETWEEN,
    "rotation": CHANCE
    + """
signs = np.array([[[1 if generator.random() < 0.5 else -1]] for generator in generators], np.float32)
y, x = np.indices(($rows, $columns), np.float32) - np.float32([[[$middle_y]], [[$middle_x]]])"""
    + BETWEEN,
    "occlusion": CHANCE
    + '''
places = np.array([generator.random(2) for generator in generators])


def covered(side, share, places):
    """Return how much of each row is covered, as (images, side)."""
    begin, rows = (1 - share) * places[:, np.newaxis] * side, np.arange(side)
    return np.clip(np.minimum(begin + share * side, rows + 1) - np.maximum(begin, rows), 0, 1)''',
}

CORRUPTED = {
    "noise": "corrupted = test_images + np.float32(strength) * noise",
    "blur": "deviation = max(strength * $rows / 7, 1e-3)\n"
    "corrupted = bell($rows, deviation) @ test_images @ bell($columns, deviation)",
    "shift": "corrupted = read(y - strength * $rows / 2 * np.sin(angles), x - strength * $rows / 2 * np.cos(angles))",
    "rotation": "sine, cosine = np.sin(np.pi * strength * signs), np.cos(np.pi * strength * signs)\n"
    "corrupted = read(cosine * y - sine * x + $middle_y, sine * y + cosine * x + $middle_x)",
    "occlusion": "down, across = covered($rows, strength, places[:, 0]), covered($columns, strength, places[:, 1])\n"
    "corrupted = test_images * (1 - down[:, :, np.newaxis] * across[:, np.newaxis])",
}

MOST = {
    "noise": "{strength:.1f} of full ink",
    "blur": "{strength * $rows / 7:.1f} px",
    "shift": "{strength * $rows / 2:.1f} px",
    "rotation": "{strength * 180:.0f}°",
    "occlusion": "{strength:.0%} of each side",
}

PAGE = """\
$setup


print("accuracy on the corrupted test images, by $kind:")
accuracies = []
for strength in np.arange(11) / 10:
$corrupted
    corrupted = (np.rint(np.clip(corrupted, 0, 1) * 255) / 255).astype(np.float32)  # as a file holds them
    logits = np.concatenate([network(images)[1] for images in np.array_split(corrupted, $parts)])
    accuracies.append(np.mean(logits.argmax(axis=1) == test_labels))
    print(f"$amount: {accuracies[-1]:.2%}")
"""


def corruption_lines(kind: str, shape: tuple[int, int], parts: int) -> str:
    """Return the lines that corrupt test images of this shape (rows, columns) ever more, and measure the accuracy."""
    rows, columns = shape
    lines = [f"    {line}" for line in CORRUPTED[kind].split("\n")]
    text = Template(PAGE).safe_substitute(
        setup=SETUPS[kind], kind=kind, corrupted="\n".join(lines), amount=MOST[kind], parts=str(parts)
    )
    return Template(text).substitute(
        rows=str(rows),
        columns=str(columns),
        middle_y=f"{(rows - 1) / 2:g}",
        middle_x=f"{(columns - 1) / 2:g}",
    )
