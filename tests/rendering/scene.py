"""Frames with their truth: a person, a pose, an expression and a light drawn to RGB, landmarks and masks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from studio.core.vision import cv2
from tests.rendering import landmarks as picked
from tests.rendering.backdrop import backdrop
from tests.rendering.hair import Curtain, curtain
from tests.rendering.lashes import lashes
from tests.rendering.lights import Light, ambient_light, lighting
from tests.rendering.mesh import EYE, HAIR, LASHES, SKIN, TEETH, TONGUE, HeadMesh, load_head, normals, rotation
from tests.rendering.paint import EYE_LABEL, FACE_LABEL, MOUTH_LABEL, Paint
from tests.rendering.person import Person
from tests.rendering.raster import rasterise
from tests.rendering.shade import shade

DISTANCE = 13.0
"""From the camera to the eyes, in decimetres."""
WIDTH = 3.05
"""How many decimetres the picture shows at that distance."""
PIVOT = np.array([0.0, -0.35, -1.05])
"""Where the skull turns, from the middle between the eyes."""
AIM = -0.25
"""The height the camera aims at, from the eyes."""


@dataclass(frozen=True)
class Pose:
    """How the head is held: degrees with the signs of `studio.faces.pose`, a move in decimetres, and the gaze."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    x: float = 0.0
    y: float = 0.0
    gaze_right: float = 0.0
    gaze_up: float = 0.0


@dataclass(frozen=True)
class Rendering:
    """A frame (size, size, 3) uint8 RGB and the truth about it.

    `landmarks` are (68, 2) image coordinates in which the middle of the first pixel is (0, 0); `face`, `eyes` and
    `mouth` are (size, size) bool masks of what is seen; `face` holds the other two.
    """

    frame: np.ndarray
    pose: Pose
    landmarks: np.ndarray
    face: np.ndarray
    eyes: np.ndarray
    mouth: np.ndarray


@dataclass(frozen=True)
class _Posed:
    """The fine mesh of one frame."""

    world: np.ndarray
    normal: np.ndarray
    turn: np.ndarray


@dataclass
class Studio:
    """A person in front of a camera; keeps what does not change from frame to frame."""

    person: Person
    size: int = 480
    supersampling: int = 2
    head: HeadMesh = field(default_factory=load_head)

    def __post_init__(self) -> None:
        head, person = self.head, self.person
        drawn = head.triangle_parts != LASHES
        self._triangles = np.ascontiguousarray(head.triangles[drawn])
        self._parts = np.ascontiguousarray(head.triangle_parts[drawn])
        self._follow = head.fine(head.head_weight)
        self._eyes = self._eye_groups()
        self._hair = self._hair_field()
        self._canon = self._canonical()
        self._masks = np.stack([head.fine(head.masks[name]) for name in ("lips", "inside_mouth", "ears")], axis=1)
        self._lashes, corners = lashes(head)
        self._draw_also(corners, LASHES, self._lashes @ head.vertices, self._lashes @ head.head_weight)
        self._curtain = self._hang() if person.hair_length else None
        self._volume = np.random.default_rng(person.seed).uniform(-1, 1, (64, 64, 64)).astype(np.float32)
        self._paint = _paint(person)
        self._dither = np.random.default_rng(0).uniform(0, 1, (self.size, self.size, 1)).astype(np.float32)
        self._backdrop = backdrop(self.size * self.supersampling, person.seed)

    def render(self, pose: Pose, expression: Mapping[str, float], light: Light) -> Rendering:
        """Draw one frame. `expression` names face units of the head and their weights, 0..1."""
        posed = self._posed(pose, expression)
        points, inverse = self._project(posed.world, self.size * self.supersampling)
        _, index, weights = rasterise(points, self._triangles, *self._backdrop.shape[:2])
        lights = lighting(light, posed.world, self._triangles)
        ambient = ambient_light(posed.world, posed.normal, self._triangles)
        image, labels = self._backdrop * (0.6 + 0.4 * light.strength), np.zeros(index.shape, np.uint8)
        flow = np.ascontiguousarray(posed.turn @ np.array([1.0, 0.0, 0.0]))
        shade(
            index,
            weights,
            self._triangles,
            self._parts,
            inverse,
            self._canon,
            posed.world,
            posed.normal,
            self._fields(ambient),
            flow,
            self._volume,
            self._paint,
            lights,
            np.array([0.0, AIM, DISTANCE]),
            image,
            labels,
        )
        return Rendering(
            frame=self._developed(image),
            pose=pose,
            landmarks=self._project(posed.world[list(picked.VERTICES)], self.size)[0][:, :2] - 0.5,
            face=self._mask(labels, FACE_LABEL, EYE_LABEL, MOUTH_LABEL),
            eyes=self._mask(labels, EYE_LABEL),
            mouth=self._mask(labels, MOUTH_LABEL),
        )

    def _coarse(self, expression: Mapping[str, float]) -> np.ndarray:
        rest = self.head.shaped(self.person.shape)
        units = {
            name: weight * (self.person.blink if name.startswith("eyeBlink") else 1.0)
            for name, weight in expression.items()
        }
        shaped = self.head.shaped({**self.person.shape, **units})
        self._open_teeth(shaped, expression.get("jawOpen", 0.0))
        middle = sum(rest[group].mean(axis=0) for group in self._coarse_eyes()) / 2
        return (shaped - middle) * self.person.size

    def _open_teeth(self, shaped: np.ndarray, jaw: float) -> None:
        """Let the lower teeth and the tongue fall as far as the lip does, and show the upper teeth."""
        head = self.head
        for part in (TEETH, TONGUE):
            found = np.unique(head.quads[head.parts == part])
            upper = head.vertices[found, 1] + 0.35 * (head.vertices[found, 2] - 1.2) > 6.66
            lower = found if part == TONGUE else found[~upper]
            shaped[lower] += jaw * np.array([0.0, -0.07, -0.09])
            if part == TEETH:
                shaped[found[upper]] += min(1.0, 2.5 * jaw) * np.array([0.0, -0.055, 0.0])

    def _posed(self, pose: Pose, expression: Mapping[str, float]) -> _Posed:
        head = self.head
        coarse = self._coarse(expression)
        fine = self._scalp_raised(head.fine(coarse))
        look = rotation(pose.gaze_right, pose.gaze_up, 0.0)
        for group in self._eyes:
            middle = (fine[group].min(axis=0) + fine[group].max(axis=0)) / 2
            fine[group] = (fine[group] - middle) @ look.T + middle
        fine = np.concatenate([fine, self._lashes @ coarse] + ([self._curtain.vertices] if self._curtain else []))
        turn = rotation(pose.yaw, pose.pitch, pose.roll)
        turned = (fine - PIVOT) @ turn.T + PIVOT + [pose.x, pose.y, 0.0]
        world = fine + self._follow[:, None] * (turned - fine)
        world[:, 1] += self.person.lift
        return _Posed(world, normals(world, self._triangles), turn)

    def _scalp_raised(self, fine: np.ndarray) -> np.ndarray:
        skin = self._triangles[self._parts == SKIN]
        return fine + normals(fine, skin) * (self._hair_thickness() * self.person.size)[:, None]

    def _hang(self) -> Curtain:
        """Make the hanging hair and add it to what is drawn."""
        fine = self.head.fine(self._coarse({}))
        skull = fine[self._follow[: len(fine)] > 0.95]
        made = curtain(skull, self.person.hair_length, self.person.hair_volume, self.person.seed)
        self._draw_also(made.triangles, HAIR, made.strands, made.follow)
        return made

    def _draw_also(self, triangles: np.ndarray, part: int, canon: np.ndarray, follow: np.ndarray) -> None:
        """Append vertices that are not of the subdivided mesh, and the triangles between them."""
        self._triangles = np.concatenate([self._triangles, triangles + np.int32(len(self._canon))])
        self._parts = np.concatenate([self._parts, np.full(len(triangles), part, self._parts.dtype)])
        self._canon = np.concatenate([self._canon, canon])
        self._follow = np.concatenate([self._follow, follow])
        self._hair = np.concatenate([self._hair, np.ones(len(canon))])
        self._masks = np.concatenate([self._masks, np.zeros((len(canon), 3))])

    def _project(self, world: np.ndarray, pixels: int) -> tuple[np.ndarray, np.ndarray]:
        """Image x, y and 1/distance of points, and 1/distance alone."""
        inverse = 1.0 / (DISTANCE - world[:, 2])
        focal = pixels * DISTANCE / WIDTH
        x = pixels / 2 + focal * world[:, 0] * inverse
        y = pixels / 2 - focal * (world[:, 1] - AIM) * inverse
        return np.stack([x, y, inverse], axis=1), inverse

    def _coarse_eyes(self) -> list[np.ndarray]:
        vertices = np.unique(self.head.quads[self.head.parts == EYE])
        left = self.head.vertices[vertices, 0] > 0
        return [vertices[left], vertices[~left]]

    def _eye_groups(self) -> list[np.ndarray]:
        vertices = np.unique(self.head.triangles[self.head.triangle_parts == EYE])
        left = self.head.fine(self.head.vertices)[vertices, 0] > 0
        return [vertices[left], vertices[~left]]

    def _canonical(self) -> np.ndarray:
        """Where each fine vertex lies on the unshaped head; for eyes, on their own unit sphere."""
        place = self.head.fine(self.head.vertices)
        for group in self._eyes:
            low, high = place[group].min(axis=0), place[group].max(axis=0)
            place[group] = (place[group] - (low + high) / 2) / ((high - low)[0] / 2)
        return place

    def _hair_field(self) -> np.ndarray:
        """Height over the hair's border at each fine vertex; negative where no hair grows."""
        place = self.head.fine(self.head.vertices)
        azimuth = np.abs(np.degrees(np.arctan2(place[:, 0], place[:, 2] - 0.15)))
        line = np.interp(azimuth, *np.array(self.person.hairline).T)
        skin = np.zeros(len(place), bool)
        skin[np.unique(self.head.triangles[self.head.triangle_parts == SKIN])] = True
        return np.where(skin & (place[:, 1] > 6.3), place[:, 1] - line, -1.0)

    def _hair_thickness(self) -> np.ndarray:
        count = self.head.subdivision[0].shape[0]
        rise = np.clip(self._hair[:count] / 0.35, 0, 1)
        ears = np.clip(self._masks[:count, 2] * 2, 0, 1)
        return self.person.hair_volume * rise * rise * (3 - 2 * rise) * (1 - ears)

    def _fields(self, ambient: np.ndarray) -> np.ndarray:
        return np.concatenate([self._masks, np.stack([self._hair, ambient, self._follow], axis=1)], axis=1)

    def _developed(self, image: np.ndarray) -> np.ndarray:
        """From linear light at the drawn size to sRGB bytes at the final size (Reinhard's curve with a white point)."""
        exposed = image * 1.05
        toned = 1.1 * exposed * (1 + exposed / 6.0) / (1 + 0.8 * exposed)
        small = cv2.resize(np.clip(toned, 0, 1), (self.size, self.size), interpolation=cv2.INTER_AREA)
        curve = np.where(small <= 0.0031308, 12.92 * small, 1.055 * np.maximum(small, 1e-9) ** (1 / 2.4) - 0.055)
        return np.minimum(255 * np.clip(curve, 0, 1) + self._dither, 255).astype(np.uint8)

    def _mask(self, labels: np.ndarray, *wanted: int) -> np.ndarray:
        found = np.isin(labels, wanted).astype(np.float32)
        return cv2.resize(found, (self.size, self.size), interpolation=cv2.INTER_AREA) >= 0.5


def _paint(person: Person) -> Paint:
    colours = (person.skin, person.lips, person.hair, person.brows, person.iris, person.shirt)
    return Paint(
        *(np.array(colour) for colour in colours),
        person.brow_height,
        person.brow_arch,
        person.brow_thickness,
        person.brow_density,
        person.stubble,
        person.wrinkles,
        person.freckles,
        person.redness,
        person.shine,
        person.hair_back,
        person.grey,
        person.eye_paint,
    )
