"""The blog post's story with Layerlight as a library: train, look inside, silence, ask why, go back, compare."""

from pathlib import Path

import layerlight
import numpy as np

with layerlight.new("sample") as session:
    run = session.train(preset="blog", epochs=5, progress=True)
    session.save("story.layerlight", overwrite=True)  # the window opens it
    print(f"{run}: {run.accuracy():.2%} of {len(session.data.test_images):,} test images")

    prints = run.fingerprints(layer=1, rows="class")
    print(f"A map of {prints.maps[0].shape} for each class; {len(prints.silent)} neurons are dead.")

    fours = np.flatnonzero(prints.favourites == 4)  # the neurons that answer to fours most
    without = run.silence(fours)
    share = without.class_accuracy().class_accuracy[4]
    print(f"Without {len(fours)} neurons of the fours: {without.accuracy():.2%}, of fours {share:.2%}")

    ideal = run.ideal(4, penalty="l2")
    print(f"The ideal four: probability {ideal.probabilities[0, 4]:.3f}, pixels to {ideal.images.max():.2f}")

    image = int(run.mistakes().images()[0])  # the misread image with the most probable answer
    reasons = run.saliency(image)
    print(f"Image {image} is read as {reasons.label}; what speaks for it adds up to {reasons.total:.2f}")

    early = run.at(epoch=1)
    both, later, sooner, neither = layerlight.compare(run, early).right
    print(f"After one epoch {early.accuracy():.2%}; {later} images are read only later, {sooner} only then.")

    for name, picture in {"fingerprints": prints, "ideal": ideal, "reasons": reasons}.items():
        Path(f"{name}.png").write_bytes(picture._repr_png_())  # what a notebook shows
