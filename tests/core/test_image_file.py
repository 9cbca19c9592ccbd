"""One way to read images: what has no agreed conversion to 8-bit RGB is refused, by everyone."""

import re
import struct
import threading
import time
import zlib

import numpy as np
import pytest
from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from brainscore_mouse.benchmarks.stimulus_variants import STIMULUS_VARIANTS, stimulus_variant
from brainscore_mouse.core.errors import DataError
from brainscore_mouse.core.image_file import check_image, check_upright, read_image, read_image_of_range
from brainscore_mouse.core.image_loading import load_image
from brainscore_mouse.core.threads import in_threads
from brainscore_mouse.data_packaging.twin_stimuli import digest_of_picture
from brainscore_mouse.domain_generalization.domains.stimuli import stimuli_of_files
from PIL import ExifTags, Image
from places import REPOSITORY

GRAY = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5
COLOURS = np.random.default_rng(0).integers(0, 256, size=(6, 8, 3), dtype=np.uint8)


def write_png_of_16_bits(path, pixels, colour_type):
    """Write what Pillow cannot: colours with 16 bits."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)


def write_frames(path):
    first, second = Image.fromarray(GRAY), Image.fromarray(255 - GRAY)
    first.save(path, save_all=True, append_images=[second])


WRITERS = {
    "I;16 png": lambda path: Image.fromarray(GRAY.astype(np.uint16) * 16).save(path / "deep.png"),
    "I;16 tiff": lambda path: Image.fromarray(GRAY.astype(np.uint16) * 16).save(path / "deep.tif"),
    "I tiff": lambda path: Image.fromarray(GRAY.astype(np.int32) * 1000).save(path / "deep.tif"),
    "F tiff": lambda path: Image.fromarray(GRAY.astype(np.float32) / 255).save(path / "float.tif"),
    "CMYK jpeg": lambda path: Image.fromarray(COLOURS).convert("CMYK").save(path / "print.jpg"),
    "LAB tiff": lambda path: Image.new("LAB", (8, 6)).save(path / "lab.tif"),
    "RGB;16 png": lambda path: write_png_of_16_bits(path / "deep.png", COLOURS.astype(int) * 16, 2),
    "RGBA;16 png": lambda path: write_png_of_16_bits(path / "deep.png", np.full((6, 8, 4), 4000), 6),
    "LA;16 png": lambda path: write_png_of_16_bits(path / "deep.png", np.full((6, 8, 2), 4000), 4),
    "two frames gif": lambda path: write_frames(path / "film.gif"),
    "two pages tiff": lambda path: write_frames(path / "stack.tif"),
}


def stimulus_set_of(path):
    stimuli = StimulusSet([{"stimulus_id": "s0", "image_label": "a"}])
    stimuli.stimulus_paths = {"s0": path}
    stimuli.identifier = "one"
    return stimuli


READERS = {
    "the plain benchmark": lambda path: load_image(path, 32),
    "pixels": read_image,
    "the check of headers": check_image,
    "the search for twins": digest_of_picture,
    "domains": lambda path: stimuli_of_files("domain", [path], ["label"]),
    **{
        f"@{name}": lambda path, name=name: stimulus_variant(
            stimulus_set_of(path), name, {"width_degrees": 120.0, "height_degrees": 90.0}
        )
        for name, variant in STIMULUS_VARIANTS.items()
        if variant.change is not None
    },
}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("reader", READERS)
def test_every_reader_refuses_the_same_images_by_name(tmp_path, kind, reader):
    WRITERS[kind](tmp_path)
    (path,) = tmp_path.iterdir()
    mode = kind.split()[0]
    with pytest.raises(DataError, match=re.escape(str(path))) as raised:
        READERS[reader](path)
    assert "2 frames" in str(raised.value) if mode == "two" else f"'{mode}" in str(raised.value)


def save(path, mode):
    Image.fromarray(COLOURS).convert("RGBA").convert(mode).save(path)


@pytest.mark.filterwarnings("ignore:Palette images with Transparency")
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
def test_every_reader_sees_the_same_pixels(tmp_path, mode):
    path = tmp_path / "image.png"
    save(path, mode)
    with Image.open(path) as image:
        expected = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(read_image(path), expected)
    variant = stimulus_variant(stimulus_set_of(path), "64px", None)
    with Image.open(variant.get_stimulus("s0")) as image:
        resized = Image.fromarray(expected).resize((64, 64), Image.Resampling.BILINEAR)
        np.testing.assert_array_equal(np.asarray(image), np.asarray(resized))


def test_damaged_missing_and_other_files_are_data_errors(tmp_path):
    Image.fromarray(COLOURS).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:70])
    (tmp_path / "text.png").write_text("not an image")
    for name in ("cut.png", "text.png", "missing.png"):
        with pytest.raises(DataError, match=re.escape(str(tmp_path / name))):
            read_image(tmp_path / name)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        (np.array([[0, 2048, 4095]], np.uint16), 0, 4095),
        (np.array([[0.25, 0.5, 0.75]], np.float32), 0.25, 0.75),
        (np.array([[-100_000, 0, 100_000]], np.int32), -100_000, 100_000),
    ],
)
def test_a_stated_range_becomes_0_to_255(tmp_path, values, low, high):
    Image.fromarray(values).save(tmp_path / "image.tif")
    assert read_image_of_range(tmp_path / "image.tif", low, high).tolist() == [[0, 128, 255]]


@pytest.mark.parametrize(
    "image",
    [
        Image.fromarray(np.array([[0, 5000]], np.uint16)),  # above the range
        Image.fromarray(np.array([[np.nan, 1]], np.float32)),
        Image.fromarray(np.array([[-1, 1]], np.float32)),
        Image.fromarray(np.array([[0, 200]], np.uint8)),  # has a range of its own
        Image.fromarray(np.zeros((2, 2, 3), np.uint8)),
    ],
)
def test_images_outside_a_stated_range_are_refused(tmp_path, image):
    image.save(tmp_path / "image.tif")
    with pytest.raises(DataError, match=r"image\.tif"):
        read_image_of_range(tmp_path / "image.tif", 0, 4095)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_photographs_that_are_to_be_turned_are_not_packaged(tmp_path, orientation):
    exif = Image.Exif()
    for number, name in ((1, "upright.jpg"), (orientation, "turned.jpg")):
        exif[ExifTags.Base.Orientation] = number
        Image.fromarray(COLOURS).save(tmp_path / name, exif=exif)
    check_upright(tmp_path / "upright.jpg")
    with pytest.raises(DataError, match=rf"turned\.jpg .*{orientation}"):
        check_upright(tmp_path / "turned.jpg")


def test_nobody_else_opens_image_files():
    """Two exceptions read bytes in memory, whose kind they know."""
    known = {
        "core/image_file.py",
        "data_packaging/allen/scene_images.py",
        "domain_generalization/corruptions/corrupt.py",
    }
    folders = [path.parent for path in REPOSITORY.glob("*/__init__.py") if path.parent.name not in ("tests", "site")]
    assert len(folders) > 10
    found = {
        str(path.relative_to(REPOSITORY))
        for folder in folders
        for path in folder.rglob("*.py")
        if "Image.open(" in path.read_text(encoding="utf-8")
    }
    assert found == known
    for name in known - {"core/image_file.py"}:
        assert re.findall(r"Image\.open\((.*)", (REPOSITORY / name).read_text(encoding="utf-8")) in (
            ["io.BytesIO(file.read())) as image:"],
            ["file).split()])"],
        )


def test_threads_open_one_file_at_a_time_since_pillow_loads_formats_meanwhile(tmp_path, monkeypatch, four_threads):
    path = tmp_path / "image.png"
    Image.new("L", (4, 4)).save(path)
    alone, pillow_opens = threading.Lock(), Image.open

    def opens(*arguments):
        assert alone.acquire(blocking=False)
        time.sleep(0.01)
        alone.release()
        return pillow_opens(*arguments)

    monkeypatch.setattr(Image, "open", opens)
    assert len(in_threads(read_image, [path] * 12)) == 12
