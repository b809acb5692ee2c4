from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.core.errors import MediaError
from studio.video.media import expand, read_image


def _image(path: Path, **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((20, 30, 3), np.uint8)
    pixels[:, :15, 0] = 255
    Image.fromarray(pixels).save(path, **options)
    return path


def test_a_folder_is_walked_in_order_and_other_files_are_skipped(make_clip, tmp_path: Path) -> None:
    make_clip("b.mp4")
    _image(tmp_path / "a.png")
    _image(tmp_path / "deeper" / "c.JPG")
    (tmp_path / "notes.txt").write_text("not a picture")

    media = expand([tmp_path])

    assert [(medium.path.name, medium.kind) for medium in media] == [
        ("a.png", "image"),
        ("b.mp4", "video"),
        ("c.JPG", "image"),
    ]
    assert media[1].group == str(tmp_path / "b.mp4")
    assert media[2].group == str(tmp_path / "deeper")


def test_a_file_named_twice_comes_once(make_clip, tmp_path: Path) -> None:
    clip = make_clip()

    assert len(expand([clip, tmp_path, clip])) == 1


def test_a_relative_path_stays_as_given(make_clip, tmp_path: Path, monkeypatch) -> None:
    make_clip("clip.mp4")
    monkeypatch.chdir(tmp_path)

    assert [str(medium.path) for medium in expand([Path("clip.mp4")])] == ["clip.mp4"]


@pytest.mark.parametrize("name", ["letter.txt", "letter.mp4", "letter.png"])
def test_a_file_named_by_the_user_that_is_no_medium_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("not a picture" * 100)

    with pytest.raises(MediaError):
        expand([tmp_path / name])


def test_a_folder_without_media_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError) as nothing:
        expand([tmp_path])
    with pytest.raises(MediaError) as missing:
        expand([tmp_path / "nowhere.png"])

    assert (nothing.value.code, missing.value.code) == ("media.none", "media.missing")


def test_images_come_as_rgb(tmp_path: Path) -> None:
    image = read_image(_image(tmp_path / "a.png"))

    assert image.shape == (20, 30, 3)
    assert tuple(image[0, 0]) == (255, 0, 0)


def test_a_photo_taken_on_its_side_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = read_image(_image(tmp_path / "a.jpg", exif=exif))

    assert image.shape == (30, 20, 3)
    assert image[2, 10, 0] > 200
    assert image[-3, 10, 0] < 60
