"""The course as one picture: panels over one time axis, drawn by Vega-Lite, as SVG.

No script runs and nothing is fetched: the picture is made in this process. A series is told by
its shape as well as by its color (Okabe and Ito's, which the color-blind can tell apart).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import vl_convert

from aml.dates import day_of
from aml.mrd import LOW_LEVEL_COPIES
from aml.response import BLASTS_PCT
from page.course import Course
from page.layers import (
    COLORS,
    FAINT,
    INK,
    WIDTH,
    Labels,
    Spec,
    band_layers,
    bar_row,
    limit,
    lines,
    numbers,
    residual,
    time_axis,
)

LEVELS = 3  # of names above the picture
_BASE = "https://vega.github.io/vega-datasets/"  # Vega's own, put before a link within a page


def draw(course: Course, t: Labels) -> str:
    """The picture as an SVG element, each mark of it a link to its resource."""
    panels = [*_panels(course, t)]
    if not panels:
        return ""
    spec: Spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": None,
        "vconcat": panels,
        "spacing": 14,
        "resolve": {"scale": {"color": "independent", "shape": "independent"}},
        "config": _CONFIG,
    }
    svg = vl_convert.vegalite_to_svg(spec)
    return svg.replace(f'"{_BASE}', '"')


def warm_up() -> None:
    """Loads what draws: two thirds of a second, once in each process."""
    vl_convert.vegalite_to_svg({"data": {"values": []}, "mark": "point"})


_CONFIG: Spec = {
    "font": "sans-serif",
    "axis": {
        "labelColor": INK, "titleColor": INK, "titleFontWeight": "normal", "labelFontSize": 11,
        "titleFontSize": 11, "gridColor": "#e3e7ec", "domainColor": FAINT, "tickColor": FAINT,
        "minExtent": 96, "maxExtent": 96, "titleX": -82, "titleAlign": "center",
    },
    "axisX": {"minExtent": 0, "titleX": 0},
    "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": 11, "labelLimit": 260},
    "view": {"stroke": "#c9d0d8"},
}  # fmt: skip


def _panels(course: Course, t: Labels) -> Iterable[Spec]:
    """The axis says its months once, below the last panel."""
    drawn = list(_unlabelled(course, t))
    if not drawn:
        return
    if course.events:
        yield _named_turns(course, t)
    yield from drawn[:-1]
    yield json.loads(json.dumps(drawn[-1]).replace('"labels": false', '"labels": true'))


def _named_turns(course: Course, t: Labels) -> Spec:
    """The turns by name and day, above their lines; near ones stand on different levels."""
    late = course.first + (course.last - course.first) * 3 / 4
    rows = [
        {
            "day": day_of(e.when).isoformat(),
            "says": f"{t[f'turn_{e.turn.value}']} {e.when}",
            "level": i % LEVELS,
            "late": day_of(e.when) > late,
        }
        for i, e in enumerate(course.events)
    ]
    y = {
        "field": "level",
        "type": "quantitative",
        "scale": {"domain": [LEVELS - 0.5, -0.5], "nice": False},
        "axis": None,
    }
    x = time_axis(course) | {"axis": None}
    text = {"type": "text", "fontSize": 10, "fill": INK, "aria": False}
    encoding = {"x": x, "y": y, "text": {"field": "says"}}
    sides = [({"align": "left", "dx": 3}, False), ({"align": "right", "dx": -3}, True)]
    line = {"type": "rule", "stroke": FAINT, "strokeDash": [2, 3], "aria": False}
    names = [
        {
            "data": {"values": [r for r in rows if r["late"] is side]},
            "mark": text | align,
            "encoding": encoding,
        }
        for align, side in sides
    ]
    return {
        "width": WIDTH,
        "height": 13 * LEVELS,
        "view": {"stroke": None},
        "layer": [{"data": {"values": rows}, "mark": line, "encoding": {"x": x}}, *names],
    }


def _unlabelled(course: Course, t: Labels) -> Iterable[Spec]:
    if any(p.value is not None or not p.found for p in course.copies):
        yield _copies(course, t)
    if any(p.value is not None or not p.found for p in course.percent):
        yield _percent(course, t)
    if numbers(course.blasts):
        yield _blasts(course, t)
    counts = numbers(course.counts)
    cells = [p for p in counts if p.series != "platelets"]
    for points, title in (
        (cells, t["chart_cells"]),
        ([p for p in counts if p.series == "platelets"], t["chart_platelets"]),
    ):
        if points:
            yield _panel(course, 70, [*lines(points, title, course, dots=10)])
    if course.bars:
        yield _bars(course, t)


def _panel(course: Course, height: int, layers: Sequence[Spec]) -> Spec:
    """A layer without a value would be an element without a name."""
    filled = [layer for layer in layers if layer["data"]["values"]]
    return {"width": WIDTH, "height": height, "layer": [*_turns(course), *filled]}


def _turns(course: Course) -> list[Spec]:
    """The turns of the disease, as lines through every panel."""
    rows = [{"day": day_of(e.when).isoformat()} for e in course.events]
    if not rows:
        return []
    line = {"type": "rule", "stroke": FAINT, "strokeDash": [2, 3], "aria": False}
    return [{"data": {"values": rows}, "mark": line, "encoding": {"x": time_axis(course)}}]


def _copies(course: Course, t: Labels) -> Spec:
    layers = [
        *band_layers(course.bands, course),
        limit(LOW_LEVEL_COPIES, t["chart_200"]),
        *residual(course.copies, t["chart_copies"], t, course),
    ]
    return _panel(course, 190, layers)


def _percent(course: Course, t: Labels) -> Spec:
    return _panel(course, 110, [*residual(course.percent, t["chart_percent"], t, course)])


def _blasts(course: Course, t: Labels) -> Spec:
    layers = [
        limit(BLASTS_PCT, f"{BLASTS_PCT} %"),
        *lines(numbers(course.blasts), t["chart_blasts"], course, dots=45),
    ]
    return _panel(course, 110, layers)


def _bars(course: Course, t: Labels) -> Spec:
    """Therapy and what belongs to a transplant, a line for each thing given."""
    rows = [bar_row(b, t) for b in course.bars]
    order = list(dict.fromkeys(r["line"] for r in rows))
    y = {"field": "line", "type": "nominal", "sort": order, "title": None,
         "axis": {"labelLimit": 150, "domain": False, "ticks": False}}  # fmt: skip
    kinds = ["therapy", "HCT", "DLI", "GVHD", "immunosuppression"]
    color = {
        "field": "kind",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": kinds, "range": [COLORS[0], INK, COLORS[2], COLORS[1], COLORS[3]]},
    }
    links = {"href": {"field": "href"}, "description": {"field": "says"}}
    long = [r for r in rows if not r["moment"] and r["until"] != r["day"]]
    short = [r for r in rows if r["moment"] or r["until"] == r["day"]]
    ends = [r | {"day": r["until"]} for r in long if r["open"]]
    x = time_axis(course)
    layers = [
        {
            "data": {"values": long},
            "mark": {"type": "bar", "height": 9, "opacity": 0.9, "cornerRadius": 1},
            "encoding": {"x": x, "x2": {"field": "until"}, "y": y, "color": color} | links,
        },
        {
            "data": {"values": short},
            "mark": {"type": "point", "filled": True, "shape": "diamond", "size": 80},
            "encoding": {"x": x, "y": y, "color": color} | links,
        },
        {
            "data": {"values": ends},
            "mark": {"type": "point", "filled": True, "shape": "triangle-right", "size": 90,
                     "aria": False},
            "encoding": {"x": x, "y": y, "color": color},
        },
    ]  # fmt: skip
    return _panel(course, 20 * len(order), layers)
