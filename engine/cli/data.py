"""The command `data`: the contents of a data set, what a run would learn from, and duplicates across its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from engine.cli.parts.command import Answer, Given, Knobs, Row, attributes, command
from engine.cli.parts.terminal import messages, say
from engine.cli.parts.which import Count, Dataset, Json
from engine.core.language import mark, tr, tr_plural, with_marks
from engine.core.messages import answer
from engine.core.specs import DataSpec
from engine.core.text import fitted, in_columns

if TYPE_CHECKING:
    from engine.analysis.probes.data_overview import DataOverview
    from engine.analysis.probes.duplicates import Duplicates
    from engine.data.dataset import Dataset as Data


@command(75, mark("tell what is in a data set"))
def data_command(
    *,
    dataset: Dataset = None,
    settings: Annotated[Given, Knobs(DataSpec)],
    duplicates: bool = False,
    most: Count = 20,
    json: Json = False,
) -> Answer:
    """Tell what is in a data set: its classes and counts, what a run with some settings learns from, and which test
    images are in the training images as well.

    duplicates: name the test images that are in the training images as well, or nearly so: some seconds for MNIST
    most N: how many pairs are listed, the most similar first (200 at most; default: 20)
    """
    from engine.analysis.probes.data_overview import DataOverview, data_overview
    from engine.analysis.probes.duplicates import Duplicates, find_duplicates
    from engine.data.sources import open_dataset
    from engine.model.training.learned import learned
    from engine.session.session import Session

    data, notice = open_dataset(dataset)
    if notice and notice != data.remark:  # the remark is among the facts
        say(notice)
    chosen = learned(data, DataSpec(**settings))
    session = Session(data)
    overview = answer(messages(data_overview(session)), DataOverview)
    pairs = answer(messages(find_duplicates(session)), Duplicates) if duplicates else None
    learned_labels = data.train_labels[chosen.numbers]
    used = {
        "images": len(chosen.numbers),
        "wrong_labels": int(chosen.wrong.sum()),
        "held_out": len(chosen.held_out),
        "of_classes": [int((learned_labels == label).sum()) for label in range(len(data.classes))],
    }
    facts = _facts(data, overview, used, pairs, most)
    yield Row(facts, _lines(facts))


def _facts(
    data: Data, overview: DataOverview, used: dict[str, Any], pairs: Duplicates | None, most: int
) -> dict[str, Any]:
    rows, columns = data.shape
    facts = {
        "name": data.name,
        "from": str(data.source) if data.source else None,
        "remark": data.remark,
        "rows": rows,
        "columns": columns,
        "colours": data.train_colours is not None,
        "train_images": len(data.train_images),
        "test_images": len(data.test_images),
        "classes": list(data.classes),
        "train_counts": overview.train_counts.tolist(),
        "test_counts": overview.test_counts.tolist(),
        "mean": round(float(data.train_images.mean(dtype="float64")) / 255, 6),
        "learned": used,
    }
    if pairs is not None:
        from engine.analysis.probes.duplicates import NEAR

        facts |= {"equal": pairs.all_equal, "near": pairs.all_near, "near_above": NEAR}
        found = attributes(pairs, "tests", "trains", "similarity", "equal", "test_labels", "train_labels")
        facts["duplicates"] = [
            {
                "test": int(test),
                "train": int(train),
                "cosine_similarity": round(float(similar), 6),
                "equal": bool(equal),
                "test_class": int(one),
                "train_class": int(other),
            }
            for test, train, similar, equal, one, other in zip(*found.values(), strict=True)
        ][:most]
    return facts


def _lines(facts: dict[str, Any]) -> list[str]:
    names = facts["classes"]
    used = facts["learned"]
    learns = [tr("A run learns from {images:,} images", images=used["images"])]
    if used["wrong_labels"]:
        sentence = mark("A run learns from {images:,} images, {wrong:,} of them with a wrong label")
        learns = [tr(sentence, images=used["images"], wrong=used["wrong_labels"])]
    if used["held_out"]:
        learns.append(tr("{images:,} are held out for validation", images=used["held_out"]))
    about = mark(
        "{name}: {train_images:,} training and {test_images:,} test images of {rows} × {columns} pixels, "
        "{count} classes"
    )
    if facts["colours"]:
        about = mark(
            "{name}: {train_images:,} training and {test_images:,} test images of {rows} × {columns} pixels in colour, "
            "{count} classes"
        )
    counts = zip(facts["train_counts"], used["of_classes"], facts["test_counts"], strict=True)
    rows = [
        (tr("class"), tr("training"), tr("learned"), tr("test")),
        *((name, *(with_marks(f"{part:,}") for part in parts)) for name, parts in zip(names, counts, strict=True)),
    ]
    forms = fitted(("<5", ">8", ">8", ">8"), rows)
    lines = [
        tr(about, **facts, count=len(names)),
        *([tr("From {path}", path=facts["from"])] if facts["from"] else []),
        *([facts["remark"]] if facts["remark"] else []),
        "; ".join(learns),
        "",
        *(in_columns(forms, row) for row in rows),
    ]
    if "duplicates" in facts:
        lines += ["", *_pairs(facts)]
    return lines


def _pairs(facts: dict[str, Any]) -> list[str]:
    pairs, names = facts["duplicates"], facts["classes"]
    equal, near, least = facts["equal"], facts["near"], facts["near_above"]
    head = tr_plural(
        "{count:,} test image equals a training image.", "{count:,} test images equal a training image.", equal
    )
    nearly = tr_plural(
        "{count:,} other nearly does: cosine similarity above {least}.",
        "{count:,} others nearly do: cosine similarity above {least}.",
        near,
        least=least,
    )
    if not pairs:
        return [head, nearly]
    if len(pairs) != equal + near:
        listed = tr_plural("The {count} most similar is listed.", "The {count} most similar are listed.", len(pairs))
        nearly = f"{nearly} {listed}"
    similarities = [tr("equal") if pair["equal"] else with_marks(f"{pair['cosine_similarity']:.4f}") for pair in pairs]
    rows = [
        (tr("test"), tr("class"), tr("training"), tr("class"), tr("similarity")),
        *(
            (f"{pair['test']}", names[pair["test_class"]], f"{pair['train']}", names[pair["train_class"]], similarity)
            for pair, similarity in zip(pairs, similarities, strict=True)
        ),
    ]
    wide = max(5, *map(len, names))
    forms = fitted((">7", f">{wide}", ">8", f">{wide}", ">10"), rows)
    return [head, nearly, *(in_columns(forms, row) for row in rows)]
