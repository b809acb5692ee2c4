"""The settings that the panel offers to change."""

from annotated_types import Ge, Gt, Le

from studio.app.training.safe import SAFE_SETTINGS
from studio.training.changes import SAFE
from studio.training.settings import TrainSettings


def test_the_panel_offers_exactly_what_a_training_takes_within_its_bounds():
    assert sorted(setting.name for setting in SAFE_SETTINGS) == sorted(SAFE)
    for setting in SAFE_SETTINGS:
        limits = TrainSettings.model_fields[setting.name].metadata
        highest = next(limit.le for limit in limits if isinstance(limit, Le))
        assert setting.highest == highest
        lowest = next(
            limit.ge if isinstance(limit, Ge) else limit.gt for limit in limits if isinstance(limit, (Ge, Gt))
        )
        assert setting.lowest == lowest or (lowest == 0 < setting.lowest)
