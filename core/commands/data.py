"""``brainscore-mouse data ...``: fetching, packaging and checking recordings; one file per verb."""

import typer

from .data_fetch import fetch
from .data_info import info
from .data_package import package
from .data_package_arrays import package_arrays
from .data_verify import verify

data_app = typer.Typer(help="Fetch, package and check recordings.", no_args_is_help=True)
data_app.command()(fetch)
data_app.command()(package)
data_app.command("package-arrays")(package_arrays)
data_app.command()(verify)
data_app.command()(info)
