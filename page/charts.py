"""The course as one picture: panels over one time axis, drawn by Vega-Lite, as SVG.

No script runs and nothing is fetched: the picture is made in this process. A series is told by
its shape as well as by its color (Okabe and Ito's, which the color-blind can tell apart).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import vl_convert

from aml.dates import day_of
from aml.mrd import LOW_LEVEL_COPIES
from aml.response import BLASTS_PCT
from page.course import Band, Bar, Course, Point
from page.entries import anchor

WIDTH = 800
LEVELS = 3  # of names above the picture
SLOTS = WIDTH // 4
MANY = 200  # values of a panel, above which they are a line without dots
COLORS = ("#0072b2", "#d55e00", "#007a5a", "#8a4b7d", "#5c5c00", "#000000")
SHAPES = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-right")
INK, FAINT = "#1b2430", "#6b7684"
FLOOR = 0.1  # where a negative stands whose detection limit nobody recorded
_BASE = "https://vega.github.io/vega-datasets/"  # Vega's own, put before a link within a page

Spec = dict[str, Any]
Labels = Mapping[str, str]


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
    x = _x(course) | {"axis": None}
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
    if _numbers(course.blasts):
        yield _blasts(course, t)
    counts = _numbers(course.counts)
    cells = [p for p in counts if p.series != "platelets"]
    for points, title in (
        (cells, t["chart_cells"]),
        ([p for p in counts if p.series == "platelets"], t["chart_platelets"]),
    ):
        if points:
            yield _panel(course, 70, [*_lines(points, title, course, dots=10)])
    if course.bars:
        yield _bars(course, t)


def _numbers(points: Sequence[Point]) -> list[Point]:
    return [p for p in points if p.value is not None]


def _panel(course: Course, height: int, layers: Sequence[Spec]) -> Spec:
    """A layer without a value would be an element without a name."""
    filled = [layer for layer in layers if layer["data"]["values"]]
    return {"width": WIDTH, "height": height, "layer": [*_turns(course), *filled]}


def _x(course: Course) -> Spec:
    margin = timedelta(days=max((course.last - course.first).days // 40, 3))
    domain = [(course.first - margin).isoformat(), (course.last + margin).isoformat()]
    return {
        "field": "day",
        "type": "temporal",
        "scale": {"domain": domain, "type": "utc"},
        "axis": {
            "title": None, "format": "%Y-%m", "labelOverlap": True, "tickCount": 10,
            "labels": False,
        },
    }  # fmt: skip


def _turns(course: Course) -> list[Spec]:
    """The turns of the disease, as lines through every panel."""
    rows = [{"day": day_of(e.when).isoformat()} for e in course.events]
    if not rows:
        return []
    line = {"type": "rule", "stroke": FAINT, "strokeDash": [2, 3], "aria": False}
    return [{"data": {"values": rows}, "mark": line, "encoding": {"x": _x(course)}}]


def _copies(course: Course, t: Labels) -> Spec:
    layers = [
        *_band_layers(course.bands, course),
        _limit(LOW_LEVEL_COPIES, t["chart_200"]),
        *_residual(course.copies, t["chart_copies"], t, course),
    ]
    return _panel(course, 190, layers)


def _percent(course: Course, t: Labels) -> Spec:
    return _panel(course, 110, [*_residual(course.percent, t["chart_percent"], t, course)])


def _blasts(course: Course, t: Labels) -> Spec:
    layers = [
        _limit(BLASTS_PCT, f"{BLASTS_PCT} %"),
        *_lines(_numbers(course.blasts), t["chart_blasts"], course, dots=45),
    ]
    return _panel(course, 110, layers)


def _limit(value: float, words: str) -> Spec:
    row = {"values": [{"y": float(value), "says": words}]}
    y = {"field": "y", "type": "quantitative"}
    rule = {"type": "rule", "stroke": INK, "strokeDash": [6, 3], "aria": False}
    text = {"type": "text", "align": "left", "dy": -6, "fontSize": 10, "fill": INK}
    return {
        "data": row,
        "layer": [
            {"mark": rule, "encoding": {"y": y}},
            {
                "mark": text | {"x": 4, "aria": False},
                "encoding": {"y": y, "text": {"field": "says"}},
            },
        ],
    }


def _band_layers(bands: Sequence[Band], course: Course) -> list[Spec]:
    if not bands:
        return []
    rows = [
        {
            "day": b.start.isoformat(),
            "until": course.last.isoformat(),
            "low": b.low,
            "high": b.high,
        }
        for b in bands
    ]
    mark = {"type": "rect", "fill": "#0072b2", "fillOpacity": 0.1, "stroke": "#0072b2",
            "strokeOpacity": 0.5, "strokeDash": [3, 2], "aria": False}  # fmt: skip
    log = {"scale": {"type": "log"}, "type": "quantitative"}
    encoding = {
        "x": _x(course),
        "x2": {"field": "until"},
        "y": {"field": "low", **log},
        "y2": {"field": "high"},
    }
    return [{"data": {"values": rows}, "mark": mark, "encoding": encoding}]


def _residual(points: Sequence[Point], title: str, t: Labels, course: Course) -> list[Spec]:
    """Positive results filled, negative ones open at their detection limit; a signal and its
    confirmation are ringed. A log axis has no zero."""
    values = [p.value for p in points if p.value]
    floor = min([*values, FLOOR * 10]) / 3 if values else FLOOR
    rows = [_row(p, p.value if p.value else floor) for p in points if p.value or not p.found]
    for row, point in zip(rows, (p for p in points if p.value or not p.found), strict=True):
        known = point.found or point.limit_known
        row["kind"] = "found" if point.found else "limit" if known else "unlimited"
    y = {
        "field": "value",
        "type": "quantitative",
        "title": title,
        "scale": {"type": "log", "nice": True},
        "axis": {"tickCount": 4, "format": "~g"},
    }
    x = _x(course)
    told = _told(points)
    line = {"type": "line", "strokeWidth": 1.2, "opacity": 0.7, "aria": False}
    rings = [r for r in rows if r["mark"]]
    return [
        {
            "data": {"values": rows},
            "mark": line,
            "encoding": {"x": x, "y": y, "color": told[0]},
        },
        _dots([r for r in rows if r["kind"] == "found"], x, y, told, filled=True),
        _dots([r for r in rows if r["kind"] != "found"], x, y, told, filled=False),
        {
            "data": {"values": rings},
            "mark": {"type": "point", "shape": "circle", "size": 260, "filled": False,
                     "stroke": INK, "strokeWidth": 1.2, "aria": False},
            "encoding": {"x": x, "y": y},
        },
        *(_named([r for r in rings if r["mark"] == mark], place, t[f"mark_{mark}"], x, y)
          for mark, place in _BESIDE.items()),
    ]  # fmt: skip


_BESIDE: dict[str, Spec] = {
    "signal": {"align": "right", "dx": -12, "dy": 4},
    "confirmed": {"align": "center", "dy": -16},
}


def _named(rows: Sequence[Spec], place: Spec, words: str, x: Spec, y: Spec) -> Spec:
    mark = {"type": "text", "fontSize": 10, "fill": INK, "aria": False, "text": words}
    return {
        "data": {"values": list(rows)},
        "mark": mark | place,
        "encoding": {"x": x, "y": y},
    }


def _told(points: Sequence[Point]) -> tuple[Spec, Spec]:
    """Color and shape of each series."""
    names = sorted({p.series for p in points})
    colors = [COLORS[i % len(COLORS)] for i in range(len(names))]
    shapes = [SHAPES[i % len(SHAPES)] for i in range(len(names))]
    legend = {"title": None, "orient": "top", "direction": "horizontal", "symbolSize": 60}
    color = {"field": "series", "type": "nominal", "legend": legend,
             "scale": {"domain": names, "range": colors}}  # fmt: skip
    shape = {"field": "series", "type": "nominal", "legend": legend,
             "scale": {"domain": names, "range": shapes}}  # fmt: skip
    return color, shape


def _dots(
    rows: Sequence[Spec], x: Spec, y: Spec, told: tuple[Spec, Spec], *, filled: bool
) -> Spec:
    """Open marks are white inside, so that a line does not run through them."""
    mark = {"type": "point", "size": 65, "opacity": 1, "strokeWidth": 1.6}
    if filled:
        mark |= {"filled": True}
    else:
        mark |= {"filled": False, "fill": "white"}
    encoding = {
        "x": x,
        "y": y,
        "color": told[0],
        "shape": told[1],
        "href": {"field": "href"},
        "description": {"field": "says"},
    }
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def _lines(points: Sequence[Point], title: str, course: Course, *, dots: int) -> Iterable[Spec]:
    rows = [_row(p, p.value) for p in _thinned(points)]
    y = {"field": "value", "type": "quantitative", "title": title, "axis": {"tickCount": 4}}
    told = _told(points)
    few = len(points) <= MANY
    line = {"type": "line", "strokeWidth": 1.2, "opacity": 0.8, "aria": False}
    encoding = {"x": _x(course), "y": y, "color": told[0]}
    turns = [day_of(e.when).isoformat() for e in course.events]
    for row in rows:  # no line leads through a turn: nobody knows what lay between
        row["part"] = sum(turn <= row["day"] for turn in turns)
    parted = encoding | {"detail": {"field": "part", "type": "nominal"}}
    yield {"data": {"values": rows}, "mark": line, "encoding": parted}
    if few:
        dotted = encoding | {
            "shape": told[1],
            "href": {"field": "href"},
            "description": {"field": "says"},
        }
        mark = {"type": "point", "filled": True, "size": dots, "opacity": 1}
        yield {"data": {"values": rows}, "mark": mark, "encoding": dotted}


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    """Of very many, the lowest and the highest of each few pixels: the picture is the same."""
    if len(points) <= MANY:
        return points
    first, days = points[0].day, (points[-1].day - points[0].day).days + 1
    kept: dict[tuple[str, int], list[Point]] = {}
    for point in points:
        slot = (point.day - first).days * SLOTS // days
        kept.setdefault((point.series, slot), []).append(point)
    ends = [f(same, key=lambda p: p.value or 0) for same in kept.values() for f in (min, max)]
    return sorted(dict.fromkeys(ends), key=lambda p: (p.day, p.series, p.source))


def _row(point: Point, value: float | None) -> Spec:
    return {
        "day": point.day.isoformat(),
        "value": value,
        "series": point.series,
        "says": f"{point.day.isoformat()}: {point.says}",
        "href": f"#{anchor(point.source.resource)}",
        "mark": point.mark,
    }


def _bars(course: Course, t: Labels) -> Spec:
    """Therapy and what belongs to a transplant, a line for each thing given."""
    rows = [_bar(b, t) for b in course.bars]
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
    layers = [
        {
            "data": {"values": long},
            "mark": {"type": "bar", "height": 9, "opacity": 0.9, "cornerRadius": 1},
            "encoding": {"x": _x(course), "x2": {"field": "until"}, "y": y, "color": color}
            | links,
        },
        {
            "data": {"values": short},
            "mark": {"type": "point", "filled": True, "shape": "diamond", "size": 80},
            "encoding": {"x": _x(course), "y": y, "color": color} | links,
        },
        {
            "data": {"values": ends},
            "mark": {"type": "point", "filled": True, "shape": "triangle-right", "size": 90,
                     "aria": False},
            "encoding": {"x": _x(course), "y": y, "color": color},
        },
    ]  # fmt: skip
    return _panel(course, 20 * len(order), layers)


def _bar(bar: Bar, t: Labels) -> Spec:
    line = bar.says if bar.row in ("therapy", "immunosuppression") else t[f"bar_{bar.row}"]
    until = max(bar.end, bar.start)
    end = "" if bar.moment or until == bar.start else f" – {until.isoformat()}"
    return {
        "line": line[:40],
        "kind": bar.row,
        "day": max(bar.start, date.min).isoformat(),
        "until": until.isoformat(),
        "open": bar.open,
        "moment": bar.moment,
        "says": f"{bar.start.isoformat()}{end}: {bar.says}",
        "href": f"#{anchor(bar.source.resource)}",
    }
