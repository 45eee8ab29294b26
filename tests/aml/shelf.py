"""A library of one drug, one option and one alert, to be spoiled file by file."""

from __future__ import annotations

from pathlib import Path

TABLES = {
    "library.yaml": """\
version: "1"
paper: A paper
paper_url: https://example.org/paper
constants: {g_csf_days: 7}
groups: [treatment]
exclusions:
  - {unless: comfort-goals, spares: [], row: D22}
state_notes:
  - {states: [relapse], when: relapse-in-blood-only, say: Take a marrow., evidence: [statement]}
state_evidence:
  relapse: [statement]
codes:
  gilteritinib: {display: Gilteritinib, group: treatment, drug: true}
alerts:
  target-lost: Target lost
orders:
  order-interaction: Interaction
drafts:
  order: {label: Draft an order, resource: {resourceType: MedicationRequest}}
""",
    "evidence.yaml": """\
- id: statement
  kind: recommendation
  claim: It helps.
  cites: [A paper]
  place: Results
""",
    "updates.yaml": """\
- id: upd-approval
  date: 2024-05-17
  jurisdiction: US
  claim: It was approved.
  confidence: verified
  rows: [T1]
  url: https://example.org/approval
""",
    "approvals.yaml": """\
- {drug: gilteritinib, use: rr-flt3, jurisdiction: US, source: upd-approval, since: 2024-05-17}
- {drug: gilteritinib, use: rr-flt3, jurisdiction: EU, source: statement, until: 2025-01-01}
""",
    "drugs.yaml": """\
drugs:
  gilteritinib: {classes: [flt3-inhibitor], brands: [Xospata]}
regimens:
  alone: {drugs: [gilteritinib], intensity: targeted}
""",
}

ENTRY = """\
id: option
row: T1
code: gilteritinib
states: [relapse, refractory]
when: {all: [flt3-mutated, {not: {state: [refractory]}}]}
provided: [fit-intensive]
unless: [gvhd-active]
strength: recommend
weaker:
  - {when: {failed-in-this-event: [gilteritinib]}, say: Given before.}
options:
  - {drug: gilteritinib, use: rr-flt3}
needs_approval: true
evidence: [statement]
updates: [upd-approval]
notes:
  - {say: A note., when: after-hma-venetoclax, evidence: [statement], updates: [upd-approval]}
cautions:
  - {say: A caution., source: The label, when: pregnant}
card:
  title: Gilteritinib
  text: It is an option.
draft: order
due: 2027-05-24
"""

ALERT = """\
id: warning
row: G1
alert: target-lost
states: [relapse]
when: target-lost
evidence: [statement]
text: The target is lost.
due: 2027-05-24
"""


def shelf(folder: Path, **texts: str) -> Path:
    """The library in a folder, with some of its files written otherwise.

    `entry` and `alert` stand for the two entry files, any other name for a table.
    """
    files = {**TABLES, "care/option.yaml": ENTRY, "care/warning.yaml": ALERT}
    names = {"entry": "care/option.yaml", "alert": "care/warning.yaml"}
    for name, text in texts.items():
        files[names.get(name, f"{name}.yaml")] = text
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
