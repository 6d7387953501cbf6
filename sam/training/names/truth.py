"""What the masks of each training set say about each name: here it is, here it is not, or nobody has looked.

A set teaches a name only where it labels it throughout, or where the name cannot be. A tree that a set of household
things does not mark must not teach that it is no tree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...detection.vocabulary import INDEX, NAMES

COUNT = len(NAMES)
UNKNOWN, KNOWN, PARTIAL = 0, 1, 2
"""Nothing is learnt; all is learnt; only the pixels that are labelled as anything are."""


def listed(names: str) -> list[str]:
    """Names between commas."""
    return [" ".join(name.split()) for name in names.split(",")]


CAR_PARTS = listed(
    """wheel, car door, headlight, tail light, wing mirror, windshield, rear window, hood, trunk, tailgate, bumper,
    front bumper, rear bumper, left door, right door, left mirror, right mirror, left headlight, right headlight"""
)
WORN = listed(
    """hair, skin, shoes, boots, sandals, sneakers, hat, sunglasses, dress, skirt, coat, jacket, blazer, suit, vest,
    blouse, shirt, t-shirt, sweater, cardigan, sweatshirt, top, pants, jeans, shorts, leggings, stockings, socks,
    romper, cape, belt, scarf, gloves, necklace, bracelet"""
)
ANIMALS = listed("deer, otter, tiger, turtle, monkey")
BEASTS = listed("bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe")
COCO = [name.name for name in NAMES[: INDEX["toothbrush"] + 1]]
OUTDOOR = listed(
    """person, bicycle, car, motorcycle, bus, truck, train, traffic light, fire hydrant, stop sign, bench,
    potted plant, umbrella, bag, backpack, chair, clock"""
)
INDOOR = [name for name in COCO if name not in {*OUTDOOR, *BEASTS}]
"""Names of COCO that are not met in a street or in the wild."""
SIDES = (("left door", "right door"), ("left mirror", "right mirror"), ("left headlight", "right headlight"))
MIRRORED = np.arange(COUNT)
"""Names after the image is mirrored."""
for _one, _other in SIDES:
    MIRRORED[[INDEX[_one], INDEX[_other]]] = INDEX[_other], INDEX[_one]


def rows(names: Sequence[str]) -> NDArray[np.int64]:
    """Of the table."""
    return np.array([INDEX[name] for name in names], np.int64)


@dataclass(frozen=True)
class Rule:
    """What one set says.

    Attributes:
        labels: category -> names that its masks show.
        known: names that are nowhere but where they are marked.
        partial: names whose unmarked pixels are unknown unless something else is marked there.
        hidden: category -> names that it lies in front of: there they are not, whatever else is marked.
        within: names that are unknown in photos with these names, since those have them.
        bounded: partial names that are nowhere outside the box around all that is marked: wholes of which parts are.
    """

    labels: Mapping[str, tuple[str, ...]]
    known: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    hidden: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    within: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    bounded: tuple[str, ...] = ()


def _coco() -> Rule:
    labels: dict[str, tuple[str, ...]] = {name: (name,) for name in COCO if name != "bag"}
    labels["handbag"] = ("bag",)
    return Rule(
        labels,
        (*COCO, *ANIMALS, *WORN, *CAR_PARTS, "nucleus"),
        within=(
            (("person", "teddy bear"), tuple(WORN)),
            (("car", "truck", "bus", "motorcycle", "bicycle", "train", "airplane"), tuple(CAR_PARTS)),
        ),
    )


def _clothing() -> Rule:
    shoes = ["pumps", "heels", "wedges", "loafers", "flats", "shoes"]
    labels: dict[str, tuple[str, ...]] = {name: (name,) for name in WORN}
    labels |= dict.fromkeys(shoes, ("shoes",))
    labels |= {name: ("shoes", name) for name in ("boots", "sandals", "sneakers")}
    labels |= {"person": ("person",), "bag": ("bag",), "purse": ("bag",), "wallet": (), "tie": ("tie",)}
    labels |= {"jumper": ("sweater",), "hoodie": ("sweatshirt",), "tights": ("stockings",)}
    absent = (*BEASTS, *ANIMALS, "airplane", "boat", "nucleus", *INDOOR)
    return Rule(labels, tuple(dict.fromkeys((*WORN, "person", "bag", "tie", *absent))))


def _car_parts() -> Rule:
    labels: dict[str, tuple[str, ...]] = {"wheel": ("wheel", "car"), "hood": ("hood", "car"), "trunk": ("trunk", "car")}
    labels["tailgate"] = ("tailgate", "car")
    labels |= {"front_glass": ("windshield", "car"), "back_glass": ("rear window", "car")}
    labels |= {
        "front_bumper": ("bumper", "front bumper", "car"),
        "back_bumper": ("bumper", "rear bumper", "car"),
    }
    for side in ("left", "right"):
        labels[f"{side}_mirror"] = ("wing mirror", f"{side} mirror", "car")
        labels[f"front_{side}_light"] = ("headlight", f"{side} headlight", "car")
        labels[f"back_{side}_light"] = ("tail light", "car")
        labels |= {f"{end}_{side}_door": ("car door", f"{side} door", "car") for end in ("front", "back")}
    absent = (
        *BEASTS,
        *ANIMALS,
        "nucleus",
        "airplane",
        *INDOOR,
        *[name for name in WORN if name not in ("hair", "skin")],
    )
    return Rule(labels, tuple(dict.fromkeys((*CAR_PARTS, *absent))), ("car",), bounded=("car",))


def _camvid() -> Rule:
    labels: dict[str, tuple[str, ...]] = {
        name: (name,) for name in ("sky", "building", "pole", "road", "pavement", "tree", "sign", "car", "fence")
    }
    labels |= {"pedestrian": ("person",), "cyclist": ("cyclist",)}
    absent = (*ANIMALS, *BEASTS, *INDOOR, "nucleus", "airplane", "sunglasses")
    # Trucks, buses and vans are "car" here; who rides is a cyclist and not marked as a person.
    known = (*labels, "person", *absent)
    known = tuple(dict.fromkeys(name for name in known if name in INDEX))
    return Rule(labels, known, within=((("cyclist",), ("person", "bicycle")),))


def _facades() -> Rule:
    labels: dict[str, tuple[str, ...]] = {
        "facade": ("building",),
        "window": ("window", "building"),
        "balcony-fence": ("balcony railing", "building"),
        "street": ("road",),
        "car": ("car",),
        "vegetation": ("tree",),
        "fence": ("fence",),
        "shop": ("shop", "building"),
        "traffic-infrastructure": (),
        "non-building-infrastructure": (),
    }
    front: dict[str, tuple[str, ...]] = dict.fromkeys(
        ("car", "vegetation", "fence", "traffic-infrastructure"), ("building", "road")
    )
    absent = (*ANIMALS, *BEASTS, *INDOOR, "nucleus", "airplane")
    known = ("window", "car", "balcony railing", "shop", "tree", *absent)
    return Rule(labels, tuple(dict.fromkeys(known)), ("building", "road", "fence"), front)


def _animals() -> Rule:
    labels: dict[str, tuple[str, ...]] = {name: (name,) for name in (*ANIMALS, "bear", "elephant") if name != "monkey"}
    labels["rhesus monkey"] = ("monkey",)
    others = ("cat", "dog", "horse", "sheep", "cow", "zebra", "giraffe")
    known = (*ANIMALS, "bear", "elephant", *others, *INDOOR, *CAR_PARTS, *WORN, "nucleus", "cyclist", "shop", "window")
    return Rule(labels, tuple(dict.fromkeys(name for name in known if name != "hair")))


RULES: dict[str, Rule] = {
    "coco_mini": _coco(),
    "clothing": _clothing(),
    "car_parts": _car_parts(),
    "camvid": _camvid(),
    "facades": _facades(),
    "animals": _animals(),
    "nuclei": Rule({"nucleus": ("nucleus",)}, tuple(name.name for name in NAMES)),
}


def rule_for(folder: str, categories: Sequence[str]) -> Rule:
    """The rule for a known set; for another, its categories that are names are taken to be marked throughout."""
    if folder in RULES:
        return RULES[folder]
    from ...detection.vocabulary import find_name

    labels = {category: (name.name,) for category in categories if (name := find_name(category))}
    return Rule(labels, tuple(dict.fromkeys(name for names in labels.values() for name in names)))


def states(rule: Rule, there: Sequence[str]) -> NDArray[np.uint8]:
    """(COUNT,) UNKNOWN, KNOWN or PARTIAL for a photo in which the names `there` are marked."""
    state = np.zeros(COUNT, np.uint8)
    state[rows(rule.known)] = KNOWN
    state[rows(rule.partial)] = PARTIAL
    for holders, parts in rule.within:
        if set(holders) & set(there):
            state[rows([part for part in parts if part not in there])] = UNKNOWN
    return state
