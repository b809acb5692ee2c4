"""The benches of training measure what they say they do; small here, so that figures mean nothing."""

from studio.bench import augment, checkpoint, train


def test_changes_to_faces_are_compared_for_every_preset(monkeypatch):
    monkeypatch.setattr(augment, "FACES", 3)
    monkeypatch.setattr(augment, "_TIMES", 2)
    rows = augment.augment()
    assert [row.name for row in rows] == ["augment", "augment.light", "augment.demo"]
    assert all(row.ratio == row.baseline / row.ours for row in rows)
    assert rows[0].ratio > 1


def test_steps_of_a_real_training_are_compared_in_turn_with_bare_ones(monkeypatch):
    monkeypatch.setattr(train, "FACES", 2)
    monkeypatch.setattr(train, "_CASES", (train._Case("demo", 2, 2, 1, 1.10),))
    step, waiting = train.train()
    assert step.name == "train.demo"
    assert step.ratio == step.baseline / step.ours
    assert step.limit == "≥ 0.909"
    assert waiting.name == "train.demo.waiting"
    assert 0 <= waiting.value < 100


def test_saves_are_compared_with_copies_of_the_same_state(monkeypatch):
    monkeypatch.setattr(checkpoint, "BOTTLENECK", 64)
    monkeypatch.setattr(checkpoint, "_TIMES", 2)
    usual, first = checkpoint.checkpoint()
    assert (usual.name, first.name) == ("checkpoint", "checkpoint.first")
    assert all(row.ratio == row.baseline / row.ours for row in (usual, first))
