"""``brainscore-mouse results failures``."""


def failures() -> None:
    """List what could not be scored when it was last tried, and why."""
    from ...results.view import failures_frame

    frame = failures_frame()
    for row in frame.itertuples():
        print(f"{row.model} on {row.benchmark}, {row.created[:10]}: {row.error}: {row.message}")
    if frame.empty:
        print("Nothing has failed.")
