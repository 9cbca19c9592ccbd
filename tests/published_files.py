"""Made-up recordings in the exact layouts of published datasets: tiny, with invented values and known trials.

Each function writes the files of a dataset, and returns what a reader should find: per recording an array of trials
(n_repetitions, n_stimuli, n_neurons), repetitions in the order of time.
"""

import io
import zipfile

import numpy as np
import scipy.io
from brainscore_mouse.data_packaging.du.du2025 import COLUMNS_OF_MICE
from brainscore_mouse.data_packaging.sensorium.sensorium2022 import MICE, SENSORIUM2022
from brainscore_mouse.data_packaging.stringer.stringer2019 import RECORDINGS

N_IMAGES = 24
N_NEURONS = 15


def trials_of(images, generator, n_repetitions, n_neurons=N_NEURONS):
    """Responses to the brightness of image patches, with noise; never negative."""
    patches = images[:, ::6, ::8].reshape(len(images), -1) / 255
    signal = patches @ generator.normal(size=(patches.shape[1], n_neurons))
    noise = 0.3 * generator.normal(size=(n_repetitions, *signal.shape))
    return np.abs(signal + noise).astype(np.float32)


def random_images(generator, n_images, height, width):
    """Mixtures of four patterns of blocks: their distances differ, and a small image of one still shows them."""
    patterns = generator.uniform(-1, 1, size=(4, -(-height // 6), -(-width // 8)))
    patterns = patterns.repeat(6, axis=1).repeat(8, axis=2)[:, :height, :width]
    weights = generator.normal(size=(n_images, 4))
    return np.clip(127 + 60 * np.tensordot(weights, patterns, axes=1), 0, 255).astype(np.uint8)


def write_sensorium(folder, mice=MICE, n_repetitions=4, unpacked=False, change=None):
    """Write mice of Sensorium 2022: (image ids, images, trials of each mouse, running speeds of each mouse).

    `change(mouse, files)` may change the arrays of a mouse, a dict of path -> array, before they are written.
    """
    generator = np.random.default_rng(0)
    images = random_images(generator, N_IMAGES, 36, 64)
    image_ids = np.sort(generator.choice(5000, N_IMAGES, replace=False))
    names = {mouse: file.name for mouse, file in zip(MICE, SENSORIUM2022.recordings, strict=True)}
    all_trials, all_speeds = {}, {}
    for mouse in mice:
        trials = trials_of(images, generator, n_repetitions)
        speeds = generator.uniform(0, 30, size=trials.shape[:2])
        files = _sensorium_arrays(images, image_ids, trials, speeds, generator)
        if change is not None:
            change(mouse, files)
        name = names.get(mouse, f"static{mouse}-GrayImageNet-94c6ff995dac583098847cfecd43e7b6.zip")
        _write_mouse(folder, name, files, unpacked)
        all_trials[mouse], all_speeds[mouse] = trials, speeds
    return image_ids, images, all_trials, all_speeds


def _sensorium_arrays(images, image_ids, trials, speeds, generator):
    n_repetitions, n_images, n_neurons = trials.shape
    n_test, n_train = n_repetitions * n_images, 6
    times = np.arange(n_test + n_train)  # trials in the order of time: test trials in whole rounds, then training
    numbers = generator.permutation(n_test + n_train)  # the number in the file's name of each
    files, tiers, ids, trial_idx = (
        {},
        np.full(n_test + n_train, "train", "<U10"),
        np.zeros(len(times), int),
        times.copy(),
    )
    for time, number in zip(times, numbers, strict=True):
        trial_idx[number] = 3 * time + 1  # with gaps
        if time < n_test:
            repetition, image = divmod(int(time), n_images)
            tiers[number], ids[number] = "test", image_ids[image]
            shown, response, speed = images[image], trials[repetition, image], speeds[repetition, image]
        else:
            tiers[number], ids[number] = ("train", "validation")[time % 2], 10_000 + time
            shown = generator.integers(0, 256, size=images.shape[1:])
            response, speed = generator.uniform(size=n_neurons), 0
        files[f"data/images/{number}.npy"] = shown[np.newaxis].astype(np.float32)
        files[f"data/responses/{number}.npy"] = response
        files[f"data/behavior/{number}.npy"] = np.array([0.5, 0.1, speed])
        files[f"data/pupil_center/{number}.npy"] = np.array([1.0, 2.0])
    files["meta/trials/tiers.npy"] = tiers
    files["meta/trials/frame_image_id.npy"] = ids
    files["meta/trials/trial_idx.npy"] = trial_idx
    files["meta/neurons/unit_ids.npy"] = np.arange(100, 100 + n_neurons)
    files["meta/neurons/area.npy"] = np.full(n_neurons, "V1")
    files["meta/neurons/layer.npy"] = np.full(n_neurons, "L2/3")
    files["meta/neurons/cell_motor_coordinates.npy"] = generator.integers(0, 900, size=(n_neurons, 3))
    return files


def _write_mouse(folder, name, files, unpacked):
    folder.mkdir(parents=True, exist_ok=True)
    if unpacked:
        for path, array in files.items():
            target = folder / name.removesuffix(".zip") / path
            target.parent.mkdir(parents=True, exist_ok=True)
            np.save(target, array)
        return
    with zipfile.ZipFile(folder / name, "w") as archive:
        for path, array in files.items():
            content = io.BytesIO()
            np.save(content, array)
            archive.writestr(path, content.getvalue())


def write_du(folder, recordings=tuple(COLUMNS_OF_MICE), n_repetitions=5, change=None):
    """Write mice of Du et al. 2025: (ids of the common images, all images, trials of the common images).

    Each mouse has one image of its own, and an order of its own. `change(recording, arrays)` may change its arrays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(1)
    images = random_images(generator, 60, 66, 264)
    common = np.sort(generator.choice(50, N_IMAGES, replace=False))
    scipy.io.savemat(folder / "nat60k_text16.mat", {"img": images.transpose(1, 2, 0)})
    truth = {}
    for place, recording in enumerate(recordings):
        n_neurons = N_NEURONS + place
        trials = trials_of(images[common], generator, n_repetitions, n_neurons)
        ids = np.append(common, 50 + place)
        responses = np.concatenate([trials, generator.uniform(size=(n_repetitions, 1, n_neurons))], axis=1)
        order = generator.permutation(len(ids))
        arrays = {
            "sp": generator.uniform(size=(n_neurons, 7)),
            "istim_sp": np.arange(7),
            "ss_all": responses.transpose(1, 0, 2)[order].astype(np.float32),
            "istim_ss": ids[order].astype(float),
            "xpos": generator.uniform(size=n_neurons),
            "ypos": generator.uniform(size=n_neurons),
            "iplane": np.arange(n_neurons) % 3,
        }
        if change is not None:
            change(recording, arrays)
        np.savez(folder / f"{recording}.npz", **arrays)
        truth[recording] = trials
    return common, images, truth


def write_stringer(folder, recordings=RECORDINGS, n_neurons=N_NEURONS, change=None):
    """Write recordings of Stringer et al. 2019: (numbers of the images shown twice in all, images, contents).

    The contents are, of each recording, its trials of those images, all its responses to images and its spontaneous
    activity. In each recording the image 1 is shown three times and one other image once. `change(recording, stim)`
    may change the struct.
    """
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(2)
    images = random_images(generator, N_IMAGES + 8, 68, 270)
    scipy.io.savemat(folder / "images_natimg2800_all.mat", {"imgs": images.transpose(1, 2, 0)})
    n_images = len(images)
    numbers = np.arange(1, n_images + 1)
    contents = {}
    for place, recording in enumerate(recordings):
        n_neurons += 1
        once = 2 + place
        responses = trials_of(images, generator, 2, n_neurons)
        first = [(number, 0) for number in generator.permutation(numbers)]
        second = [(number, 1) for number in generator.permutation(numbers) if number != once]
        gray = n_images + 1
        shown = [(gray, 0), *first, (gray, 1), *second, (1, 0), (gray, 0)]
        resp = np.array(
            [
                generator.uniform(size=n_neurons) if number == gray else responses[repetition, number - 1]
                for number, repetition in shown
            ],
            dtype=np.float32,
        )
        istim = np.array([number for number, _ in shown])
        spont = generator.uniform(size=(60, n_neurons)).astype(np.float32)
        stim = {"resp": resp, "istim": istim[:, np.newaxis].astype(np.uint16), "spont": spont}
        contents[recording] = (responses, resp[istim < gray], istim[istim < gray], spont.copy())
        if change is not None:
            change(recording, stim)
        med = generator.uniform(0, 500, size=(n_neurons, 3))
        scipy.io.savemat(folder / recording, {"stim": stim, "med": med, "stat": np.zeros((1, n_neurons))})
    common = np.array([number for number in numbers if number > 1 + len(recordings)])
    return common, images, contents
