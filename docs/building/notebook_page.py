"""A notebook as a page: its cells are run when the page is built, and what they showed is printed as Markdown."""

import base64
import html
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient


def executed(path: Path) -> Any:
    """Run all cells of a notebook, in a fresh kernel and an empty output; return the notebook with its outputs."""
    os.environ["TQDM_DISABLE"] = "1"  # bars would be outputs, too
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata = {}
            # What is printed to standard error is progress and warnings of libraries.
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return notebook


def notebook_page(path: Path) -> str:
    """Return a notebook, run from scratch, as Markdown."""
    return "\n\n".join(part for cell in executed(path).cells for part in _parts(cell))


def _parts(cell: Any) -> Iterator[str]:
    if cell.cell_type == "markdown":
        yield cell.source
        return
    yield f"```python\n{cell.source}\n```"
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data:
            picture = base64.b64encode(base64.b64decode(data["image/png"])).decode()
            yield f'<img alt="What the code above draws" src="data:image/png;base64,{picture}">'
        elif "text/html" in data:
            yield "".join(line.strip() for line in data["text/html"].splitlines())
        else:
            yield f"<pre>{html.escape(output.get('text') or data.get('text/plain', ''))}</pre>"


if __name__ == "__main__":  # writes the outputs into the notebook, which GitHub shows
    tour = Path(__file__).parents[1] / "tour.ipynb"
    nbformat.write(executed(tour), tour)
