"""Faces of several threads through one network."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np

from studio.conversion.convert import convert_video
from studio.conversion.frames import ConvertSettings, FrameConverter
from studio.conversion.gathering import GatheringGenerator
from studio.core.vision import cv2
from studio.video.read import read_frames

FACES = [np.random.default_rng(seed).integers(0, 256, (512, 512, 3), dtype=np.uint8) for seed in range(6)]


class Watched:
    """A network whose calls are counted, and whose first call takes until it is let go."""

    def __init__(self, generator) -> None:
        self.size, self.sha256 = generator.size, generator.sha256
        self.calls, self.go, self._generator = [], Event(), generator

    def generate(self, faces, identity):
        self.calls.append((len(faces), identity))
        if len(self.calls) == 1:
            assert self.go.wait(60)
        return self._generator.generate(faces, identity)


def asked_at_once(watched, requests, most=8):
    """Ask for the first of `requests`, and while it is at work for the others, each in a thread of its own."""
    gathering = GatheringGenerator(watched, most)
    with ThreadPoolExecutor(len(requests)) as pool:
        answers = [pool.submit(gathering.generate, *requests[0])]
        while not watched.calls:
            time.sleep(0.001)
        for number, request in enumerate(requests[1:], start=1):
            answers.append(pool.submit(gathering.generate, *request))
            while len(gathering._waiting) < number:
                time.sleep(0.001)
        watched.go.set()
    return answers


def test_faces_that_wait_are_generated_together_and_each_thread_gets_its_own(generator) -> None:
    watched = Watched(generator)
    requests = [(FACES[:1], "a"), (FACES[1:2], "a"), (FACES[2:4], "a"), (FACES[4:5], "b"), (FACES[5:], "a")]

    answers = asked_at_once(watched, requests)

    assert watched.calls == [(1, "a"), (4, "a"), (1, "b")]
    for (faces, identity), answer in zip(requests, answers, strict=True):
        alone = [generator.generate([face], identity)[0] for face in faces]
        assert all(map(np.array_equal, answer.result(), alone))


def test_no_more_faces_than_the_network_takes_go_together(generator) -> None:
    watched = Watched(generator)

    answers = asked_at_once(watched, [([face], "a") for face in FACES], most=3)

    assert watched.calls == [(1, "a"), (3, "a"), (2, "a")]
    assert all(len(answer.result()) == 1 for answer in answers)


def test_what_is_wrong_with_one_threads_faces_is_raised_in_that_thread_alone(generator) -> None:
    broken = [np.zeros((0, 0, 3), np.uint8)]

    first, bad, good = asked_at_once(Watched(generator), [(FACES[:1], "a"), (broken, "a"), (FACES[1:2], "a")])

    assert len(first.result()) == len(good.result()) == 1
    assert isinstance(bad.exception(), cv2.error)


def test_a_full_batch_gives_the_faces_that_each_alone_gives(generator, monkeypatch) -> None:
    monkeypatch.setattr(generator, "batch", 8)
    alone = [generator.generate([face], "b")[0] for face in FACES]

    together = GatheringGenerator(generator, generator.batch).generate(FACES, "b")

    assert all(np.array_equal(one, other) for one, other in zip(together, alone, strict=True))


def test_an_export_whose_threads_share_a_network_is_the_same(
    mira, mira_analysis, generator, engines, tmp_path: Path
) -> None:
    settings = ConvertSettings(label=False, codec="ffv1", stop=6)
    exports = []
    for number, network in enumerate((generator, GatheringGenerator(generator, 8))):
        converter = FrameConverter(
            mira_analysis, network, "b", frozenset({0}), engines.finder, engines.parser, settings
        )  # fmt: skip
        out = convert_video(mira, mira_analysis, converter, settings, tmp_path / f"{number}.mkv", workers=3).out
        exports.append([frame.image for frame in read_frames(out)])

    assert all(map(np.array_equal, *exports))
