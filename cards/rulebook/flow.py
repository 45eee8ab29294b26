"""The decision flow as a figure: our reconstruction from the paper's prose, generated from the
rules. It is not the authors' Figure 1, which is not in the text that the rules rest on."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from aml.entries import Entry
from aml.knowledge import Library
from aml.states import MRD_RELAPSE, OVERT, REMISSION, State

CAPTION = (
    "Decision flow: our reconstruction of the paper's Figure 1 from its prose, drawn from the "
    "rules of this library; not the authors' figure. All rows that apply are shown together. "
    "The paper puts a trial first and transplant as the aim; it ranks no drug above another "
    "across targets."
)
START = ("Adult with AML, not APL", "Disease state by ELN 2022")
ADDS = "In relapse and refractory disease, each question answered with yes adds its rows"

STATES = (
    ("Remission", REMISSION),
    ("MRD relapse, suspected or confirmed", MRD_RELAPSE),
    ("Relapse suspected, or response open", {State.RELAPSE_SUSPECTED, State.IN_TREATMENT}),
    ("Relapse or refractory disease", OVERT),
)
COMFORT = ("Comfort goals on record? Then nothing else", "D")
QUESTIONS = (
    ("Relapse after allogeneic HCT?", "P"),
    ("HMA/venetoclax as last line?", "V"),
    ("Target in a current sample?", "T"),
    ("Fit, without actionable target?", "F"),
    ("Unfit, without actionable target?", "U"),
)

WIDTH, GAP, PAD = 680, 10, 7
SIZE, LEADING = 10, 13
CHARACTER = 5.3  # mean width of a letter at this size, on the generous side
INK, EDGE, PLAIN, HEAD = "#1b2430", "#7d8896", "#f6f8fa", "#e6edf5"
BOLD = {"font-weight": "700"}
LINE = {"fill": "none", "stroke": EDGE}


@dataclass(frozen=True, slots=True)
class Item:
    row: str
    title: str
    rule: str


@dataclass(frozen=True, slots=True)
class Box:
    heading: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """What the disease does, the goals of care, and the questions of overt disease."""

    states: tuple[Box, ...]
    comfort: Box
    questions: tuple[Box, ...]


def flow_of(library: Library) -> Flow:
    entries = [entry for _, entry in sorted(library.entries.items())]
    asked = {letter for _, letter in (*QUESTIONS, COMFORT)}
    overt = [e for e in entries if set(e.states) & OVERT]
    boxes = []
    for heading, states in STATES:
        found = [e for e in entries if set(e.states) & states]
        if states is OVERT:
            found = [e for e in found if e.row[0] not in asked]
        boxes.append(_box(heading, found))
    questions = (_box(h, (e for e in overt if e.row[0] == letter)) for h, letter in QUESTIONS)
    comfort = _box(COMFORT[0], (e for e in overt if e.row[0] == COMFORT[1]))
    return Flow(tuple(boxes), comfort, tuple(questions))


def _box(heading: str, entries: Iterable[Entry]) -> Box:
    items = (Item(e.row, e.card.title, e.id) for e in entries)
    return Box(heading, tuple(sorted(items, key=lambda i: (i.row, i.title, i.rule))))


def outline(flow: Flow) -> tuple[tuple[int, str], ...]:
    """What the figure shows, as lines with their depth."""
    found = [(0, START[0]), (0, START[1])]
    for box in flow.states:
        found += _outlined(box, 1)
    found += _outlined(flow.comfort, 2)
    found.append((2, ADDS))
    for box in flow.questions:
        found += _outlined(box, 3)
    return tuple(found)


def _outlined(box: Box, depth: int) -> list[tuple[int, str]]:
    return [(depth, box.heading), *((depth + 1, f"{i.row}: {i.title}") for i in box.items)]


def draw(flow: Flow) -> Element:
    """The figure as SVG; each rule leads to its section."""
    svg = Element("svg", {"role": "img", "aria-labelledby": "flow-title", "class": "flow"})
    SubElement(svg, "title", {"id": "flow-title"}).text = "Decision flow"
    middle = WIDTH / 2
    y = _start(svg, middle)
    columns = _columns(len(flow.states))
    for x, width in columns:
        _arrow(svg, (middle, y - 18), (x + width / 2, y))
    bottom = max(_draw(svg, b, x, y, w) for b, (x, w) in zip(flow.states, columns, strict=True))
    x, width = columns[-1]
    from_overt = y + _height(flow.states[-1], width)
    y = bottom + 22
    _arrow(svg, (x + width / 2, from_overt), (x + width / 2, y))
    bottom = _draw(svg, flow.comfort, 0, y, WIDTH)
    _arrow(svg, (middle, bottom), (middle, bottom + 18))
    _text(svg, middle, bottom + 31, ADDS, BOLD | {"text-anchor": "middle"})
    y = bottom + 56
    columns = _columns(len(flow.questions))
    for x, width in columns:
        _arrow(svg, (middle, y - 18), (x + width / 2, y))
    bottom = max(
        _draw(svg, b, x, y, w) for b, (x, w) in zip(flow.questions, columns, strict=True)
    )
    svg.set("viewBox", f"-1 -1 {WIDTH + 2} {bottom + 2:g}")
    return svg


def _start(svg: Element, middle: float) -> float:
    """The two boxes at the head; returns where the states begin."""
    y = 0.0
    for i, text in enumerate(START):
        if i:
            _arrow(svg, (middle, y), (middle, y + 16))
            y += 16
        _rectangle(svg, middle - 120, y, 240, 26, HEAD)
        _text(svg, middle, y + 17, text, BOLD | {"text-anchor": "middle"})
        y += 26
    SubElement(svg, "path", LINE | {"d": f"M{middle:g} {y:g}V{y + 12:g}"})
    return y + 30


def _columns(count: int) -> list[tuple[float, float]]:
    width = (WIDTH - GAP * (count - 1)) / count
    return [(i * (width + GAP), width) for i in range(count)]


def _wrapped(text: str, width: float) -> list[str]:
    return textwrap.wrap(text, int((width - 2 * PAD) / CHARACTER)) or [""]


def _height(box: Box, width: float) -> float:
    count = len(_wrapped(box.heading, width))
    count += sum(len(_wrapped(f"{i.row} {i.title}", width)) for i in box.items)
    return count * LEADING + len(box.items) * 3 + 2 * PAD


def _draw(svg: Element, box: Box, x: float, y: float, width: float) -> float:
    """The box at its place; returns where it ends."""
    height = _height(box, width)
    _rectangle(svg, x, y, width, height, PLAIN)
    down = y + PAD + SIZE
    for line in _wrapped(box.heading, width):
        _text(svg, x + PAD, down, line, BOLD)
        down += LEADING
    for item in box.items:
        down += 3
        link = SubElement(svg, "a", {"href": f"#{item.rule}"})
        for line in _wrapped(f"{item.row} {item.title}", width):
            _text(link, x + PAD, down, line, {})
            down += LEADING
    return y + height


def _rectangle(
    svg: Element, x: float, y: float, width: float, height: float, fill: str
) -> None:
    place = {"x": x, "y": y, "width": width, "height": height, "rx": 4}
    numbers = {name: f"{value:g}" for name, value in place.items()}
    SubElement(svg, "rect", numbers | {"fill": fill, "stroke": EDGE})


def _text(parent: Element, x: float, y: float, text: str, more: dict[str, str]) -> None:
    place = {"x": f"{x:g}", "y": f"{y:g}", "font-size": str(SIZE), "fill": INK}
    SubElement(parent, "text", place | more).text = text


def _arrow(svg: Element, start: Sequence[float], end: Sequence[float]) -> None:
    """Along, then down, with a head."""
    (x1, y1), (x2, y2) = start, end
    SubElement(svg, "path", LINE | {"d": f"M{x1:g} {y1:g}H{x2:g}V{y2 - 4:g}"})
    head = f"M{x2 - 3:g} {y2 - 5:g}L{x2:g} {y2:g}L{x2 + 3:g} {y2 - 5:g}Z"
    SubElement(svg, "path", {"d": head, "fill": EDGE})
