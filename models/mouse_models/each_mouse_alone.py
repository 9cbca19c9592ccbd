"""What scores of all mice of an area say of themselves; apart from the model, which loads recordings."""

EACH_MOUSE_ALONE = "each mouse alone, by all others"
"""The attribute `target` of a score of all mice of an area, which is on another scale than those of models."""
