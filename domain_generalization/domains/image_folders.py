"""Natural images in torchvision's ImageFolder layout: ``<set>/<domain>/<class>/<image>``."""

from collections.abc import Sequence
from pathlib import Path

from brainscore_core.supported_data_standards.brainio.stimuli import StimulusSet
from torchvision.datasets.folder import IMG_EXTENSIONS

from ...core.errors import DataError
from .location import domain_set_folder, missing_domain
from .stimuli import stimuli_of_files

DOMAINS = {
    "pacs": ("art_painting", "cartoon", "photo", "sketch"),
    "vlcs": ("Caltech101", "LabelMe", "SUN09", "VOC2007"),
    "office-home": ("Art", "Clipart", "Product", "Real World"),
    # The validation images of ImageNet, and the released folders of ImageNet-R and ImageNet-Sketch; their classes are
    # WordNet ids, of which those that all three have are kept.
    "imagenet": ("val", "imagenet-r", "sketch"),
}
# Sets whose domains do not have the same classes by design.
_SHARED_CLASSES_ONLY = {"imagenet"}


def load_folder_domain(domain_set: str, domain: str) -> StimulusSet:
    """Load a domain of a set of image folders.

    Parameters
    ----------
    domain_set : str
        A key of `DOMAINS`.
    domain : str
        One of its domains.

    Raises
    ------
    DatasetNotFoundError
        If the folder is not on this machine; the message says where to put it.
    DataError
        If the set's domains do not have the same classes, the same image is in two classes, or images are anywhere but
        directly in the folder of a class.
    """
    classes = _classes(domain_set)
    folder = domain_set_folder(domain_set) / domain
    _check_no_image_is_left_out(folder, classes)
    files = [(path, name) for name in classes for path in _images(folder / name)]
    return stimuli_of_files(f"{domain_set}-{domain}", [path for path, _ in files], [name for _, name in files])


def _classes(domain_set: str) -> list[str]:
    """Return the classes of a set, after a look at all its domains."""
    of_domain = {}
    for domain in DOMAINS[domain_set]:
        folder = domain_set_folder(domain_set) / domain
        if not folder.is_dir():
            raise missing_domain(domain_set, domain, f"the folder {domain}/ with a folder of images for each class")
        of_domain[domain] = {entry.name for entry in folder.iterdir() if entry.is_dir()}
    shared = set.intersection(*of_domain.values())
    if domain_set not in _SHARED_CLASSES_ONLY:
        for domain, classes in of_domain.items():
            if classes != shared:
                raise DataError(
                    f"{domain_set}: the domain {domain!r} has classes that others lack: {sorted(classes - shared)}"
                )
    if len(shared) < 2:
        raise DataError(f"{domain_set}: the domains share {len(shared)} classes; at least 2 are needed")
    return sorted(shared)


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if _is_image(path))


def _is_image(path: Path) -> bool:
    # Hidden files and folders are not the user's own: macOS puts '._photo.jpg' beside 'photo.jpg'.
    return path.suffix.lower() in IMG_EXTENSIONS and not path.name.startswith(".") and path.is_file()


def _check_no_image_is_left_out(folder: Path, classes: Sequence[str]) -> None:
    """Raise DataError for images in folders within those of `classes`, or beside these."""
    misplaced = _images(folder)
    for name in classes:
        inner = [entry for entry in (folder / name).iterdir() if entry.is_dir() and not entry.name.startswith(".")]
        misplaced += sorted(path for entry in inner for path in entry.rglob("*") if _is_image(path))
    if misplaced:
        raise DataError(
            f"{folder}: {len(misplaced)} images are not directly in the folder of a class, the first is "
            f"{misplaced[0].relative_to(folder)}. Move them to {folder.name}/<class>/, or remove them."
        )
