"""The layers of the picture: points, lines, bands and bars, as Vega-Lite has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from aml.dates import day_of
from page.course import Band, Bar, Course, Point
from page.entries import anchor

WIDTH = 800
SLOTS = WIDTH // 4
MANY = 200  # values of a panel, above which they are a line without dots
COLORS = ("#0072b2", "#d55e00", "#007a5a", "#8a4b7d", "#5c5c00", "#000000")
SHAPES = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-right")
INK, FAINT = "#1b2430", "#6b7684"
FLOOR = 0.1  # where a negative stands whose detection limit nobody recorded

Spec = dict[str, Any]
Labels = Mapping[str, str]


def numbers(points: Sequence[Point]) -> list[Point]:
    return [p for p in points if p.value is not None]


def time_axis(course: Course) -> Spec:
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


def limit(value: float, words: str) -> Spec:
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


def band_layers(bands: Sequence[Band], course: Course) -> list[Spec]:
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
        "x": time_axis(course),
        "x2": {"field": "until"},
        "y": {"field": "low", **log},
        "y2": {"field": "high"},
    }
    return [{"data": {"values": rows}, "mark": mark, "encoding": encoding}]


def residual(points: Sequence[Point], title: str, t: Labels, course: Course) -> list[Spec]:
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
    x = time_axis(course)
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


def lines(points: Sequence[Point], title: str, course: Course, *, dots: int) -> Iterable[Spec]:
    rows = [_row(p, p.value) for p in _thinned(points)]
    y = {"field": "value", "type": "quantitative", "title": title, "axis": {"tickCount": 4}}
    told = _told(points)
    few = len(points) <= MANY
    line = {"type": "line", "strokeWidth": 1.2, "opacity": 0.8, "aria": False}
    encoding = {"x": time_axis(course), "y": y, "color": told[0]}
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


def bar_row(bar: Bar, t: Labels) -> Spec:
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
