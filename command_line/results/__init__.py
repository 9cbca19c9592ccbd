"""``brainscore-mouse results ...``: the stored scores of this machine; one file per verb."""

from ..output.grouped_help import example, plain_app
from .export import export
from .failures import failures
from .merge import merge
from .query import query
from .remove import remove
from .show import show

results_app = plain_app("Show, query, export, merge and remove stored scores.", example("results show --metric rsa"))
results_app.command(epilog=example("results show", "results show --models 'resnet*' --metric rsa"))(show)
results_app.command(epilog=example('results query "SELECT model, AVG(score) FROM results GROUP BY model"'))(query)
results_app.command(epilog=example("results export --csv scores.csv", "results export --csv - | head"))(export)
results_app.command(epilog=example("results merge /mnt/cluster/brainscore-mouse"))(merge)
results_app.command(epilog=example("results failures"))(failures)
results_app.command(epilog=example("results remove my-net", "results remove 'my-net*' --benchmarks '*-VISp-rsa'"))(
    remove
)
