"""Columns made for a test."""

from dataclasses import fields

import numpy as np

from studio.core.store.columns import FaceColumns


def columns(count, **values):
    """`count` faces with ids from 1, unmarked and without a score; `values` in place of some columns."""
    empty = FaceColumns.empty()
    given = {"ids": np.arange(1, count + 1), "rows": np.arange(count), "clusters": np.full(count, -1), **values}
    unknown = ("landmark_confidence", "exposure", "occlusion")
    made = {}
    for field in fields(FaceColumns):
        value = given.get(field.name, np.nan if field.name in unknown else 0)
        made[field.name] = np.broadcast_to(value, (count,)).astype(getattr(empty, field.name).dtype)
    return FaceColumns(**made)
