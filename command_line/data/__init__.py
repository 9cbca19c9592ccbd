"""``brainscore-mouse data ...``: fetching, packaging and checking recordings; one file per verb."""

import typer

from .check import check
from .fetch import fetch
from .info import info
from .package import package
from .package_arrays import package_arrays
from .verify import verify

data_app = typer.Typer(help="Fetch, package and check recordings.", no_args_is_help=True)
data_app.command()(fetch)
data_app.command()(package)
data_app.command("package-arrays")(package_arrays)
data_app.command()(verify)
data_app.command()(check)
data_app.command()(info)
