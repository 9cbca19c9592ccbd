"""``brainscore-mouse data ...``: fetching, packaging and checking recordings; one file per verb."""

from ..output.grouped_help import example, plain_app
from ..output.interruption import START_OVER, saying_what_is_kept
from ..output.sign_of_life import still_working
from .check import check
from .fetch import fetch
from .info import info
from .list import list_
from .package import package
from .package_arrays import package_arrays
from .remove import remove
from .verify import verify

data_app = plain_app("Fetch, package, check and remove recordings.", example("data fetch allen-mouse-npx --area VISp"))
data_app.command(epilog=example("data fetch allen-mouse-npx --area VISp --max-experiments 2"))(
    saying_what_is_kept(fetch, "Experiments that were read are kept; run the same command again to resume.")
)
data_app.command(epilog=example("data package allen-mouse"))(saying_what_is_kept(still_working(package), START_OVER))
data_app.command("package-arrays", epilog=example("data package-arrays FOLDER --dataset my-lab"))(
    saying_what_is_kept(still_working(package_arrays), START_OVER)
)
data_app.command(epilog=example("data verify my-lab"))(still_working(verify))
data_app.command(epilog=example("data check my-lab"))(still_working(check))
data_app.command("list", epilog=example("data list"))(list_)
data_app.command(epilog=example("data info my-lab"))(still_working(info))
data_app.command(epilog=example("data remove my-lab"))(remove)
