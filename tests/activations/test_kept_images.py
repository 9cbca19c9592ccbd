import numpy as np
import pytest
import torch
from brainscore_mouse.activations import kept_images
from brainscore_mouse.activations.kept_images import load_kept_images
from brainscore_mouse.core.errors import DataError
from brainscore_mouse.core.image_loading import load_image_batch
from PIL import Image

# Gray files, gray scenes in files with colours and alpha, colours, and files of both.
MODES = [["L", "L"], ["RGBA", "RGB"], ["RGB", "colours"], ["L", "colours", "RGBA"], ["L", "RGBA"]]


def write(path, mode, seed):
    generator = np.random.default_rng(seed)
    if mode == "colours":
        image = Image.fromarray(generator.integers(0, 256, size=(30, 41, 3), dtype=np.uint8))
    else:
        image = Image.fromarray(generator.integers(0, 256, size=(30, 41), dtype=np.uint8)).convert(mode)
    image.save(path)
    return path


def kept(home):
    return sorted((home / "cache" / "images").glob("*"))


@pytest.fixture
def decoded(monkeypatch):
    """Return a list to which each file is added that is decoded."""
    files = []

    def noted(path, *settings):
        files.append(path)
        return squashed(path, *settings)

    squashed = kept_images.squashed_image
    monkeypatch.setattr(kept_images, "squashed_image", noted)
    return files


@pytest.mark.parametrize("modes", MODES, ids="-".join)
@pytest.mark.parametrize("settings", [(12,), ((9, 14), "bicubic"), (11, "bilinear", (16, 17)), (15, "nearest", 18)])
def test_the_second_reading_decodes_nothing_and_gives_the_same_bits_in_the_same_order_in_memory(
    home, tmp_path, decoded, modes, settings
):
    paths = [write(tmp_path / f"{number}.png", mode, number) for number, mode in enumerate(modes)]
    expected = load_image_batch(paths, *settings)
    for n_decoded in (len(paths), len(paths)):
        images = load_kept_images(paths, *settings)
        assert torch.equal(images, expected) and images.stride() == expected.stride()
        assert len(decoded) == n_decoded


def test_several_threads_give_the_same_bits_in_the_same_order(home, tmp_path, four_threads):
    modes = [mode for of_set in MODES for mode in of_set]
    paths = [write(tmp_path / f"{number}.png", mode, number) for number, mode in enumerate(modes)]
    assert torch.equal(load_kept_images(paths, 12), load_image_batch(paths, 12))


def test_what_is_gray_takes_one_channel(home, tmp_path):
    paths = [write(tmp_path / f"{number}.png", "RGBA", number) for number in range(3)]
    load_kept_images(paths, 100)
    (file,) = kept(home)
    assert 3 * 100 * 100 < file.stat().st_size < 3 * 100 * 100 + 2000


def test_files_are_known_by_their_content_and_order_and_networks_by_their_size_and_interpolation(
    home, tmp_path, decoded
):
    paths = [write(tmp_path / f"{number}.png", "L", number) for number in range(2)]
    copies = [write(tmp_path / f"copy-{number}.png", "L", number) for number in range(2)]
    load_kept_images(paths, 12)
    load_kept_images(copies, 12)
    load_kept_images(paths, 10, resized_size=12)  # another part of the same squashed images
    assert len(decoded) == 2 and len(kept(home)) == 1
    load_kept_images(paths[::-1], 12)
    load_kept_images(paths, 13)
    load_kept_images(paths, 12, "nearest")
    write(paths[0], "L", 5)
    assert torch.equal(load_kept_images(paths, 12), load_image_batch(paths, 12))
    assert len(kept(home)) == 5


def test_a_damaged_file_is_decoded_again_with_a_warning(home, tmp_path, decoded):
    paths = [write(tmp_path / "image.png", "L", 0)]
    expected = load_kept_images(paths, 40)
    (file,) = kept(home)
    content = bytearray(file.read_bytes())
    content[600] ^= 1
    file.write_bytes(content)
    with pytest.warns(UserWarning, match="damaged"):
        assert torch.equal(load_kept_images(paths, 40), expected)
    assert len(decoded) == 2
    assert torch.equal(load_kept_images(paths, 40), expected) and len(decoded) == 2


def test_a_kept_file_under_the_name_of_another_is_not_believed(home, tmp_path):
    first, second = (write(tmp_path / f"{number}.png", "L", number) for number in range(2))
    load_kept_images([first], 12)
    (of_first,) = kept(home)
    load_kept_images([second], 12)
    (of_second,) = set(kept(home)) - {of_first}
    of_second.write_bytes(of_first.read_bytes())
    with pytest.warns(UserWarning, match="damaged"):
        assert torch.equal(load_kept_images([second], 12), load_image_batch([second], 12))


def test_a_file_that_changes_while_it_is_decoded_is_not_kept(home, tmp_path, monkeypatch):
    path = write(tmp_path / "image.png", "L", 0)

    def replaced(file, *settings):
        write(file, "L", 1)
        return squashed(file, *settings)

    squashed = kept_images.squashed_image
    monkeypatch.setattr(kept_images, "squashed_image", replaced)
    load_kept_images([path], 12)
    assert not kept(home)


def test_the_store_stays_within_the_limit_of_the_cache(home, tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_MOUSE_CACHE_MB", "0.05")
    for number in range(6):
        load_kept_images([write(tmp_path / f"{number}.png", "L", number)], 120)
    assert 0 < sum(file.stat().st_size for file in kept(home)) <= 50_000


def test_a_missing_file_and_one_that_is_not_an_image_are_named(home, tmp_path):
    (tmp_path / "text.png").write_text("no image")
    for path in (tmp_path / "absent.png", tmp_path / "text.png"):
        with pytest.raises(DataError, match=path.name):
            load_kept_images([path], 12)
    assert not kept(home)


def test_of_several_files_that_are_no_images_the_first_is_named_by_several_threads_too(home, tmp_path, four_threads):
    paths = [write(tmp_path / f"{number}.png", "L", number) for number in range(6)]
    # The header of one is right, so that it takes longer to notice than the other.
    paths[2].write_bytes(paths[2].read_bytes()[:-200])
    paths[3].write_text("no image")
    with pytest.raises(DataError, match=paths[2].name):
        load_kept_images(paths, 12)
    assert not kept(home)
