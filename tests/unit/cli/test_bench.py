import json

import pytest

from studio.bench import table
from studio.bench.table import Row
from studio.cli.app import run
from studio.cli.bench import bench


def test_an_unknown_bench_is_refused_and_the_others_are_named(capsys):
    assert run(["bench", "nonsense", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "usage.bench"
    assert "clusters" in error["hint"]


def test_rows_have_the_promised_keys_and_say_whether_the_limit_is_met(monkeypatch, capsys):
    rows = {"clusters": [Row.compared("clusters", 1.0, 6.0, limit="≥ 5", notes="n")], "duplicates": [
        Row.absolute("memory", 500.0, "MB", limit="< 400")]}  # fmt: skip
    monkeypatch.setattr("studio.cli.bench._measured", lambda name: rows[name])
    assert run(["bench", "duplicates", "clusters", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["benches"]
    keys = {"name", "ours", "baseline", "ratio", "unit", "value", "limit", "notes"}
    assert all(keys <= set(row) for row in found)
    assert [(row["name"], row["met"]) for row in found] == [("memory", False), ("clusters", True)]
    table_shown = bench("duplicates", "clusters").rows
    assert [row[6] for row in table_shown[1:]] == ["NOT MET", "met"]
    assert table_shown[2][3] == "6"


@pytest.mark.slow
def test_a_bench_runs_in_a_process_of_its_own_and_only_rows_are_on_standard_output(capfd):
    assert run(["bench", "clusters", "--json"]) == 0
    out, err = capfd.readouterr()
    assert [row["name"] for row in json.loads(out)["benches"]] == ["clusters", "clusters.inertia"]
    assert "clusters: 5 of 5" in err


def test_a_bench_that_fails_is_told_of_and_its_words_are_not_lost(monkeypatch, capfd):
    # The name passes here, and the other process knows nothing of it.
    monkeypatch.setitem(table._BENCHES, "nothing", "studio.bench.clusters:clusters")
    assert run(["bench", "nothing"]) == 1
    err = capfd.readouterr().err
    assert "There is no bench 'nothing'" in err
    assert "bench.failed" in err
