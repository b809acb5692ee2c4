import pytest

from studio.bench import table
from studio.bench.table import Row, bench_of, names
from studio.core.errors import UsageError


@pytest.mark.parametrize(
    ("limit", "ratio", "met"),
    [("≥ 5", 5.0, True), ("≥ 5", 4.99, False), ("≤ 1.02", 1.02, True), ("< 400", 400.0, False), (None, 3.0, None)],
)
def test_a_figure_keeps_its_limit_or_does_not(limit, ratio, met):
    assert Row("x", ratio=ratio, limit=limit).met is met


def test_the_limit_is_of_the_ratio_or_else_of_the_value():
    assert Row.compared("x", ours=2.0, baseline=9.0, limit="≥ 4").met
    assert Row.absolute("x", 390.0, "MB", limit="< 400").met
    assert Row.compared("x", ours=2.0, baseline=9.0).ratio == 4.5


def test_a_limit_that_nobody_can_check_is_refused():
    with pytest.raises(ValueError):
        Row("x", limit="quick")


def test_benches_that_are_not_there_are_not_listed(monkeypatch):
    monkeypatch.setitem(table._BENCHES, "export", "studio.bench.nowhere:export")
    monkeypatch.setitem(table._BENCHES, "seek", "studio.nowhere.bench:seek")
    assert {"clusters", "duplicates"} <= set(names())
    assert not {"export", "seek"} & set(names())
    with pytest.raises(UsageError):
        bench_of("export")


def test_every_bench_that_is_listed_can_be_called():
    for name in names():
        assert callable(bench_of(name))
