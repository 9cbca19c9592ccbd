"""``brainscore-mouse results ...``: the stored scores of this machine; one file per verb."""

from ..output.grouped_help import example, plain_app
from ..output.sign_of_life import still_working
from .export import export
from .failures import failures
from .merge import merge
from .query import query
from .remove import remove
from .show import show
from .verify import verify

results_app = plain_app(
    "Show, query, export, merge, verify and remove stored scores.", example("results show --metric rsa")
)
results_app.command(epilog=example("results show", "results show --models 'resnet*' --metric rsa"))(still_working(show))
results_app.command(epilog=example('results query "SELECT model, AVG(score) FROM results GROUP BY model"'))(
    still_working(query)
)
results_app.command(epilog=example("results export --csv scores.csv", "results export --csv - | head"))(
    still_working(export)
)
results_app.command(epilog=example("results merge /mnt/cluster/brainscore-mouse"))(still_working(merge))
results_app.command(epilog=example("results failures"))(still_working(failures))
results_app.command(epilog=example("results remove my-net", "results remove 'my-net*' --benchmarks '*-VISp-rsa'"))(
    remove
)
results_app.command(epilog=example("results verify table.csv"))(still_working(verify))
