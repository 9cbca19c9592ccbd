"""What a mouse line and an imaging depth say about the cells: excitatory or inhibitory, and the cortical layer."""

from typing import Literal

from ...core.errors import UnexpectedFormatError

EXCITATORY_LINES = ("Cux2", "Emx1", "Fezf2", "Nr5a1", "Ntsr1", "Rbp4", "Rorb", "Scnn1a", "Slc17a7", "Tlx3")
INHIBITORY_LINES = ("Pvalb", "Sst", "Vip")
LAYERS = ("L2/3", "L4", "L5", "L6")

_LAYER_4_LINES = ("Nr5a1", "Scnn1a")
# Upper limits of layers 2/3, 4 and 5 (Shi et al. 2019).
_LIMITS_UM = (200, 300, 500)


def short_line(cre_line: str) -> str:
    """Return the gene of a Cre line: 'Sst' of 'Sst-IRES-Cre'."""
    return cre_line.split("-")[0]


def cell_class(cre_line: str) -> Literal["exc", "inh"]:
    """Return whether a line labels excitatory or inhibitory cells.

    Raises
    ------
    UnexpectedFormatError
        If the line is not one of the dataset's 13.
    """
    line = short_line(cre_line)
    if line in EXCITATORY_LINES:
        return "exc"
    if line in INHIBITORY_LINES:
        return "inh"
    raise UnexpectedFormatError(
        f"The Cre line {cre_line!r} is neither known as excitatory ({', '.join(EXCITATORY_LINES)}) nor as inhibitory "
        f"({', '.join(INHIBITORY_LINES)})."
    )


def cortical_layer(depth_um: float, cre_line: str) -> str:
    """Return the layer of cells at an imaging depth.

    Parameters
    ----------
    depth_um : float
        Below the pia.
    cre_line : str
        Nr5a1 and Scnn1a label layer 4, whatever the depth.

    Returns
    -------
    str
        One of `LAYERS`, with borders at 200, 300 and 500 um (Shi et al. 2019). A depth on a border belongs to the
        deeper layer.
    """
    if short_line(cre_line) in _LAYER_4_LINES:
        return "L4"
    return LAYERS[sum(depth_um >= limit for limit in _LIMITS_UM)]
