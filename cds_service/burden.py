"""How often the order hooks speak on a ward, how loud, and by which rule; before any quiet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aml.assess import examine
from aml.knowledge import Snapshot
from aml.ordering import Draft
from aml.orders import judge
from cds_service.record import looked_at
from cds_service.ward import WardPatient
from fhir_mapping import to_patient
from fhir_mapping.drafts import read_drafts
from fhir_mapping.resources import Resources


@dataclass(slots=True)
class Burden:
    """Counted over a ward. An alert is a card: there is one for each draft at the most."""

    patients: Counter[bool] = field(default_factory=Counter)  # by: has AML
    orders: Counter[bool] = field(default_factory=Counter)
    alerts: Counter[bool] = field(default_factory=Counter)
    critical: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    situations: Counter[str] = field(default_factory=Counter)

    def to_text(self) -> str:
        """A table for whoever decides whether this is too much."""
        alerts, orders = self.alerts.total(), self.orders.total()
        lines = [
            f"{self.patients.total()} patients, {self.patients[True]} of them with AML; "
            f"{orders} orders",
            f"alerts per 100 orders: {_per_100(alerts, orders)}",
            f"  with AML: {_per_100(self.alerts[True], self.orders[True])} "
            f"({self.alerts[True]} in {self.orders[True]})",
            f"  without AML: {_per_100(self.alerts[False], self.orders[False])} "
            f"({self.alerts[False]} in {self.orders[False]})",
            f"critical: {_per_100(self.critical, alerts)} % of the alerts ({self.critical})",
        ]
        for head, counted in (
            ("gravest alert of a card", self.codes),
            ("rules that speak", self.rules),
            ("alerts by situation", self.situations),
        ):
            rows = sorted(counted.items(), key=lambda row: (-row[1], row[0]))
            lines += ["", f"{head}:", *(f"{count:6}  {name}" for name, count in rows)]
        return "\n".join(lines)


def _per_100(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}" if whole else "0.00"


def burden_of(patients: Iterable[WardPatient], snapshot: Snapshot) -> Burden:
    """Each basket is judged as order-sign would, with the record as it is."""
    burden = Burden()
    for patient in patients:
        _count(patient, snapshot, burden)
    return burden


def _count(patient: WardPatient, snapshot: Snapshot, burden: Burden) -> None:
    entries = [{"resource": resource} for resource in patient.resources]
    resources = looked_at({"resourceType": "Bundle", "type": "collection", "entry": entries})
    examination = examine(to_patient(resources), snapshot)
    burden.patients[patient.aml] += 1
    for basket in patient.baskets:
        burden.orders[patient.aml] += len(basket)
        judgement = judge(list(_drafts(basket, resources)), examination, snapshot)
        for alerts in judgement.by_draft().values():
            burden.alerts[patient.aml] += 1
            burden.critical += any(alert.entry.critical for alert in alerts)
            burden.codes[alerts[0].entry.order] += 1
            burden.situations[patient.situation] += 1
            burden.rules.update(alert.entry.id for alert in alerts)


def _drafts(basket: Iterable[str], resources: Resources) -> Iterator[Draft]:
    entries = [{"resource": _draft(n, text, resources)} for n, text in enumerate(basket)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    yield from read_drafts(bundle, None, resources)


def _draft(number: int, text: str, resources: Resources) -> dict[str, Any]:
    kind, _, rest = text.partition(": ")
    draft: dict[str, Any] = {"id": f"draft-{number}", "status": "draft", "intent": "order"}
    draft["subject"] = {"reference": f"Patient/{resources.patient_id}"}
    if kind == "request":
        return draft | {"resourceType": "ServiceRequest", "code": {"text": rest}}
    if kind == "plan":
        return draft | {"resourceType": "CarePlan", "title": rest}
    concept = {"text": text}
    return draft | {"resourceType": "MedicationRequest", "medicationCodeableConcept": concept}
