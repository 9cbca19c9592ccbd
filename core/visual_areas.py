"""The six visual areas of mouse cortex that most recordings cover."""

VISUAL_AREAS = ("VISp", "VISl", "VISal", "VISpm", "VISam", "VISrl")
"""The Allen Institute's acronyms, from early to late in the visual hierarchy, as everywhere in this package."""
