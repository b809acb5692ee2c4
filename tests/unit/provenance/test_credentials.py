"""Credentials of real files: what is signed is read back, and whatever was touched is found out."""

from __future__ import annotations

import json
import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import c2pa
import numpy as np
import pytest
from PIL import Image as Pillow

from studio.core.errors import CredentialsError, MediaError
from studio.core.records import Basis, Identity, Scope
from studio.provenance import certificate
from studio.provenance.credentials import SOURCE_TYPE, Claim, Person, Signing, State, sidecar_of, sign, verify
from studio.provenance.trust import trust_folder
from studio.provenance.verification import SIGNED_ELSEWHERE, SIGNED_HERE

CODECS = {".webm": "libvpx", ".avi": "mpeg4"}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDIO_HOME", str(tmp_path / "home"))


@pytest.fixture
def clip(tmp_path):
    """Write a small video of noise and give its path."""

    def make(name, seed=0):
        path = tmp_path / name
        noise = np.random.default_rng(seed)
        with av.open(str(path), "w") as container:
            stream = container.add_stream(CODECS.get(path.suffix, "libx264"), rate=30)
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
            for _ in range(8):
                picture = noise.integers(0, 255, (64, 96, 3), dtype=np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
        return path

    return make


@pytest.fixture
def claim(clip):
    return make_claim(clip("driver.mp4", seed=1))


def make_claim(driver, **changed):
    people = (
        Person("Ada Ünal", "target", Basis.WRITTEN, Scope.PRODUCTION),
        Person("Bo", "driver", Basis.DATASET, Scope.RESEARCH),
    )
    values = {
        "title": "swap.mp4",
        "driver": driver,
        "persons": people,
        "model": "ab" * 32,
        "facesets": {"Ada Ünal": "cd" * 32},
        "squeeze": 15,
        "squeeze_method": "erode",
        "squeeze_frame": 7.5,
        "label": "AI-modified",
    }
    return Claim(**(values | changed))


def manifest_of(path):
    with c2pa.Reader(str(path)) as reader:
        store = json.loads(reader.json())
    return store["manifests"][store["active_manifest"]]


def flipped(path, offset, bit=3):
    data = bytearray(path.read_bytes())
    data[offset] ^= 1 << bit
    target = path.with_name(f"flipped{path.suffix}")
    target.write_bytes(data)
    return target


def box(path, kind):
    """Begin and end of a top-level MP4 box's content."""
    data, start = path.read_bytes(), 0
    while data[start + 4 : start + 8] != kind:
        start += int.from_bytes(data[start : start + 4], "big")
    return start + 8, start + int.from_bytes(data[start : start + 4], "big")


def test_a_signed_export_is_valid_and_tells_how_it_was_made(clip, claim, tmp_path):
    out = tmp_path / "out.mp4"
    assert sign(clip("plain.mp4"), out, claim) == out
    found = verify(out)
    assert (found.signed, found.state, found.wording) == (True, State.VALID, SIGNED_HERE)
    assert found.digital_source_type == SOURCE_TYPE
    assert (found.squeeze, found.squeeze_method, found.model) == (15.0, "erode", "ab" * 32)
    assert found.identities == ("Ada Ünal", "Bo")
    assert (found.label, found.no_label_reason) == ("AI-modified", None)
    assert (found.scope, found.rule) == ("research", "no sexual content, no impersonation")
    assert (found.driver, found.problems, found.sidecar) == ("driver.mp4", (), False)
    assert found.software.startswith("faceswap-studio ")


def test_the_squeeze_is_told_in_pixels_of_face_network_and_frame(clip, claim, tmp_path):
    sign(clip("plain.mp4"), tmp_path / "out.mp4", claim)
    swap = next(a["data"] for a in manifest_of(tmp_path / "out.mp4")["assertions"] if "faceswap" in a["label"])
    assert swap["squeeze"]["aligned_face"] == 15
    assert swap["squeeze"]["network"] == pytest.approx(15 * 256 / 410)
    assert swap["squeeze"]["frame"] == 7.5


def test_the_driver_is_the_parent_of_an_edit(clip, claim, tmp_path):
    sign(clip("plain.mp4"), tmp_path / "out.mp4", claim)
    manifest = manifest_of(tmp_path / "out.mp4")
    assert [(i["title"], i["relationship"]) for i in manifest["ingredients"]] == [("driver.mp4", "parentOf")]
    actions = next(a["data"]["actions"] for a in manifest["assertions"] if "actions" in a["label"])
    assert [action["action"] for action in actions] == ["c2pa.opened", "c2pa.edited"]


def test_the_credentials_of_a_driver_go_on_in_every_file_that_rests_on_it(clip, claim, tmp_path):
    """A swap of a swap tells both, also where one signing serves many files."""
    sign(clip("plain.mp4"), tmp_path / "first.mp4", claim)
    signing = Signing(make_claim(tmp_path / "first.mp4", title="second.mp4"))
    for number in range(2):
        out = signing.sign(clip(f"plain{number}.mp4", seed=number), tmp_path / f"second{number}.mp4")
        with c2pa.Reader(str(out)) as reader:
            store = json.loads(reader.json())
        titles = {label: manifest["title"] for label, manifest in store["manifests"].items()}
        assert sorted(titles.values()) == ["second.mp4", "swap.mp4"]
        (parent,) = store["manifests"][store["active_manifest"]]["ingredients"]
        assert (parent["title"], titles[parent["active_manifest"]]) == ("first.mp4", "swap.mp4")
        assert verify(out).state == State.VALID


def test_neither_consent_notes_nor_folders_are_written(clip, tmp_path):
    identity = Identity(
        1, "Ada", "Ada", Basis.WRITTEN, Scope.RESEARCH, "lives in Bonn", "consent/x.pdf", "e" * 64, None, None
    )
    claim = make_claim(clip("driver.mp4"), persons=(Person.of(identity, "target"),))
    sign(clip("plain.mp4"), tmp_path / "out.mp4", claim)
    data = (tmp_path / "out.mp4").read_bytes()
    assert b"Ada" in data
    for secret in (b"Bonn", b"consent/x.pdf", str(tmp_path).encode()):
        assert secret not in data


def test_a_missing_label_is_signed_with_its_reason(clip, tmp_path):
    claim = make_claim(clip("driver.mp4"), label=None, no_label_reason="detector study 7")
    sign(clip("plain.mp4"), tmp_path / "out.mp4", claim)
    found = verify(tmp_path / "out.mp4")
    assert (found.label, found.no_label_reason) == (None, "detector study 7")


def test_a_missing_label_without_a_reason_is_refused(clip):
    with pytest.raises(CredentialsError, match="reason"):
        make_claim(clip("driver.mp4"), label=None, no_label_reason=" ")


@pytest.mark.parametrize("kind", [b"mdat", b"moov"])
def test_one_flipped_bit_anywhere_in_pictures_or_index_is_invalid(clip, claim, tmp_path, kind):
    out = tmp_path / "out.mp4"
    sign(clip("plain.mp4"), out, claim)
    begin, end = box(out, kind)
    chance = random.Random(7)
    for offset in [begin, end - 1, *(chance.randrange(begin, end) for _ in range(25))]:
        found = verify(flipped(out, offset, chance.randrange(8)))
        assert (found.signed, found.state) == (True, State.INVALID), offset


def test_a_changed_claim_is_invalid(clip, claim, tmp_path):
    out = tmp_path / "out.mp4"
    sign(clip("plain.mp4"), out, claim)
    forged = out.with_name("forged.mp4")
    forged.write_bytes(out.read_bytes().replace(b"AI-modified", b"all genuine"))
    assert verify(forged).state is State.INVALID


def test_credentials_that_can_no_longer_be_read_are_invalid_and_not_absent(clip, claim, tmp_path):
    out = tmp_path / "out.mp4"
    sign(clip("plain.mp4"), out, claim)
    begin, _ = box(out, b"uuid")
    found = verify(flipped(out, begin + 2))
    assert (found.signed, found.state) == (True, State.INVALID)


def test_a_truncated_export_is_invalid(clip, claim, tmp_path):
    out = tmp_path / "out.mp4"
    sign(clip("plain.mp4"), out, claim)
    out.write_bytes(out.read_bytes()[: out.stat().st_size // 2])
    assert verify(out).state is State.INVALID


def test_a_remux_strips_the_credentials(clip, claim, tmp_path):
    out, copy = tmp_path / "out.mp4", tmp_path / "copy.mp4"
    sign(clip("plain.mp4"), out, claim)
    with av.open(str(out)) as source, av.open(str(copy), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    assert verify(copy).state is State.NONE


def test_a_signed_export_still_plays(clip, claim, tmp_path):
    sign(clip("plain.mp4"), tmp_path / "out.mp4", claim)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 8


@pytest.mark.parametrize("suffix", [".mov", ".m4v", ".avi"])
def test_other_containers_carry_their_credentials_themselves(clip, claim, tmp_path, suffix):
    out = tmp_path / f"out{suffix}"
    assert sign(clip(f"plain{suffix}"), out, claim) == out
    assert verify(out).state is State.VALID


def test_a_still_carries_credentials_without_a_thumbnail_of_the_driver(claim, tmp_path):
    plain, out = tmp_path / "plain.png", tmp_path / "out.png"
    Pillow.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(plain)
    sign(plain, out, claim)
    assert verify(out).squeeze == 15
    assert "thumbnail" not in manifest_of(out)


@pytest.mark.parametrize("suffix", [".mkv", ".webm"])
def test_a_container_that_cannot_carry_credentials_gets_a_sidecar(clip, claim, tmp_path, suffix):
    plain, out = clip(f"plain{suffix}"), tmp_path / f"out{suffix}"
    assert sign(plain, out, claim) == sidecar_of(out)
    assert out.read_bytes() == plain.read_bytes()
    found = verify(out)
    assert (found.state, found.sidecar, found.identities) == (State.VALID, True, ("Ada Ünal", "Bo"))
    data = bytearray(out.read_bytes())
    data[len(data) // 2] ^= 1
    out.write_bytes(data)
    assert verify(out).state is State.INVALID
    sidecar_of(out).unlink()
    assert verify(plain).state is State.NONE


def test_a_damaged_sidecar_is_invalid(clip, claim, tmp_path):
    out = tmp_path / "out.mkv"
    sign(clip("plain.mkv"), out, claim)
    sidecar_of(out).write_bytes(b"nonsense")
    assert verify(out).state is State.INVALID


def test_a_renamed_export_is_still_read(clip, claim, tmp_path):
    sign(clip("plain.mp4"), tmp_path / "out.mp4", claim)
    (tmp_path / "out.mp4").rename(tmp_path / "out.video")
    assert verify(tmp_path / "out.video").state is State.VALID


def test_a_driver_in_any_container_can_be_named(clip, tmp_path):
    sign(clip("plain.mp4"), tmp_path / "out.mp4", make_claim(clip("driver.mkv")))
    assert verify(tmp_path / "out.mp4").driver == "driver.mkv"


def test_an_edit_by_a_later_tool_does_not_hide_the_swap(clip, claim, tmp_path):
    swap, edited = tmp_path / "swap.mp4", tmp_path / "edited.mp4"
    sign(clip("plain.mp4"), swap, claim)
    identity = certificate.signing_identity()
    cropped = {"actions": [{"action": "c2pa.cropped"}]}
    builder = c2pa.Builder({"title": "later", "assertions": [{"label": "c2pa.actions.v2", "data": cropped}]})
    builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
    with swap.open("rb") as file:
        builder.add_ingredient({"title": "swap.mp4", "relationship": "parentOf"}, "video/mp4", file)
    info = c2pa.C2paSignerInfo(b"es256", identity.chain, identity.key, None)
    with c2pa.Signer.from_info(info) as signer:
        builder.sign_file(clip("later.mp4"), edited, signer)
    found = verify(edited)
    assert (found.digital_source_type, found.squeeze, found.model) == (SOURCE_TYPE, 15, "ab" * 32)


def test_another_machines_export_is_valid_but_not_called_ours(clip, claim, tmp_path, monkeypatch):
    sign(clip("plain.mp4"), tmp_path / "out.mp4", claim)
    monkeypatch.setenv("STUDIO_HOME", str(tmp_path / "elsewhere"))
    found = verify(tmp_path / "out.mp4")
    assert (found.state, found.wording) == (State.VALID, SIGNED_ELSEWHERE)


def test_only_an_anchor_the_user_installed_makes_an_export_trusted(clip, claim, tmp_path, monkeypatch):
    sign(clip("plain.mp4"), tmp_path / "out.mp4", claim)
    root = certificate.own_roots()
    monkeypatch.setenv("STUDIO_HOME", str(tmp_path / "elsewhere"))
    certificate.signing_identity()
    trust_folder().mkdir(parents=True)
    (trust_folder() / "colleague.pem").write_bytes(b"a colleague's root\n" + root)
    assert verify(tmp_path / "out.mp4").state is State.TRUSTED
    assert verify(tmp_path / "out.mp4", trust=False).state is State.VALID
    begin, _ = box(tmp_path / "out.mp4", b"mdat")
    assert verify(flipped(tmp_path / "out.mp4", begin + 100)).state is State.INVALID


def test_an_installed_anchor_does_not_vouch_for_this_machine(clip, claim, tmp_path):
    sign(clip("plain.mp4"), tmp_path / "out.mp4", claim)
    stranger = certificate._make(tmp_path / "stranger", datetime.now(UTC))
    trust_folder().mkdir(parents=True)
    (trust_folder() / "stranger.pem").write_bytes(stranger.chain)
    assert verify(tmp_path / "out.mp4").state is State.VALID


def test_a_trust_folder_with_something_else_in_it_is_named(clip, claim, tmp_path):
    sign(clip("plain.mp4"), tmp_path / "out.mp4", claim)
    trust_folder().mkdir(parents=True)
    (trust_folder() / "holiday.pem").write_bytes(b"nothing")
    with pytest.raises(CredentialsError, match=r"holiday\.pem"):
        verify(tmp_path / "out.mp4")


def test_exports_of_an_identity_that_was_followed_by_another_stay_ours(clip, claim, tmp_path):
    certificate.signing_identity(datetime.now(UTC) - timedelta(days=300))
    sign(clip("plain.mp4"), tmp_path / "out.mp4", claim)
    certificate.signing_identity(datetime.now(UTC) + timedelta(days=100))
    assert len(list((certificate.signing_folder() / "roots").iterdir())) == 2
    assert verify(tmp_path / "out.mp4").wording == SIGNED_HERE


def test_a_file_without_credentials_has_none(clip):
    found = verify(clip("plain.mp4"))
    assert (found.signed, found.state, found.digital_source_type) == (False, State.NONE, None)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("missing.mp4", None, "media.missing"),
        ("empty.mp4", b"", "media.empty"),
        ("text.mp4", b"dear diary, " * 40, "media.unreadable"),
        ("text.txt", b"dear diary, " * 40, "media.unreadable"),
        ("text.png", b"dear diary, " * 40, "media.unreadable"),
    ],
)
def test_what_is_no_media_is_refused(tmp_path, name, content, code):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError) as refusal:
        verify(tmp_path / name)
    assert refusal.value.code == code
    assert refusal.value.hint


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(MediaError):
        verify(tmp_path)


def test_a_failed_signing_leaves_the_older_export_alone(claim, tmp_path):
    out, broken = tmp_path / "out.mp4", tmp_path / "broken.mp4"
    out.write_bytes(b"older")
    broken.write_bytes(b"no video at all")
    with pytest.raises(CredentialsError):
        sign(broken, out, claim)
    assert out.read_bytes() == b"older"
    assert {path.name for path in tmp_path.iterdir()} == {"out.mp4", "broken.mp4", "driver.mp4", "home"}


def test_a_driver_that_is_gone_is_named(clip, tmp_path):
    with pytest.raises(MediaError, match="gone"):
        sign(clip("plain.mp4"), tmp_path / "out.mp4", make_claim(Path("gone.mp4")))


def test_signing_again_over_a_sidecar_leaves_no_stale_one(clip, claim, tmp_path):
    out = tmp_path / "out.mp4"
    shutil.copy(clip("plain.mp4"), out)
    sidecar_of(out).write_bytes(b"stale")
    sign(out, out, claim)
    assert not sidecar_of(out).exists()
    assert verify(out).state is State.VALID
