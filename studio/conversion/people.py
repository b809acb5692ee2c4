"""Who is in a driver's video: only people with a consent record that holds may be swapped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from studio.conversion.driver import DriverAnalysis
from studio.conversion.matching import own_limit, track_distances
from studio.core.errors import ConsentError, MediaError
from studio.core.project import Project
from studio.core.records import USED, Identity
from studio.faceset.folder import FacesetFolder, encoder_of
from studio.provenance.consent import require

# A few hundred faces tell a person as well as all of them.
_GALLERY = 400


def people_in(project: Project, analysis: DriverAnalysis) -> dict[int, Identity]:
    """Which track shows whom: the nearest of all identities, if one is near enough, whether or not its record holds."""
    nearest: dict[int, tuple[float, Identity]] = {}
    for identity in project.store.identities.all():
        gallery = _gallery(project, identity, analysis.key.engines[2])
        if gallery is None:
            continue
        features, limit = gallery
        for track, distance in track_distances(analysis, features).items():
            if distance < limit and distance < nearest.get(track, (np.inf, identity))[0]:
                nearest[track] = (distance, identity)
    return {track: identity for track, (_, identity) in nearest.items()}


def swappable_people(project: Project, analysis: DriverAnalysis, driver: Identity | None) -> dict[int, Identity]:
    """Who may be swapped, by track: `driver`, or anyone with a record that holds where `driver` is None.

    Raises:
        MediaError: the video shows no face.
        ConsentError: nobody in the video has a record (consent.driver), none of their records holds
            (consent.revoked), or `driver` is not in it (consent.otherdriver).
    """
    if not analysis.tracks:
        raise MediaError(
            f"No face was found in {analysis.video}.",
            hint="Use a video in which the face is upright, unobstructed and at least 80 pixels high.",
            code="media.noface",
        )
    known = people_in(project, analysis)
    if not known:
        raise ConsentError(
            f"Nobody in {analysis.video} matches an identity with a consent record.",
            hint="Add the driver first: studio identity add, then studio extract some of their media.",
            code="consent.driver",
        )
    people = {track: identity for track, identity in known.items() if identity.holds(date.today())}
    if not people:
        require(next(iter(known.values())), "export")
    if driver is None:
        return people
    shown = {track: identity for track, identity in people.items() if identity.id == driver.id}
    if not shown:
        names = ", ".join(sorted({identity.name for identity in people.values()}))
        raise ConsentError(
            f"{analysis.video} shows {names}, not {driver.name}, whom this run swaps.",
            hint="Choose another run, or swap whoever has a record with --driver any.",
            code="consent.otherdriver",
        )
    return shown


def _gallery(project: Project, identity: Identity, encoder: str) -> tuple[NDArray[np.float32], float] | None:
    faces = [face for face in project.store.faces.of(identity, *USED) if face.engines.endswith(f"+{encoder}")]
    if not faces:
        return None
    facts = encoder_of(faces[0].engines)
    chosen: Sequence[int] = np.unique(np.linspace(0, len(faces) - 1, min(len(faces), _GALLERY)).astype(int)).tolist()
    features = FacesetFolder(project, identity).features([faces[index] for index in chosen], facts.dimensions)
    return features, own_limit(features) if facts.same_person is None else facts.same_person
