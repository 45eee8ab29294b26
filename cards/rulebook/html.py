"""The rulebook as one HTML file: it loads nothing, and prints on A4."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from cards.rulebook.document import (
    Block,
    Caveat,
    Document,
    Fields,
    Figure,
    Grid,
    Line,
    Link,
    Paragraph,
    Section,
    Signature,
    Strong,
)

LISTED_DEPTH = 3  # headings down to the single rule stand in the table of contents

STYLE = """
:root { color-scheme: light; --line: #c9ced6; --quiet: #5a6472; --ink: #1b2430; }
* { box-sizing: border-box; }
body { font: 15px/1.5 "Segoe UI", system-ui, "Helvetica Neue", Arial, sans-serif;
  color: var(--ink); background: #fff;
  max-width: 54rem; margin: 2.5rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.3rem; margin: 3rem 0 .75rem; padding-bottom: .3rem;
  border-bottom: 2px solid var(--ink); }
h3 { font-size: 1.08rem; margin: 2rem 0 .5rem; }
h2, h3 { break-after: avoid; line-height: 1.3; }
code { font: .8em/1 ui-monospace, Consolas, "Liberation Mono", monospace;
  color: var(--quiet); font-weight: 400; margin-left: .5em; }
a { color: #1d4f91; text-decoration: none; overflow-wrap: anywhere; }
a:hover { text-decoration: underline; }
p { margin: .6rem 0; }
nav ol { list-style: none; margin: 0; padding: 0; }
nav > ol > li { margin: .35rem 0; break-inside: avoid; }
nav > ol > li > a { font-weight: 600; }
nav ol ol { columns: 2; column-gap: 2rem; padding-left: 1rem; font-size: .9em; }
.caveat { border-left: 4px solid #b3541e; background: #fdf5ef; padding: .5rem .9rem; }
dl { margin: .4rem 0; font-size: .94em; }
dl > div { border-top: 1px solid #e8ebef; padding: .28rem 0; }
dt { float: left; width: 7rem; color: var(--quiet); }
dd { margin: 0 0 0 7.5rem; }
dd p { margin: 0 0 .2rem; }
.run-on p { display: inline; }
.run-on p + p::before { content: " · "; }
dd p, tr, figure, .sign { break-inside: avoid; }
table { border-collapse: collapse; width: 100%; margin: .75rem 0; font-size: .88em; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
td:first-child { min-width: 5.5rem; }
th { color: var(--quiet); font-weight: 600; }
thead { display: table-header-group; }
.sign { display: grid; grid-template-columns: 2fr 1fr 2fr; gap: 1.25rem;
  margin: 1.1rem 0 1.6rem; font-size: .8em; color: var(--quiet); }
.sign span { border-top: 1px solid var(--ink); padding-top: .2rem; margin-top: 1.6rem; }
.sign .done { grid-column: 1 / -1; margin: 0; border: 0; color: var(--ink); }
figure { margin: 1rem 0; }
figcaption { font-size: .88em; color: var(--quiet); margin-top: .5rem; }
.flow { width: 100%; height: auto; font-family: Arial, Helvetica, sans-serif; }
@page { size: A4; margin: 17mm 16mm 19mm;
  @bottom-right { content: counter(page); font-size: 8pt; } }
@media print {
  body { font-size: 9.5pt; max-width: none; margin: 0; padding: 0; }
  h2 { margin-top: 1.5rem; }
  section + section + section > h2 { break-before: page; margin-top: 0; }
  a { color: inherit; }
  a[href^="http"]::after { content: " (" attr(href) ")"; font-size: .8em; }
}
"""


def to_html(document: Document) -> str:
    root = Element("html", {"lang": "en"})
    head = SubElement(root, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    SubElement(head, "meta", {"name": "viewport", "content": "width=device-width"})
    SubElement(head, "title").text = document.title
    SubElement(head, "style").text = STYLE
    body = SubElement(root, "body")
    SubElement(body, "h1").text = document.title
    for block in document.preface:
        _block(body, block)
    nav = SubElement(body, "nav", {"aria-label": "Contents"})
    _contents(nav, document.sections, 2)
    main = SubElement(body, "main")
    for section in document.sections:
        _section(main, section, 2)
    return f"<!DOCTYPE html>\n{tostring(root, encoding='unicode', method='html')}\n"


def _contents(parent: Element, sections: Iterable[Section], depth: int) -> None:
    listing = SubElement(parent, "ol")
    for section in sections:
        item = SubElement(listing, "li")
        SubElement(item, "a", {"href": f"#{section.anchor}"}).text = section.title
        if section.mark:
            SubElement(item, "code").text = section.mark
        if section.sections and depth < LISTED_DEPTH:
            _contents(item, section.sections, depth + 1)


def _section(parent: Element, section: Section, depth: int) -> None:
    own = SubElement(parent, "section", {"id": section.anchor})
    heading = SubElement(own, f"h{depth}")
    heading.text = section.title
    if section.mark:
        SubElement(heading, "code").text = section.mark
    for block in section.blocks:
        _block(own, block)
    for below in section.sections:
        _section(own, below, depth + 1)


def _block(parent: Element, block: Block) -> None:
    match block:
        case Paragraph(line):
            _line(SubElement(parent, "p"), line)
        case Caveat(line):
            _line(SubElement(parent, "p", {"class": "caveat"}), line)
        case Fields(rows):
            listing = SubElement(parent, "dl")
            for field in rows:
                pair = SubElement(listing, "div")
                SubElement(pair, "dt").text = field.label
                value = SubElement(pair, "dd", {"class": "run-on"} if field.run_on else {})
                for line in field.lines:
                    _line(SubElement(value, "p"), line)
        case Grid():
            _grid(parent, block)
        case Figure(drawing, caption):
            figure = SubElement(parent, "figure")
            figure.append(drawing)
            SubElement(figure, "figcaption").text = caption
        case Signature(subject, signed):
            _signature(parent, subject, signed)


def _grid(parent: Element, grid: Grid) -> None:
    table = SubElement(parent, "table")
    head = SubElement(SubElement(table, "thead"), "tr")
    for text in grid.head:
        SubElement(head, "th", {"scope": "col"}).text = text
    body = SubElement(table, "tbody")
    for i, row in enumerate(grid.rows):
        line = SubElement(body, "tr", {"id": grid.anchors[i]} if grid.anchors else {})
        for cell in row:
            _line(SubElement(line, "td"), cell)


def _signature(parent: Element, subject: str, signed: str) -> None:
    block = SubElement(parent, "div", {"class": "sign"})
    if signed:
        SubElement(block, "span", {"class": "done"}).text = f"{signed}."
    for label in (f"Name, for {subject}", "Date", "Signature"):
        SubElement(block, "span").text = label


def _line(parent: Element, line: Line) -> None:
    """Text before, between and after the links, as ElementTree holds it."""
    last: Element | None = None
    for span in line:
        match span:
            case str(text):
                if last is None:
                    parent.text = (parent.text or "") + text
                else:
                    last.tail = (last.tail or "") + text
            case Link(text, target):
                last = SubElement(parent, "a", {"href": target})
                last.text = text
            case Strong(text):
                last = SubElement(parent, "strong")
                last.text = text
