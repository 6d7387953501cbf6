"""The names that nano-names was trained on, with synonyms, and the nearest one to a name it does not know.

The order is that of the rows in the weights: a new name goes to the end, and none is ever taken out.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache

from .phrases import fold


@dataclass(frozen=True)
class Name:
    """Something that can be looked for.

    Attributes:
        index: row in the weights.
        name: as people are told of it.
        synonyms: other words for the same.
        stuff: without number, as sky and road: its regions are found, not single things.
    """

    index: int
    name: str
    synonyms: tuple[str, ...] = ()
    stuff: bool = False


STUFF = frozenset({"sky", "road", "building", "tree", "pavement", "fence", "skin", "balcony railing"})

# A line a name: the name, then its synonyms. Plurals are made by rule, those in IRREGULAR apart.
_TABLE = """
person: people, human, pedestrian, man, woman, men, women, boy, girl, child, children, kid, guy, lady, someone
bicycle: bike, cycle, pushbike
car: automobile, motorcar, sedan, vehicle, hatchback, suv
motorcycle: motorbike, scooter, moped
airplane: aeroplane, plane, aircraft, jet
bus: coach
train: locomotive
truck: lorry, pickup, pickup truck
boat: ship, canoe, kayak, sailboat
traffic light: stoplight, traffic signal
fire hydrant: hydrant
stop sign
parking meter
bench
bird: pigeon, duck, gull, seagull
cat: kitten, kitty
dog: puppy, hound
horse: pony, foal
sheep: lamb
cow: cattle, bull, calf
elephant
bear
zebra
giraffe
backpack: rucksack, knapsack
umbrella: parasol
bag: handbag, purse, tote, shoulder bag
tie: necktie
suitcase: luggage
frisbee
skis: ski
snowboard
sports ball: ball, football, soccer ball, basketball, tennis ball
kite
baseball bat
baseball glove
skateboard
surfboard
tennis racket: racket, racquet
bottle: flask
wine glass: goblet
cup: mug, teacup
fork
knife
spoon
bowl
banana
apple
sandwich: burger, hamburger
orange
broccoli
carrot
hot dog
pizza
donut: doughnut
cake
chair: armchair, stool
couch: sofa, settee
potted plant: houseplant, flowerpot
bed
dining table: table
toilet
tv: television, monitor, screen
laptop: notebook computer
mouse: computer mouse
remote: remote control
keyboard
cell phone: phone, mobile, mobile phone, smartphone
microwave: microwave oven
oven: stove
toaster
sink: washbasin, basin
refrigerator: fridge
book
clock: wall clock
vase
scissors
teddy bear: teddy, stuffed toy
hair drier: hair dryer, hairdryer
toothbrush
deer: stag, doe
otter
tiger
turtle: tortoise
monkey: rhesus monkey, macaque
hair
skin
shoes: shoe, footwear
boots: boot
sandals: sandal
sneakers: sneaker, trainers
hat: cap
sunglasses
dress
skirt
coat: overcoat
jacket
blazer
suit
vest: waistcoat
blouse
shirt
t-shirt: tee, tshirt, t shirt
sweater: pullover, jumper
cardigan
sweatshirt: hoodie
top
pants: trousers
jeans
shorts
leggings
stockings: tights
socks: sock
romper: playsuit
cape: cloak
belt
scarf
gloves: glove
necklace
bracelet
sky
building: house, facade, skyscraper, edifice
window
tree: vegetation, greenery, bush, foliage
road: street, roadway, asphalt
pavement: sidewalk, footpath, walkway
fence: railing
pole: post, lamp post, lamppost, utility pole
sign: traffic sign, road sign
cyclist: bicyclist, biker
balcony railing: balcony, balcony fence
shop: store, shopfront, storefront
wheel: tyre, tire
car door: door
headlight: headlamp
tail light: taillight, rear light, back light
wing mirror: side mirror, car mirror
windshield: windscreen, front glass
rear window: back glass, rear windshield
hood: bonnet
trunk: boot lid
tailgate
bumper
front bumper
rear bumper: back bumper
left door
right door
left mirror
right mirror
left headlight
right headlight
nucleus: cell nucleus, nuclei, cell
"""
_PLURAL_ONLY = frozenset(
    {
        *("scissors", "skis", "shoes", "boots", "sandals", "sneakers", "sunglasses"),
        *("pants", "jeans", "shorts", "leggings", "stockings", "socks", "gloves"),
    }
)
IRREGULAR = {"knife": "knives", "mouse": "mice", "person": "persons", "bus": "buses", "calf": "calves"}
SHOWN = 3
"""Suggestions in a message."""


def _parse() -> tuple[Name, ...]:
    names: list[Name] = []
    for line in _TABLE.strip().splitlines():
        name, _, rest = line.partition(":")
        synonyms = tuple(word.strip() for word in rest.split(",") if word.strip())
        names.append(Name(len(names), name.strip(), synonyms, name.strip() in STUFF))
    return tuple(names)


NAMES = _parse()
INDEX = {name.name: name.index for name in NAMES}


def plural(word: str) -> str:
    """Of an English noun or noun phrase."""
    head, _, last = word.rpartition(" ")
    if last in IRREGULAR:
        last = IRREGULAR[last]
    elif re.search(r"(s|x|z|ch|sh)$", last):
        last += "es"
    elif re.search(r"[^aeiou]y$", last):
        last = last[:-1] + "ies"
    elif last.endswith("f"):
        last = last[:-1] + "ves"
    else:
        last += "s"
    return f"{head} {last}".strip()


@cache
def _forms() -> dict[str, Name]:
    forms: dict[str, Name] = {}
    for name in NAMES:
        forms[fold(name.name)] = name
    for name in NAMES:
        for word in (name.name, *name.synonyms):
            # A name's own word goes before another's synonym or plural.
            forms.setdefault(fold(word), name)
            if word not in _PLURAL_ONLY:
                forms.setdefault(fold(plural(word)), name)
                forms.setdefault(fold(word) + "s", name)
    return forms


def find_name(phrase: str) -> Name | None:
    """The name that `phrase` means, in whatever case or number; None where it was not taught."""
    return _forms().get(fold(phrase))


def nearest(phrase: str, count: int = SHOWN) -> tuple[str, ...]:
    """Names that are written like `phrase`, or share a word with it; empty where none comes near."""
    folded = fold(phrase)
    forms = _forms()
    words = set(folded.split())
    close = [form for form in forms if words & set(form.split())]
    close += difflib.get_close_matches(folded, forms, n=count * 3, cutoff=0.7)
    ranked = sorted(dict.fromkeys(close), key=lambda form: -difflib.SequenceMatcher(None, folded, form).ratio())
    return tuple(dict.fromkeys(forms[form].name for form in ranked))[:count]
