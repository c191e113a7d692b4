"""Picture files: read whatever their colours, sizes and lighting, or refused in one sentence."""

import numpy as np
import pytest
from pictures_of_digits import encoded, enlarged, grey, jpeg, png, png_of
from PIL import Image, ImageFilter

from engine.core.errors import UserError
from engine.data.formats import pictures
from engine.data.formats.pictures import otsu, read_picture
from engine.data.formats.sample import open_sample
from engine.data.preparation import prepared
from engine.session.jobs.data import read_picture_file, read_picture_pixels
from engine.session.session import Session


@pytest.fixture(scope="module")
def digit():
    """A digit of MNIST as ink, float32."""
    return open_sample().test_images[3] / np.float32(255)


@pytest.fixture
def saved(tmp_path):
    def save(picture, name="picture.png", **how):
        path = tmp_path / name
        picture.save(path, **how)
        return path

    return save


def is_read(path, digit, most=0.06):
    """Whether what a network receives of the file is the digit but for rounding, as a mean difference."""
    return np.abs(prepared(read_picture(path)) - prepared(digit)).mean() < most


def test_ink_is_read_as_it_is_and_dark_on_light_is_turned_round(digit, saved):
    for picture in (grey(digit), grey(1 - digit), grey(enlarged(digit)), grey(1 - enlarged(digit))):
        path = saved(picture)
        ink = read_picture(path)
        assert ink.dtype == np.float32 and ink.shape == picture.size[::-1]
        assert is_read(path, digit, 0.003)
    for name in ("a.jpg", "a", "a.txt"):
        path = path.rename(path.with_name(name))
        assert is_read(path, digit, 0.003), "contents count, and not the name"


def pictures_of(digit):
    """Yield pictures in which the digit is to be read: what is special, how it is saved, how far it may be off."""
    dark, light = 1 - enlarged(digit), enlarged(digit)
    for mode in ("RGB", "P", "RGBA", "LA", "CMYK", "1"):
        for values in (dark, light):
            how = {"name": "a.jpg"} if mode == "CMYK" else {}
            yield mode, grey(values).convert(mode, dither=Image.Dither.NONE), how, 0.08 if mode == "1" else 0.05
    for values in (dark, light):
        yield "16 bits", Image.fromarray(np.rint(values * 65535).astype(np.uint16)), {}, 0.05

    ink = light[..., None]
    blue_on_yellow = ink * (20, 30, 140) + (1 - ink) * (250, 240, 170)
    yield "colours, which count by their brightness", Image.fromarray(blue_on_yellow.astype(np.uint8)), {}, 0.02
    for color in ((0, 0, 0), (255, 255, 255), (200, 30, 30), (240, 230, 140)):
        picture = Image.new("RGBA", grey(light).size, (*color, 0))
        picture.putalpha(grey(light))
        yield f"a transparent ground below {color}", picture, {}, 0.01
    picture = grey(dark).convert("P", palette=Image.Palette.ADAPTIVE, colors=2)
    yield "a palette with a transparent colour", picture, {"transparency": int(np.asarray(picture)[0, 0])}, 0.08
    rows, columns = np.mgrid[:280, :280]
    picture = grey(dark).convert("RGBA")
    picture.putalpha(grey((np.hypot(rows - 139.5, columns - 139.5) < 180).astype(float)))
    yield "a card with round transparent corners", picture, {}, 0.01
    for ground in (0.3, 0.5, 0.7):
        for stroke in (-0.28, 0.28):
            yield f"a grey ground, {ground}", grey(ground + stroke * light), {}, 0.01

    yield "the traces of JPEG around light ink", grey(enlarged(digit, 4)), {"name": "a.jpg", "quality": 40}, 0.05
    yield "the traces of JPEG around dark ink", grey(dark), {"name": "a.jpg", "quality": 40}, 0.05
    turned, exif = grey(dark).transpose(Image.Transpose.ROTATE_90), Image.Exif()
    exif[0x0112] = 6  # the top is on the right
    yield "a camera held upright", turned, {"name": "a.jpg", "quality": 95, "exif": exif}, 0.05
    yield "a moving picture", grey(light), {"save_all": True, "append_images": [grey(np.zeros((280, 280)))]}, 0.003


def test_whatever_its_pixels_its_ground_and_its_file_the_digit_is_read(digit, saved):
    for what, picture, how, most in pictures_of(digit):
        assert is_read(saved(picture, **how), digit, most), what


@pytest.mark.parametrize(("angle", "is_dark"), [(1.8, False), (4.0, True)])
def test_a_photo_of_a_digit_loses_light_shade_and_noise(digit, saved, angle, is_dark):
    generator = np.random.default_rng(5)
    rows, columns = np.mgrid[:400, :500] / 400 - 0.5
    paper = 0.6 + 0.35 * (np.cos(angle) * rows + np.sin(angle) * columns)
    ink = np.zeros((400, 500))
    ink[90:314, 140:364] = np.asarray(grey(digit).resize((224, 224), Image.Resampling.BICUBIC)) / 255
    photo = paper * (1 - 0.7 * ink) + generator.normal(0, 0.015, ink.shape)
    picture = grey(np.clip(photo if is_dark else 1 - photo, 0, 1)).filter(ImageFilter.GaussianBlur(1))
    assert is_read(saved(picture, "a.jpg", quality=85), digit)
    box = np.argwhere(read_picture(saved(picture)) > 0)
    assert (box.min(axis=0) >= (85, 135)).all() and (box.max(axis=0) <= (320, 370)).all()


def test_a_large_picture_is_shrunk_and_a_tiny_one_is_read(digit, saved):
    large = read_picture(saved(grey(1 - enlarged(digit, 130))))
    assert max(large.shape) <= pictures.LONGEST_SIDE
    assert np.abs(prepared(large) - prepared(digit)).mean() < 0.03
    assert read_picture(saved(grey([[0.0, 1.0]]))).shape == (1, 2)
    assert read_picture(saved(grey([[1.0]]))).tolist() == [[0.0]]


@pytest.mark.parametrize("value", [0, 0.4, 1])
def test_where_nothing_stands_out_there_is_no_ink(saved, value):
    assert not read_picture(saved(grey(np.full((40, 60), value)))).any()
    assert not read_picture(saved(Image.new("RGBA", (40, 60), (9, 9, 9, 0)))).any()


def test_the_threshold_parts_two_heaps():
    generator = np.random.default_rng(2)
    heaps = np.concatenate([generator.normal(0.2, 0.04, 500), generator.normal(0.7, 0.05, 4000)])
    assert 0.32 < otsu(heaps) < 0.55


def refusal(path):
    with pytest.raises(UserError) as refused:
        read_picture(path)
    assert refused.value.sentence.count(". ") == 0 and path.name in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("side", [9_000, 65_535])
def test_a_picture_of_too_many_pixels_is_not_decoded(tmp_path, side, monkeypatch):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_of(side, side))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", pytest.fail)
    assert refusal(path) == "bomb.png has more than 64 million pixels. Make it smaller first."
    monkeypatch.setattr(pictures.Image, "MAX_IMAGE_PIXELS", None)
    assert "more than 64 million pixels" in refusal(path), "a warning of Pillow that is only printed lets none through"


def test_what_is_cut_short_or_no_picture_is_refused_in_a_sentence(tmp_path, digit):
    assert refusal(tmp_path / "none.png").startswith("There is no file")
    assert "is a folder" in refusal(tmp_path)
    noise = grey(np.random.default_rng(1).random((200, 200)))
    whole = {"a.png": png(grey(enlarged(digit))), "a.jpg": jpeg(noise)}
    for name, content in whole.items():
        path = tmp_path / name
        for length in (30, len(content) // 2, len(content) - 40):
            path.write_bytes(content[:length])
            assert "damaged" in refusal(path) or "no picture" in refusal(path)
    no_picture = "no picture that can be read. Save it as PNG, JPEG, GIF, WebP, TIFF or BMP."
    for content in (b"", b"a letter\n", b"GIF89a" + bytes(50), bytes(5000), b"\xff\xd8\xff", b"BM" + bytes(60)):
        (tmp_path / "a.png").write_bytes(content)
        told = refusal(tmp_path / "a.png")
        assert no_picture in told or "damaged" in told


def test_other_formats_hold_the_same_ink_and_no_more_of_them_are_decoded(digit, tmp_path):
    path = tmp_path / "a.png"
    grey(digit).save(path)
    ink = read_picture(path)
    for kind in ("GIF", "TIFF", "WEBP", "BMP"):
        grey(digit).save(path, kind, **({"lossless": True} if kind == "WEBP" else {}))
        assert np.array_equal(read_picture(path), ink), kind
    for kind in ("PPM", "ICO", "TGA", "PCX"):
        grey(digit).save(path, kind)
        assert "is no picture that can be read" in refusal(path), kind


def test_ink_of_more_bits_is_read_by_the_bits_that_are_used(digit, saved):
    ink = read_picture(saved(grey(digit)))
    for most in (1023, 4095, 65535):
        deep = np.rint(np.asarray(grey(digit), np.float64) * most / 255).astype(np.uint16)
        assert np.abs(read_picture(saved(Image.fromarray(deep))) - ink).max() < 0.01, most


def test_damaged_bytes_give_a_picture_or_a_sentence_and_nothing_else(tmp_path, digit):
    noise, generator = grey(np.random.default_rng(1).random((40, 40))), np.random.default_rng(7)
    path = tmp_path / "a"
    for content in (png(grey(digit)), encoded(grey(digit), "BMP"), jpeg(noise)):
        for _ in range(70):
            spoilt = bytearray(content)
            for place in generator.integers(0, len(spoilt), 3):
                spoilt[place] = generator.integers(0, 256)
            path.write_bytes(spoilt)
            try:
                ink = read_picture(path)
            except UserError:
                continue
            assert np.isfinite(ink).all() and ink.min() >= 0 and ink.max() <= 1


def test_jobs_bring_a_picture_from_a_file_or_from_the_clipboard(digit, saved):
    path = saved(grey(1 - enlarged(digit)))
    (dropped,) = read_picture_file(Session(), str(path))
    pixels = grey(1 - enlarged(digit)).convert("RGBA").tobytes("raw", "BGRA")
    (pasted,) = read_picture_pixels(Session(), pixels, 280, "BGRA", "The clipboard")
    np.testing.assert_array_equal(dropped.ink, read_picture(path))
    np.testing.assert_array_equal(pasted.ink, dropped.ink)
    assert (dropped.name, pasted.name) == ("picture.png", "The clipboard")
    assert not dropped.ink.flags.writeable
    with pytest.raises(UserError, match=r"^The clipboard has more than 64 million pixels\."):
        list(read_picture_pixels(Session(), bytes(4 * 8_000 * 8_001), 8_000, "BGRX", "The clipboard"))


@pytest.mark.parametrize("layout", ["BGRX", "BGRA", "BGRa"])
def test_pixels_are_read_as_a_file_with_them_is(digit, saved, layout):
    ink = enlarged(digit)[..., None]
    colours = ink * (20, 30, 140) + (1 - ink) * (250, 240, 170)
    opacity = np.full(ink.shape, 255.0) if layout == "BGRX" else np.where(ink > 0.5, 255.0, 90.0)
    pixels = np.rint(np.concatenate([colours, opacity], axis=2)).astype(np.uint8)
    lying = pixels[..., [2, 1, 0, 3]].astype(float)
    if layout == "BGRa":
        lying[..., :3] *= opacity / 255
    file = saved(Image.fromarray(pixels))
    (pasted,) = read_picture_pixels(None, np.rint(lying).astype(np.uint8).tobytes(), 280, layout, "It")
    np.testing.assert_allclose(pasted.ink, read_picture(file), atol=0.02)


def test_pixels_in_memory_are_shrunk_in_strips_as_a_whole_picture_is(digit, saved, monkeypatch):
    monkeypatch.setattr(pictures, "LONGEST_SIDE", 100)
    monkeypatch.setattr(pictures, "STRIP", 280 * 4)  # strips of a row of blocks, and a last one that is not whole
    picture = grey(1 - enlarged(digit))
    pixels = picture.convert("RGB").tobytes("raw", "BGRX")
    (pasted,) = read_picture_pixels(Session(), pixels, 280, "BGRX", "It")
    assert pasted.ink.shape == (94, 94)
    np.testing.assert_array_equal(pasted.ink, read_picture(saved(picture)))
