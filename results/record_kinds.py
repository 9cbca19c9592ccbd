"""What the records of scores and failures must hold: what anything here reads of them, and of which kind.

A metric may store whatever else it likes under other names.
"""

import base64
from collections.abc import Mapping
from typing import Any

from ..core.json_files.kind import (
    ANYTHING,
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    Kind,
    list_of,
    mapping_of,
    object_with,
    or_null,
)

NUMBERS = (
    *("score", "error", "raw", "ceiling", "ceiling_error", "oracle_score"),
    *("chance", "source_accuracy", "gap", "gap_error", "duration_s"),
)
COUNTS = ("n_neuroids", "n_stimuli", "n_mice", "n_parameters", "benchmark_version", "seed", "peak_memory_bytes")
TEXTS = ("error_kind", "layer", "oracle_layer", "data_sha256", "model_fingerprint", "submission_sha256", "created")

_NAMES = {"model_identifier": TEXT, "benchmark_identifier": TEXT, "created": TEXT}
_ENCODED = object_with({"largest": NUMBER, "relative": TEXT})
_EFFECTS = object_with(
    {"mice": list_of(TEXT), **dict.fromkeys(("of_stimuli", "of_mice", "of_both"), _ENCODED)}, {"of_pairs": _ENCODED}
)
_OPTIONAL = {
    **dict.fromkeys((*NUMBERS, "lookup_s", "mce", "mce_error", "error_over_seeds"), or_null(NUMBER)),
    **dict.fromkeys(COUNTS, or_null(COUNT)),
    **dict.fromkeys((*TEXTS, "citation", "data_origin", "target"), or_null(TEXT)),
    **dict.fromkeys(("is_registered", "from_cache"), or_null(FLAG)),
    "format_version": COUNT,
    "layer_scores": or_null(mapping_of(or_null(NUMBER))),
    "metric_settings": or_null(mapping_of(ANYTHING)),
    "versions": or_null(mapping_of(or_null(TEXT))),
    "host": or_null(mapping_of(ANYTHING)),
    "seed_scores": or_null(
        list_of(object_with({"score": NUMBER, "seed": COUNT}, {"error": or_null(NUMBER), "raw": or_null(NUMBER)}))
    ),
    "image_size": or_null(list_of(COUNT, length=2)),
    "neuroid_scores": or_null(list_of(or_null(NUMBER))),
    "interval": or_null(list_of(or_null(NUMBER), length=2)),
    "left_out_effects": or_null(_EFFECTS),
    "domains": or_null(mapping_of(mapping_of(object_with({"accuracy": NUMBER, "error": or_null(NUMBER)})))),
    "sources": or_null(list_of(list_of(TEXT))),
}


def _problem_with_score(record: Any, place: str) -> str | None:
    found = _SCORE_FIELDS.problem(record, place)
    if found is not None:
        return found
    domains, sources = record.get("domains") or {}, record.get("sources") or []
    if len(sources) != len(domains):
        return f"'sources' has {len(sources)} entries and 'domains' has {len(domains)}"
    if domains and record.get("chance") is None:
        return "it has 'domains' and lacks 'chance'"
    return _problem_with_rdms(record)


def _problem_with_rdms(record: Mapping[str, Any]) -> str | None:
    for name in ("rdm", "mouse_rdm"):
        if name in record:
            found = _RDM.problem(record[name], name)
            if found is not None:
                return found
    lacking = [name for name in ("mouse_rdm", "layer", "raw") if record.get(name) is None] if "rdm" in record else []
    return f"it has 'rdm' and lacks {lacking[0]!r}" if lacking else None


def _problem_with_rdm(encoded: Any, place: str) -> str | None:
    found = _RDM_FIELDS.problem(encoded, place)
    if found is not None:
        return found
    try:
        n_pairs = len(base64.b64decode(encoded["ranks"], validate=True))
    except ValueError as error:
        return f"{place}['ranks'] is not base64 ({error})"
    n_stimuli = encoded["n_stimuli"]
    if n_stimuli < 2 or n_pairs != n_stimuli * (n_stimuli - 1) // 2:
        return f"{place}['ranks'] has {n_pairs} pairs, which do not make an RDM of {n_stimuli} stimuli"
    return None


_RDM_FIELDS = object_with({"n_stimuli": COUNT, "ranks": TEXT})
_RDM = Kind("an RDM", _problem_with_rdm)
_SCORE_FIELDS = object_with({**_NAMES, "key": TEXT, "score": NUMBER}, _OPTIONAL)

SCORE = Kind("a score", _problem_with_score)
FAILURE = object_with({**_NAMES, "error": TEXT, "message": TEXT}, {"host": or_null(mapping_of(ANYTHING))})
