"""Cleaning a faceset: what is proposed is shown, priced, changed and only then made."""


def test_a_faceset_with_somebody_elses_clip_is_clean_in_two_actions_and_back_by_one(hands):
    hands.do("clean")
    assert hands.faces == {"unmarked": 60}
    hands.do("accept")
    rejected = hands.session.faces.rejected
    assert rejected[hands.from_clip("tomas.mp4")].all()
    assert not rejected[hands.from_clip("mira.mp4")].all()
    assert hands.faces == {"rejected": int(rejected.sum()), "unmarked": int((~rejected).sum())}
    hands.do("edit.undo")
    assert hands.faces == {"unmarked": 60}
