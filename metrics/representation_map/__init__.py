"""Neural representation maps (Qazi, Jalil and Iqbal), compared by their RMSE."""

from typing import Any

from ...plugins.registries import metric_registry


def _map_rmse(**options: Any) -> Any:
    from .metric import MapRMSE

    return MapRMSE(**options)


metric_registry["map-rmse"] = _map_rmse
