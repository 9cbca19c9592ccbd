"""What names and scores of mice as models say of themselves; apart from the model, which loads recordings."""

MOUSE_MODEL = "mouse-model:"
"""How the names of mice as models of other mice begin. Their scores are on other mice than those of models."""

EACH_MOUSE_ALONE = "each mouse alone, by all others"
"""The attribute `target` of a score of all mice of an area, which is on another scale than those of models."""
