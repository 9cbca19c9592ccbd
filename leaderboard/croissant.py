"""Croissant metadata (JSON-LD) of packaged recordings, so that search engines and loaders of datasets know them."""

import re
from collections.abc import Mapping
from typing import Any

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "recordSet": "cr:recordSet",
    "sc": "https://schema.org/",
    "source": "cr:source",
}
_ADDRESS = re.compile(r"https?://[^\s,;]+")


def croissant(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a packaged dataset in Croissant 1.0.

    Parameters
    ----------
    manifest : mapping
        From :func:`brainscore_mouse.data_packaging.datasets.read_manifest`.

    Returns
    -------
    dict
        JSON-LD. The files are named as they are in the dataset's folder, with their SHA-256; they are not offered for
        download, since the terms of most recordings forbid it: `isAccessibleForFree` and `contentUrl` are left out, and
        the description says how to get them.
    """
    identifier, recipe, stimuli = manifest["identifier"], manifest["recipe"], manifest["stimulus_set"]
    regions = manifest["regions"]
    n_neuroids = sum(entry["n_neuroids"] for entry in regions.values())
    folder = f"{stimuli['folder']}/" if "folder" in stimuli else ""
    files = [
        _file(entry["file"], entry["sha256"], "application/x-netcdf", f"single trials of {region}")
        for region, entry in regions.items()
    ]
    files.append(_file(f"{folder}{stimuli['file']}", stimuli["sha256"], "text/csv", "the stimuli, in order"))
    addresses = _ADDRESS.findall(recipe["licence"])
    kind = "Simulated responses" if manifest["simulated"] else "Recordings"
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": identifier,
        "description": (
            f"{kind} of mouse visual cortex: {n_neuroids} neuroids in {', '.join(regions)}, {stimuli['n_stimuli']} "
            f"stimuli. Responses: {recipe['response']}. Selection: {recipe['filters']}. Source: {recipe['source']}. "
            f"To have the files: brainscore-mouse data fetch {identifier}"
        ),
        "license": addresses[0] if addresses else recipe["licence"],
        "usageInfo": recipe["licence"],
        "citeAs": recipe["citation"],
        "isBasedOn": recipe["source"],
        "distribution": files,
        "recordSet": [_stimuli(f"{folder}{stimuli['file']}")],
    }


def _file(name: str, sha256: str, encoding: str, description: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "description": description,
        "encodingFormat": encoding,
        "sha256": sha256,
    }


def _stimuli(file: str) -> dict[str, Any]:
    fields = {"stimulus_id": "Name of the stimulus.", "filename": "Its image, in the folder of the stimuli."}
    return {
        "@type": "cr:RecordSet",
        "@id": "stimuli",
        "name": "stimuli",
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"stimuli/{name}",
                "name": name,
                "description": description,
                "dataType": "sc:Text",
                "source": {"fileObject": {"@id": file}, "extract": {"column": name}},
            }
            for name, description in fields.items()
        ],
    }
