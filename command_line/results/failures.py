"""``brainscore-mouse results failures``."""

from ..output.json_output import JsonOption, print_json, records_of


def failures(as_json: JsonOption = False) -> None:
    """List what could not be scored when it was last tried, and why."""
    from ...results.view import failures_frame

    frame = failures_frame()
    if as_json:
        print_json(records_of(frame))
        return
    for row in frame.itertuples():
        print(f"{row.model} on {row.benchmark}, {row.created[:10]}: {row.error}: {row.message}")
    print("Nothing has failed." if frame.empty else "Run the command that failed again to retry.")
