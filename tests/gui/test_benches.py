"""The benches that need a window measure a real one; small facesets here, so that figures mean nothing."""

from studio.ui.bench import grid, monitor, startup


def test_the_grid_is_measured_beside_a_list_view_over_the_same_project(monkeypatch):
    monkeypatch.setattr(grid, "FACES", 3000)
    rows = {row.name: row for row in grid.grid()}
    assert set(rows) == {
        "grid", "grid.again", "grid.scroll", "grid.jump", "grid.memory", "grid.reject", "grid.undo", "grid.frozen"
    }  # fmt: skip
    assert all(row.value > 0 for row in rows.values())
    compared = [row for row in rows.values() if row.name not in ("grid.again", "grid.frozen")]
    assert all(row.ratio == row.baseline / row.value for row in compared)
    assert rows["grid.memory"].met


def test_startup_is_measured_to_the_painted_faces_and_beside_a_plain_list(monkeypatch):
    monkeypatch.setattr(startup, "FACES", 300)
    monkeypatch.setattr(startup, "_TIMES", 1)
    (row,) = startup.startup()
    assert row.value > 0
    assert row.baseline > 0


def test_a_long_training_is_measured_beside_a_plain_plot(monkeypatch):
    monkeypatch.setattr(monitor, "LOSSES", 3000)
    rows = {row.name: row for row in monitor.monitor()}
    assert set(rows) == {"monitor", "monitor.exact", "monitor.pan", "monitor.project", "monitor.frozen"}
    assert all(rows[name].value > 0 for name in ("monitor", "monitor.exact", "monitor.pan", "monitor.project"))
    assert all(rows[name].baseline > 0 for name in ("monitor", "monitor.exact", "monitor.pan"))
