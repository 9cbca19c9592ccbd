"""Score the smallest network of each architecture family of timm, and every classification network of torchvision.

``python development/sweeps/library_networks.py --results FILE.jsonl`` makes them with random weights, so that
nothing is downloaded, and scores them by RSA and ridge on 48 simulated stimuli, each in a process of its own. Stopped
and started again, it resumes. ``--table FILE.md`` writes the table of docs/; with ``--minutes 0`` of what there is.
"""

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import timm
import torch
import torchvision
from brainscore_mouse import ImageModel, score_model
from brainscore_mouse.core.errors import BrainscoreMouseError, ModelError
from brainscore_mouse.models.sources import model_source
from brainscore_mouse.models.untrained_networks import seeded
from few_stimuli import write_few_stimuli
from forked import outcome_in_fork, sweep
from torch import nn

SECONDS, GIGABYTES = 120, 14
_N_STIMULI = 48
_IMAGE_SIZE = 96  # where the network takes it: only that it can be scored matters here
_METRICS = ("rsa", "ridge")
# Names of small members: the search for the smallest makes these first, on the device 'meta', and a few only.
_SMALLEST = re.compile(r"atto|femto|pico|nano|zepto|xxs|xxtiny|tiny|mini")
_SMALL = re.compile(
    r"test_|atto|femto|pico|nano|zepto|xxs|xxtiny|_xs|tiny|mini|small|_s\b|_t\b|_s_|_t_|1[0-8]|lite|b0|f0|050|035|_m0|_0$|_x0|0\d\d$|"
    r"base|_b\b|_b_|dla34|vgg11|121|41$"
)
_MOST_TRIED = 8
_UNKNOWN_SIZE = 10**9


def smallest_of_each_family() -> dict[str, tuple[str, int]]:
    """Return the smallest network of each of timm's modules, by the module's name, and its number of parameters."""
    found = {}
    for family in timm.list_modules():
        names = [name for name in timm.list_models(module=family) if not name.startswith("test_")]
        names.sort(key=lambda name: (_SMALLEST.search(name) is None, _SMALL.search(name) is None, len(name)))
        sizes = {name: size for name in names[:_MOST_TRIED] if (size := _n_parameters(name))}
        if names:
            smallest = min(sizes, key=sizes.__getitem__) if sizes else names[0]
            found[family] = smallest, sizes.get(smallest, _UNKNOWN_SIZE)
    return found


def _n_parameters(name: str) -> int | None:
    try:
        with torch.device("meta"):
            return sum(parameter.numel() for parameter in timm.create_model(name).parameters())
    except Exception:  # some cannot be made there
        return None


def timm_outcome(name: str, dataset: str) -> dict[str, Any]:
    """Make a network of timm with random weights, and score it; with small images, if it takes them."""
    outcome = {}
    for options in ({"img_size": _IMAGE_SIZE}, {}):  # those of a fixed size can be made for another
        try:
            module = seeded(lambda options=options: timm.create_model(name, **options), 0)
        except Exception:
            if not options:
                raise
            continue
        outcome = _timm_module_outcome(name, module, dataset, is_small=bool(options))
        if outcome["status"] == "scored":
            break
    return outcome


def _timm_module_outcome(name: str, module: nn.Module, dataset: str, is_small: bool) -> dict[str, Any]:
    settings = module.pretrained_cfg
    if is_small or not settings.get("fixed_input_size"):
        least = settings.get("min_input_size", (0, 0, 0))[1:]
        settings["input_size"] = (settings["input_size"][0], *(max(_IMAGE_SIZE, side) for side in least))
    try:
        model = ImageModel.from_timm(module, identifier=f"sweep-{name}")
    except ModelError as error:
        return {"status": "refused", "error": str(error)}
    named = {row["module"] for row in getattr(module, "feature_info", None) or [] if "module" in row}
    return _scored(model, dataset) | {"found": "feature_info" if set(model.layers) <= named else "searched"}


def torchvision_outcome(name: str, dataset: str) -> dict[str, Any]:
    """Make a network of torchvision with random weights, and score it."""
    try:
        model: Any = model_source("torchvision").untrained(name, 0)
    except ModelError as error:
        return {"status": "refused", "error": str(error)}
    fixed = isinstance(model.network.network, torchvision.models.VisionTransformer | torchvision.models.MaxVit)
    size = model.image_size if fixed or name == "inception_v3" else _IMAGE_SIZE
    shown = ImageModel(f"sweep-{name}", model.network, model.layers, size, layouts=model.layouts)
    return _scored(shown, dataset) | {"found": "listed or searched"}


def _scored(model: ImageModel, dataset: str) -> dict[str, Any]:
    prefixes = {layout.n_prefix_tokens for layout in model.layouts.values()}
    told = {
        "layers": len(model.layers),
        "image_size": model.image_size,
        "prefix_tokens": max(prefixes, default=0),
        "channels_last": any(layout.is_channels_last for layout in model.layouts.values()),
        "parameters": sum(parameter.numel() for parameter in model.network.parameters()),
    }
    try:
        scores = {metric: float(score_model(model, f"{dataset}-VISp-{metric}")) for metric in _METRICS}
    except BrainscoreMouseError as error:
        return told | {"status": "refused", "error": f"{type(error).__name__}: {error}"}
    return told | scores | {"status": "scored"}


def table(rows: dict[str, dict[str, Any]], networks: dict[str, str]) -> str:
    """Lay out what became of each network, and which were not tried."""
    lines = [
        "# Networks of timm and torchvision by name: one of each family",
        "",
        "`development/sweeps/library_networks.py` wrote this: the smallest network of each architecture module of timm "
        f"{timm.__version__}, and all classification networks of torchvision {torchvision.__version__}, with random "
        f"weights, scored on {_N_STIMULI} stimuli of `simulated-mouse` (VISp). The numbers say that it works, not how "
        f"good the networks are: images have {_IMAGE_SIZE} px where the network takes that, and there are few stimuli. "
        "*Prefix* is the number of class, register and distillation tokens that channels leave out; *layers* are those "
        "of timm's `feature_info`, or marked (s) where they are searched.",
    ]
    for library in ("timm", "torchvision"):
        of_library = {name: row for name, row in rows.items() if name.startswith(f"{library}/")}
        counts = Counter(row["status"] for row in of_library.values())
        untried = [name for key, name in networks.items() if key.startswith(f"{library}/") and key not in rows]
        lines += [
            "",
            f"## {library}",
            "",
            f"Of {len(of_library) + len(untried)}: "
            + ", ".join([*(f"{count} {status}" for status, count in counts.most_common()), f"{len(untried)} not tried"])
            + (f" ({', '.join(f'`{name}`' for name in untried)})." if untried else "."),
            "",
            "| family | network | parameters | px | layers | prefix | channels | RSA | ridge |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for name, row in sorted(of_library.items()):
            family = name.partition("/")[2]
            if row["status"] != "scored":
                lines.append(f"| {family} | `{row['network']}` | {row['status']}: {_one_line(row['error'])} ||||||| ")
                continue
            cells = [
                *(family, f"`{row['network']}`", f"{row['parameters'] / 1e6:.1f} M", str(row["image_size"])),
                f"{row['layers']}{' (s)' if row['found'] == 'searched' else ''}",
                *(str(row["prefix_tokens"]), "last" if row["channels_last"] else "", f"{row['rsa']:.2f}"),
                f"{row['ridge']:.2f}",
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _one_line(text: str) -> str:
    return " ".join(text.split())[:250].replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    """Sweep, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--only", nargs="*", help="Such as timm/resnet or torchvision/resnet18.")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="Begin no further network afterwards.")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    chosen = arguments.results.with_suffix(".chosen.json")
    if not chosen.exists():
        chosen.write_text(json.dumps(smallest_of_each_family()), encoding="utf-8")
    sized = {f"timm/{family}": one for family, one in json.loads(chosen.read_text(encoding="utf-8")).items()}
    for builder in torchvision.models.list_models(module=torchvision.models):
        weights = next(iter(torchvision.models.get_model_weights(builder)))
        sized[f"torchvision/{builder}"] = builder, weights.meta["num_params"]
    networks = {key: name for key, (name, _) in sorted(sized.items(), key=lambda one: one[1][1])}  # small ones first
    dataset = write_few_stimuli(_N_STIMULI)
    logs = arguments.results.with_suffix(".logs")

    def outcome_of(key: str) -> dict[str, Any]:
        network = networks[key]
        run = timm_outcome if key.startswith("timm/") else torchvision_outcome
        log = logs / f"{key.replace('/', '-')}.txt"
        return {"network": network, **outcome_in_fork(lambda: run(network, dataset), SECONDS, GIGABYTES, log)}

    rows = sweep(arguments.only or networks, outcome_of, arguments.results, arguments.minutes)
    if arguments.table:
        arguments.table.write_text(table(rows, networks), encoding="utf-8")


if __name__ == "__main__":
    main()
