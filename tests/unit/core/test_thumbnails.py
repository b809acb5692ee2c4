import threading

import pytest

from studio.core.errors import StorageError
from studio.core.store.thumbnails import Thumbnails


@pytest.fixture
def thumbnails(tmp_path):
    made = Thumbnails(tmp_path / "faceset" / "thumbnails.db")
    yield made
    made.close()


def test_pictures_are_found_by_row_after_a_restart(thumbnails, tmp_path):
    thumbnails.put([3, 5], [b"three", b"five"])
    thumbnails.close()
    again = Thumbnails(tmp_path / "faceset" / "thumbnails.db")
    assert again.get([5, 4, 3]) == {3: b"three", 5: b"five"}
    again.close()


def test_a_new_picture_takes_the_place_of_the_old_one(thumbnails):
    thumbnails.put([3], [b"old"])
    thumbnails.put([3], [b"new"])
    assert thumbnails.get([3]) == {3: b"new"}


def test_what_has_no_picture_is_told_in_order(thumbnails):
    assert thumbnails.missing([2, 1]) == [2, 1]
    thumbnails.put([1], [b"one"])
    assert thumbnails.missing([2, 1, 0]) == [2, 0]
    thumbnails.remove([1])
    assert thumbnails.missing([1]) == [1]


def test_looking_for_pictures_makes_no_file(thumbnails, tmp_path):
    assert thumbnails.get([0]) == {}
    assert not (tmp_path / "faceset").exists()


def test_a_damaged_file_is_begun_anew(thumbnails, tmp_path):
    path = tmp_path / "faceset" / "thumbnails.db"
    path.parent.mkdir()
    path.write_bytes(b"no database" * 500)
    assert thumbnails.get([1]) == {}
    thumbnails.put([1], [b"one"])
    assert thumbnails.get([1]) == {1: b"one"}


def test_a_place_that_can_not_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError):
        Thumbnails(tmp_path / "file" / "thumbnails.db").put([1], [b"one"])


def test_threads_may_write_and_read_at_once(thumbnails):
    wrong = []

    def work(first):
        for row in range(first, first + 50):
            thumbnails.put([row], [str(row).encode()])
            if thumbnails.get([row]) != {row: str(row).encode()}:
                wrong.append(row)

    threads = [threading.Thread(target=work, args=(n * 50,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(thumbnails.get(range(200))) == 200


def test_a_project_closes_the_thumbnails_it_gave(project, anna):
    thumbnails = project.thumbnails(anna)
    thumbnails.put([0], [b"zero"])
    assert project.thumbnails(anna) is thumbnails
    project.close()
    assert not list(project.faceset_folder(anna).glob("*-wal"))
