"""How badly faces are learned, told by cluster: the worst first, so that they are looked at, rejected, gone on from."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from studio.app.faceset.arrangement import Grouping
from studio.core.files import write_json
from studio.core.project import Project
from studio.core.runs import RunFolder
from studio.ui.panels.facesets.face_map import BY_ERROR
from tests.gui.panels.facesets.painted import words_on

K, M, LEFT = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton.LeftButton


@pytest.fixture
def strip(hands):
    """The strip of four clusters."""
    hands.panel.desk.clusters.count.setValue(4)
    hands.do("cluster")
    return hands.panel.desk.clusters.strip


def members(hands, cluster):
    return np.flatnonzero(hands.session.faces.columns.clusters == cluster)


def tell(qtbot, hands, by_cluster, without=()):
    """Have a training tell errors: each cluster's, a little more and less face by face; none of some faces."""
    with Project(hands.window.studio.project.folder) as project:
        people = [project.store.identities.get(name).id for name in ("Mira", "Tomas")]
        config = {"a": "Mira", "b": "Tomas", "people": people, "settings": {}}
        run = RunFolder.create(project.runs, "train", "mira-tomas", config)
    ids, told = hands.session.faces.columns.ids, {}
    for cluster, error in by_cluster.items():
        known = [index for index in members(hands, cluster).tolist() if index not in without]
        spread = np.linspace(-0.1, 0.1, len(known)) if len(known) > 1 else [0.0]
        told |= {str(ids[index]): [error * (1 + more), 3] for index, more in zip(known, spread, strict=True)}
    write_json(run.folder / "errors.json", {"step": 20, "a": told, "b": {}})
    run.append("done", result={})
    hands.window.studio.look()
    hands.settle()
    hands.panel.errors.look()
    qtbot.waitUntil(lambda: int((~np.isnan(hands.panel.errors.values)).sum()) == len(told), timeout=5000)


def colour_by_error(hands):
    box = hands.panel.desk.map.colour_by
    box.setCurrentIndex(box.findData(BY_ERROR))
    hands.settle()


@pytest.fixture
def told(qtbot, hands, strip):
    """What a training tells: the smaller a cluster, the worse it is learned; one face of the largest has no error."""
    order = [facts.cluster for facts in strip.facts]
    errors = dict(zip(order, (0.01, 0.02, 0.05, 0.09), strict=True))
    tell(qtbot, hands, errors, without=members(hands, order[0])[:1])
    return errors


def test_clusters_tell_their_mean_error_the_worst_first_where_the_map_shows_errors(hands, strip, told):
    largest, height = [facts.cluster for facts in strip.facts], strip.height()
    assert not any("Error" in words for words in words_on(strip.viewport()))
    colour_by_error(hands)
    assert [facts.cluster for facts in strip.facts] == largest[::-1]
    for place, facts in enumerate(strip.facts):
        strip._show(place)
        words = words_on(strip.viewport(), strip.sheet(place))
        assert f"Error {told[facts.cluster]:.4f}" in words
        some = facts.cluster == largest[0]
        assert (f"{facts.faces - 1} of {facts.faces} faces" if some else "all faces") in words
        assert strip.viewport().rect().contains(strip.sheet(place))
    hands.panel.desk.map.colour("cluster")
    hands.settle()
    assert ([facts.cluster for facts in strip.facts], strip.height()) == (largest, height)


def test_the_worst_cluster_is_looked_at_rejected_and_gone_on_from(qtbot, hands, strip, told):
    colour_by_error(hands)
    worst, next_ = (facts.cluster for facts in strip.facts[:2])
    qtbot.mouseClick(strip.viewport(), LEFT, pos=strip.sheet(0).center())
    hands.settle()
    assert hands.selected == members(hands, worst).tolist()
    assert strip.accessibleDescription() == f"cluster {worst} with error 0.0900 chosen"
    hands.key(K.Key_X, M.ShiftModifier, on=strip)
    assert np.flatnonzero(hands.session.faces.rejected).tolist() == members(hands, worst).tolist()
    assert strip.chosen == [next_]
    assert hands.selected == members(hands, next_).tolist()
    assert strip.facts[0].cluster == worst


def test_the_grid_goes_through_the_clusters_in_the_order_of_the_strip(hands, strip, told):
    hands.session.presentation.group(Grouping.CLUSTER)
    colour_by_error(hands)
    assert [section.key for section in hands.grid.arrangement.sections] == [facts.cluster for facts in strip.facts]


def test_a_training_that_tells_more_moves_no_cluster_under_the_eye(qtbot, hands, strip, told):
    colour_by_error(hands)
    before = [facts.cluster for facts in strip.facts]
    tell(qtbot, hands, dict(zip(before, (0.02, 0.03, 0.04, 0.05), strict=True)))
    assert [facts.cluster for facts in strip.facts] == before
    assert "Error 0.0200" in words_on(strip.viewport(), strip.sheet(0))


def test_a_cluster_of_which_no_error_is_known_says_so_and_comes_last(qtbot, hands, strip):
    largest = strip.facts[0].cluster
    tell(qtbot, hands, {facts.cluster: 0.05 for facts in strip.facts[1:]})
    colour_by_error(hands)
    assert strip.facts[-1].cluster == largest
    strip._show(len(strip.facts) - 1)
    assert "No error known yet" in words_on(strip.viewport(), strip.sheet(len(strip.facts) - 1))
