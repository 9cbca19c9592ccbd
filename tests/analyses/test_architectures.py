"""Similarity of architectures: alignment against brute force, layers of modules, the shortlist."""

import functools

import numpy as np
import pandas as pd
import pytest
from brainscore_mouse.analyses.architectures import write_architecture_report as report
from brainscore_mouse.analyses.architectures.alignment import needleman_wunsch, similarity, similarity_matrix
from brainscore_mouse.analyses.architectures.layer_sequence import layer_sequence
from brainscore_mouse.analyses.architectures.paper_networks import build
from brainscore_mouse.analyses.architectures.shortlist import shortlist
from brainscore_mouse.command_line import app
from brainscore_mouse.core.errors import InvalidParameterError, ModelError
from torch import nn
from typer.testing import CliRunner


@functools.cache
def best_of_all_alignments(first, second):
    """Try everything: the first elements face each other, or one of them faces a gap."""
    if not first or not second:
        return -len(first) - len(second)
    facing = (1 if first[0] == second[0] else -1) + best_of_all_alignments(first[1:], second[1:])
    return max(
        facing, best_of_all_alignments(first[1:], second) - 1, best_of_all_alignments(first, second[1:]) - 1
    )  # fmt: skip


def test_alignment_equals_brute_force():
    generator = np.random.default_rng(0)
    for _ in range(200):
        first, second = ("".join(generator.choice(list("abc"), size=generator.integers(0, 9))) for _ in range(2))
        assert needleman_wunsch(first, second) == best_of_all_alignments(first, second)
    assert needleman_wunsch("GATTACA", "GCATGCG") == 0  # the textbook example


def test_similarity_is_symmetric_one_for_equals_and_minus_one_for_nothing_alike():
    matrix = similarity_matrix(["abcd", "abd", "xyz", "abcd"])
    np.testing.assert_array_equal(matrix, matrix.T)
    assert matrix[0].tolist() == [1, 2 / 4, -1, 1]
    with pytest.raises(InvalidParameterError):
        similarity("", "")


def test_layers_of_a_module():
    network = nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout()),
        nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Identity(), nn.LayerNorm(4),
        nn.Linear(4, 2), nn.GELU(),
    )  # fmt: skip
    expected = ["Conv", "Norm", "ReLU", "MaxPool", "AvgPool", "Norm", "Linear", "GELU"]
    assert layer_sequence(network) == expected
    with pytest.raises(ModelError, match="Sequential"):
        layer_sequence(nn.Sequential(nn.Flatten()))


def test_known_networks_are_built_as_their_authors_say():
    of_vgg = {name: layer_sequence(build(name)) for name in ("vgg11", "vgg16", "vgg19")}
    assert {name: (kinds.count("Conv"), kinds.count("Linear")) for name, kinds in of_vgg.items()} == {
        "vgg11": (8, 3), "vgg16": (13, 3), "vgg19": (16, 3)
    }  # fmt: skip
    # They differ by blocks of Conv and ReLU alone: each layer that is missing is one gap.
    assert needleman_wunsch(of_vgg["vgg16"], of_vgg["vgg19"]) == len(of_vgg["vgg16"]) - 6


def test_shortlist_takes_one_of_each_kind():
    names = ["a1", "b1", "a2", "c1", "b2", "a3"]
    sequences = ["aaaa", "bbbbbb", "aaa", "cc", "bbbbb", "aaaaa"]
    assert shortlist(names, similarity_matrix(sequences), 3) == ["a1", "b1", "c1"]
    assert shortlist(names, similarity_matrix(sequences), 6) == names
    with pytest.raises(InvalidParameterError, match=r"\b7\b.*\b6\b"):
        shortlist(names, similarity_matrix(sequences), 7)


def test_command_writes_table_and_figure(tmp_path, monkeypatch):
    names = ("vgg11", "vgg16", "vit_b_16", "legacy_xception")
    monkeypatch.setattr(report, "PAPER_NETWORKS", names)
    printed = CliRunner().invoke(app, ["architectures", "--folder", str(tmp_path), "--chosen", "3"])
    assert printed.exit_code == 0
    table = pd.read_csv(tmp_path / "architectures.csv", index_col="network")
    assert table["shortlisted"].sum() == 3 and list(table.index) == list(names)
    assert table.loc["vgg11", "vgg16"] == table.loc["vgg16", "vgg11"] > table.loc["vgg11", "vit_b_16"]
    assert (tmp_path / "architectures.png").stat().st_size > 10_000
