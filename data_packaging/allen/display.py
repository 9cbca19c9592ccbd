"""How the scenes were shown: their size in the visual field, and which of their pixels were on the monitor.

Source: white paper 'Visual stimuli' of the Allen Brain Observatory: a monitor of 1920 x 1200 pixels, 15 cm off the eye.
All stimuli were warped so that their pixels are equally large in angle. The size of the monitor is the one with which
the AllenSDK warps (51.0 x 32.5 cm); the white paper has 51.909 x 32.443 cm.
"""

import numpy as np

WIDTH_DEGREES = 120.0
HEIGHT_DEGREES = 95.0
GRAY_LEVEL = 127
"""Of the screen around scenes, and of blanks."""

_MONITOR_CM = (32.5, 51.0)  # height, width
_MONITOR_PX = (1200, 1920)
_DISTANCE_CM = 15.0
_SCENE_PX = (918, 1174)
_NEARLY_90_DEGREES = 1.57


def on_screen_mask(height: int, width: int) -> np.ndarray:
    """Tell which pixels of a scene were on the monitor: warping moves the corners beyond its edges.

    Parameters
    ----------
    height, width : int
        Size of the scene in pixels; the public templates have 918 x 1174.

    Returns
    -------
    bool array of shape (height, width)
    """
    # A pixel at this distance from the scene's centre was shown at the angle distance / 15 cm from the eye's axis.
    y, x = (
        (np.arange(size) - size / 2) / size * scene_px * monitor_cm / monitor_px
        for size, scene_px, monitor_cm, monitor_px in zip(
            (height, width), _SCENE_PX, _MONITOR_CM, _MONITOR_PX, strict=True
        )
    )
    y = y[:, np.newaxis]
    radius = np.maximum(np.hypot(y, x), np.finfo(float).tiny)
    angle = np.minimum(radius / _DISTANCE_CM, _NEARLY_90_DEGREES)
    # From the angle to the plane of the monitor, in the same direction.
    stretch = _DISTANCE_CM * np.tan(angle) / radius
    return (np.abs(x * stretch) <= _MONITOR_CM[1] / 2) & (np.abs(y * stretch) <= _MONITOR_CM[0] / 2)
