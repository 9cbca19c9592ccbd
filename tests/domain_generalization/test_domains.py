"""Domains: content-hashed stimuli, the recipes, the published files, and what is said where files are missing."""

import bz2
import gzip
import shutil
import struct

import h5py
import numpy as np
import pytest
import scipy.io
from brainscore_mouse.core.errors import DataError, DatasetNotFoundError, UnknownIdentifierError
from brainscore_mouse.data_packaging.photographs import photograph
from brainscore_mouse.domain_generalization.domains import digits as digits_module
from brainscore_mouse.domain_generalization.domains.digit_files import read_idx, read_mnist, read_svhn, read_usps
from brainscore_mouse.domain_generalization.domains.domain_sets import domains_of, load_domain
from brainscore_mouse.domain_generalization.domains.photo_blend import PHOTOGRAPHS, photo_blended
from brainscore_mouse.domain_generalization.domains.rendered_digits import coloured_digits, digit_masks
from brainscore_mouse.domain_generalization.domains.stimuli import joined, part_of, stimuli_of_arrays, stimuli_of_files
from PIL import Image
from sklearn.datasets import load_digits


def random_images(n, seed=0, size=6):
    return np.random.default_rng(seed).integers(0, 256, size=(n, size, size, 3), dtype=np.uint8)


def pixels_of(stimuli):
    return np.stack([np.asarray(Image.open(stimuli.get_stimulus(key))) for key in stimuli["stimulus_id"]])


def test_ids_follow_from_content_alone():
    images = random_images(8)
    labels = [str(index % 2) for index in range(8)]
    stimuli = stimuli_of_arrays("a", images, labels)
    again = stimuli_of_arrays("other-name", images[::-1], labels[::-1])
    assert stimuli["stimulus_id"].tolist() == again["stimulus_id"].tolist() == sorted(stimuli["stimulus_id"])
    assert stimuli["image_label"].tolist() == again["image_label"].tolist()
    changed = images.copy()
    changed[3, 0, 0, 0] ^= 1
    others = set(stimuli_of_arrays("a", changed, labels)["stimulus_id"])
    assert len(others & set(stimuli["stimulus_id"])) == 7
    by_pixels = {image.tobytes() for image in images}
    assert {image.tobytes() for image in pixels_of(stimuli)} == by_pixels


def test_identifier_tells_images_and_labels():
    images = random_images(4)
    identifiers = {
        stimuli_of_arrays("a", images, list("0101")).identifier,
        stimuli_of_arrays("a", images, list("0110")).identifier,
        stimuli_of_arrays("a", random_images(4, seed=1), list("0101")).identifier,
        part_of(stimuli_of_arrays("a", images, list("0101")), np.arange(3)).identifier,
    }
    assert len(identifiers) == 4


def test_identical_images_are_one_stimulus():
    images = random_images(5)
    images[4] = images[0]
    assert len(stimuli_of_arrays("a", images, list("01010"))) == 4
    first, second = (
        stimuli_of_arrays(name, images[rows], ["0"] * 3) for name, rows in (("a", [0, 1, 2]), ("b", [2, 3, 4]))
    )
    assert len(joined("both", [first, second])) == 4


def test_files_are_named_by_their_pixels(tmp_path):
    for name, image in zip("ab", random_images(2), strict=True):
        Image.fromarray(image).save(tmp_path / f"{name}.png")
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    stimuli = stimuli_of_files("x", paths, ["cat", "dog"])
    (tmp_path / "a.png").rename(tmp_path / "c.png")
    again = stimuli_of_files("x", [tmp_path / "c.png", paths[1]], ["cat", "dog"])
    assert stimuli.identifier == again.identifier
    with pytest.raises(DataError):
        stimuli_of_files("x", [], [])


@pytest.mark.parametrize("copy", ["again.bmp", "again.tiff", "uncompressed.png", "transparent.png"])
def test_the_same_pixels_in_another_file_are_the_same_stimulus(tmp_path, copy):
    images = random_images(3)
    for name, image in zip("abc", images, strict=True):
        Image.fromarray(image).save(tmp_path / f"{name}.png")
    twin = Image.fromarray(images[0])
    (twin.convert("RGBA") if copy.startswith("transparent") else twin).save(tmp_path / copy, compress_level=0)
    paths = [*(tmp_path / f"{name}.png" for name in "abc"), tmp_path / copy]
    alone = stimuli_of_files("x", paths[:3], ["cat", "dog", "cat"])
    with_twin = stimuli_of_files("x", paths, ["cat", "dog", "cat", "cat"])
    assert with_twin.identifier == alone.identifier
    assert stimuli_of_arrays("x", images, ["cat", "dog", "cat"]).identifier == alone.identifier
    with pytest.raises(DataError, match=copy):
        stimuli_of_files("x", paths, ["cat", "dog", "cat", "dog"])


@pytest.mark.slow
def test_minidigits_have_seven_domains_without_shared_digits():
    domains = {name: load_domain("minidigits", name) for name in domains_of("minidigits")}
    assert {name: len(stimuli) for name, stimuli in domains.items()} == {"handwritten": 1197} | dict.fromkeys(
        ("rendered", "photo-blended", "inverted", "low-contrast", "noisy", "blurred"), 600
    )
    assert all(set(stimuli["image_label"]) == set("0123456789") for stimuli in domains.values())
    handwritten = {image.tobytes() for image in pixels_of(domains["handwritten"])}
    inverted = pixels_of(domains["inverted"])
    assert not handwritten & {(255 - image).tobytes() for image in inverted}
    # With the digits behind the inverted ones, they are the whole UCI set.
    assert len(handwritten | {(255 - image).tobytes() for image in inverted}) == len(load_digits().images)
    low_contrast = pixels_of(domains["low-contrast"])
    assert (low_contrast.min(), low_contrast.max()) == (102, 153)  # 127.5 +- 0.2 * 127.5


def test_minidigits_are_the_same_each_time():
    first, second = (load_domain("minidigits", "photo-blended").identifier for _ in range(2))
    assert first == second


def test_photo_blend_is_the_difference_with_a_patch_of_a_photograph():
    digits = np.zeros((3, 28, 28), np.uint8)
    digits[:, 5:20, 10:14] = 255
    blended = photo_blended(digits, seed=4)
    patches = np.where(digits[..., None] == 255, 255 - blended, blended)
    generator = np.random.default_rng([4, 1])
    source = photograph(PHOTOGRAPHS[generator.integers(7)])
    top, left = (generator.integers(side - 28 + 1) for side in source.shape[:2])
    np.testing.assert_array_equal(patches[1], source[top : top + 28, left : left + 28])
    np.testing.assert_array_equal(photo_blended(digits[:2], seed=4), blended[:2])


def test_rendered_digits_are_legible_and_reproducible():
    labels = [str(index % 10) for index in range(100)]
    masks = digit_masks(labels, 32, seed=0)
    ink = (masks / 255).mean(axis=(1, 2))
    assert 0.01 < ink.min() and ink.max() < 0.4
    assert masks[:, 0, :].max() == masks[:, :, 0].max() == 0  # nothing is cut off
    np.testing.assert_array_equal(digit_masks(labels[:5], 32, seed=0), masks[:5])
    assert (digit_masks(labels[:5], 32, seed=1) != masks[:5]).any()
    assert coloured_digits(labels[:20], 32, seed=0).std(axis=(1, 2, 3)).min() > 10


def write_idx(path, array):
    content = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def write_mnist(folder, n=40):
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, size=(n, 28, 28), dtype=np.uint8)
    labels = (np.arange(n) % 10).astype(np.uint8)
    folder.mkdir(parents=True, exist_ok=True)
    write_idx(folder / "t10k-images-idx3-ubyte.gz", images)
    write_idx(folder / "t10k-labels-idx1-ubyte.gz", labels)
    return images, labels


def test_mnist_is_read_and_dealt_out(tmp_path, monkeypatch):
    images, labels = write_mnist(tmp_path / "digits")
    read_images, read_labels = read_mnist(tmp_path / "digits")
    np.testing.assert_array_equal(read_images, images)
    assert read_labels == [str(label) for label in labels]
    monkeypatch.setenv("BRAINSCORE_MOUSE_DG_DATA", str(tmp_path))
    mnist, mnist_m = load_domain("digits", "MNIST"), load_domain("digits", "MNIST-M")
    assert len(mnist) == len(mnist_m) == 20
    assert {image[..., 0].tobytes() for image in pixels_of(mnist)} == {image.tobytes() for image in images[0::2]}


def test_digit_domains_are_limited(tmp_path, monkeypatch):
    write_mnist(tmp_path / "digits")
    monkeypatch.setenv("BRAINSCORE_MOUSE_DG_DATA", str(tmp_path))
    whole = load_domain("digits", "MNIST")
    monkeypatch.setattr(digits_module, "MAXIMAL_N_IMAGES", 7)
    assert load_domain("digits", "MNIST")["stimulus_id"].tolist() == whole["stimulus_id"].tolist()[:7]


def test_usps_is_read_from_both_of_its_formats(tmp_path):
    generator = np.random.default_rng(0)
    values = generator.integers(0, 256, size=(6, 256)) / 255
    labels = np.array([0, 9, 3, 4, 5, 6])
    with h5py.File(tmp_path / "usps.h5", "w") as file:
        for part, rows in (("train", slice(0, 4)), ("test", slice(4, 6))):
            file[f"{part}/data"], file[f"{part}/target"] = values[rows], labels[rows]
    images, read = read_usps(tmp_path)
    (tmp_path / "svm").mkdir()
    for name, rows in (("usps.bz2", range(4)), ("usps.t.bz2", range(4, 6))):
        lines = [
            f"{labels[row] + 1} " + " ".join(f"{i + 1}:{2 * value - 1:.9f}" for i, value in enumerate(values[row]))
            for row in rows
        ]
        (tmp_path / "svm" / name).write_bytes(bz2.compress("\n".join(lines).encode()))
    np.testing.assert_array_equal(images, np.rint(values * 255).reshape(6, 16, 16))
    assert read == ["0", "9", "3", "4", "5", "6"]
    np.testing.assert_array_equal(read_usps(tmp_path / "svm")[0], images)
    assert read_usps(tmp_path / "svm")[1] == read


def test_svhn_is_read(tmp_path):
    images = random_images(3, size=32)
    content = {"X": images.transpose(1, 2, 3, 0), "y": np.array([[10], [1], [9]], np.uint8)}
    scipy.io.savemat(tmp_path / "test_32x32.mat", content)
    read, labels = read_svhn(tmp_path)
    np.testing.assert_array_equal(read, images)
    assert labels == ["0", "1", "9"]


def test_damaged_idx_is_said(tmp_path):
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(DataError, match=path.name):
        read_idx(path)


@pytest.mark.parametrize(
    ("domain_set", "domain", "wanted"),
    [("digits", "USPS", "usps.h5"), ("digits", "SVHN", "_32x32.mat"), ("pacs", "photo", "folder of images")],
)
def test_missing_files_say_where_they_belong(domain_set, domain, wanted, tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_DG_DATA", str(tmp_path))
    with pytest.raises(DatasetNotFoundError, match=wanted) as error:
        load_domain(domain_set, domain)
    assert str(tmp_path / domain_set) in str(error.value) and "BRAINSCORE_MOUSE_DG_DATA" in str(error.value)


def image_folders(root, domains, classes=("cat", "dog"), n=3):
    for number, domain in enumerate(domains):
        for index, name in enumerate(classes):
            folder = root / domain / name
            folder.mkdir(parents=True)
            for image_index, image in enumerate(random_images(n, seed=10 * number + index)):
                Image.fromarray(image).save(folder / f"{image_index}.png")


def test_image_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_DG_DATA", str(tmp_path))
    image_folders(tmp_path / "pacs", domains_of("pacs"))
    stimuli = load_domain("pacs", "sketch")
    assert stimuli["image_label"].value_counts().to_dict() == {"cat": 3, "dog": 3}
    (tmp_path / "pacs" / "photo" / "horse").mkdir()
    with pytest.raises(DataError, match="horse"):
        load_domain("pacs", "sketch")
    # ImageNet's variants have fewer classes by design.
    image_folders(tmp_path / "imagenet", ("val", "imagenet-r", "sketch"))
    image_folders(tmp_path / "imagenet" / "extra", ("x",))
    (tmp_path / "imagenet" / "val" / "n0001").mkdir()
    assert set(load_domain("imagenet", "val")["image_label"]) == {"cat", "dog"}


@pytest.mark.parametrize(
    ("source", "copy"),
    [("photo/cat/0.png", "photo/dog/copy.png"), ("photo/dog/2.png", "photo/cat/copy.png")],
)
def test_an_image_in_two_classes_is_refused(source, copy, tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_DG_DATA", str(tmp_path))
    image_folders(tmp_path / "pacs", domains_of("pacs"))
    shutil.copy(tmp_path / "pacs" / source, tmp_path / "pacs" / copy)
    with pytest.raises(DataError) as error:
        load_domain("pacs", "photo")
    assert source in str(error.value) and copy in str(error.value)
    load_domain("pacs", "sketch")  # the other domains can be used


def test_an_image_with_two_labels_is_refused_in_arrays_and_joined_sets():
    images = random_images(4)
    assert len(stimuli_of_arrays("a", images[[0, 1, 0]], list("010"))) == 2
    with pytest.raises(DataError, match=r"image 0.*image 2"):
        stimuli_of_arrays("a", images[[0, 1, 0]], list("011"))
    first, second = stimuli_of_arrays("a", images[:3], list("010")), stimuli_of_arrays("b", images[2:], list("11"))
    with pytest.raises(DataError, match="two labels"):
        joined("both", [first, second])


@pytest.mark.parametrize("place", ["photo/cat/more/0.png", "photo/cat/more/still/0.JPG", "photo/0.png"])
def test_images_that_would_be_left_out_are_reported(place, tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_DG_DATA", str(tmp_path))
    image_folders(tmp_path / "pacs", domains_of("pacs"))
    path = tmp_path / "pacs" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(random_images(1, seed=99)[0]).save(path)
    with pytest.raises(DataError) as error:
        load_domain("pacs", "photo")
    assert "1 images" in str(error.value) and place.removeprefix("photo/") in str(error.value)


def test_hidden_files_of_a_class_are_no_images(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_DG_DATA", str(tmp_path))
    image_folders(tmp_path / "pacs", domains_of("pacs"))
    before = load_domain("pacs", "photo").identifier
    (tmp_path / "pacs" / "photo" / "cat" / "._0.png").write_bytes(b"of macOS")
    (tmp_path / "pacs" / "photo" / "cat" / ".thumbnails").mkdir()
    shutil.copy(tmp_path / "pacs/photo/dog/0.png", tmp_path / "pacs/photo/cat/.thumbnails/0.png")
    assert load_domain("pacs", "photo").identifier == before


def test_unknown_names_give_the_closest():
    with pytest.raises(UnknownIdentifierError, match="minidigits"):
        load_domain("mini-digits", "rendered")
    with pytest.raises(UnknownIdentifierError, match="photo-blended"):
        load_domain("minidigits", "photo")
