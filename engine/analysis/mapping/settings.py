"""The settings of a map, and their words."""

from engine.core.knobs import Spec, knob
from engine.core.language import mark, tr

METHODS = {"pca": "PCA", "tsne": "t-SNE"}

FEWEST, MOST = 4, 10_000  # fewest images of a map; and most, which take half a minute


class MapSpec(Spec):
    """The settings of a map."""

    method: str = knob(
        "pca",
        title=mark("Method"),
        help=mark("PCA looks along the two directions that differ most; t-SNE keeps neighbours together"),
        choices=METHODS,
    )
    images: int = knob(
        MOST, title=mark("Images"), help=mark("number of test images, evenly picked"), within=(FEWEST, MOST)
    )
    perplexity: float = knob(
        30.0, title=mark("Perplexity"), help=mark("how many neighbours count for t-SNE"), within=(2, 200)
    )
    iterations: int = knob(
        750, title=mark("Iterations"), help=mark("of t-SNE; the first third draws groups together"), within=(30, 5000)
    )
    seed: int = knob(1, title=mark("Seed"), help=mark("what shakes the start of t-SNE a little"), within=(0, 2**31 - 1))

    def relevant(self) -> "MapSpec":
        """Return the settings with those that the method does not use at their defaults, so that equal maps compare."""
        return self if self.method == "tsne" else MapSpec(method="pca", images=self.images)

    def fewer(self, images: int) -> "MapSpec":
        """Return the settings for a data set with fewer images: its neighbours are three times the perplexity."""
        count = min(self.images, images)
        return self.but(images=count, perplexity=max(2.0, min(self.perplexity, (count - 1) / 3)))

    def in_words(self, former: str = "") -> str:
        """Return the settings as a sentence without a full stop; `former` names the map that it started from."""
        if self.method == "pca":
            if former:
                return tr("PCA: {count:,} images, aligned with the map of {former}", count=self.images, former=former)
            return tr("PCA: {count:,} images", count=self.images)
        sentence = mark(
            "t-SNE: {count:,} images, perplexity {perplexity:g}, {iterations:,} iterations, PCA start, seed {seed}"
        )
        if former:
            sentence = mark(
                "t-SNE: {count:,} images, perplexity {perplexity:g}, {iterations:,} iterations, "
                "from the map of {former}, seed {seed}"
            )
        return tr(
            sentence,
            count=self.images,
            perplexity=self.perplexity,
            iterations=moved_iterations(self.iterations) if former else self.iterations,
            former=former,
            seed=self.seed,
        )


def moved_iterations(iterations: int) -> int:
    """Return the number of iterations of a map that starts from that of a neighbouring moment."""
    return max(1, iterations // 5)
