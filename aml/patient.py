"""What a record can say about a patient, before anyone decides what it means.

The reader of FHIR fills these types; the definitions (`aml.eln2022`, `aml.case`) read them.
Nothing here is derived. A list that is empty says only that nothing was found: whether that
means "no" or "not known" is decided where the fact is used, and depends on `Patient.unread`.
Every dated entry carries its sample or event date as a `When`, every number an `Amount`; what
the record leaves open stays open in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct

from aml.logic import Choice, Truth

INFINITY = Decimal("Infinity")


class When(Struct, frozen=True, order=True):
    """A calendar day, or the closed interval of days that the record leaves open.

    `2024-03` is 2024-03-01 to 2024-03-31; a result with only an issue date lies somewhere
    before it. Local calendar days: the zone was resolved by the reader.
    """

    first: date
    last: date

    @classmethod
    def day(cls, day: date) -> When:
        return cls(day, day)

    @classmethod
    def until(cls, day: date) -> When:
        """Some day, not after this one."""
        return cls(date.min, day)

    @property
    def exact(self) -> bool:
        return self.first == self.last

    @property
    def undated(self) -> bool:
        """Not even a lower bound is on record."""
        return self.first == date.min

    def before(self, other: When) -> Truth:
        """Strictly earlier, by calendar day."""
        if self.last < other.first:
            return Truth.MET
        return Truth.UNMET if self.first >= other.last else Truth.UNKNOWN

    def on_or_before(self, day: date) -> Truth:
        if self.last <= day:
            return Truth.MET
        return Truth.UNMET if self.first > day else Truth.UNKNOWN

    def __str__(self) -> str:
        if self.exact:
            return self.first.isoformat()
        if self.undated:
            return (
                "date not recorded" if self.last == date.max else f"by {self.last.isoformat()}"
            )
        if (self.first.day, (self.last + timedelta(days=1)).day) == (1, 1):
            if self.first.year == self.last.year and self.first.month == self.last.month:
                return f"{self.first:%Y-%m}"
            if (self.first.month, self.last.month) == (
                1,
                12,
            ) and self.first.year == self.last.year:
                return f"{self.first:%Y}"
        return f"{self.first.isoformat()} to {self.last.isoformat()}"


UNDATED = When(date.min, date.max)


class Amount(Struct, frozen=True):
    """A number, or the interval the record leaves it in; the unit is in the field's name.

    `<5` is 0 to 5 with the upper end open; "5-10" is closed; a number that is not recorded is
    `NO_AMOUNT`, the interval of all numbers, which settles no comparison.
    """

    low: Decimal
    high: Decimal
    low_open: bool = False
    high_open: bool = False

    @classmethod
    def exactly(cls, value: Decimal | int | str) -> Amount:
        return cls(Decimal(value), Decimal(value))

    @classmethod
    def below(cls, value: Decimal | int | str, *, or_equal: bool = False) -> Amount:
        return cls(Decimal(0), Decimal(value), high_open=not or_equal)

    @classmethod
    def above(cls, value: Decimal | int | str, *, or_equal: bool = False) -> Amount:
        return cls(Decimal(value), INFINITY, low_open=not or_equal)

    @property
    def exact(self) -> bool:
        return self.low == self.high

    @property
    def recorded(self) -> bool:
        return self.high != INFINITY or self != NO_AMOUNT  # most end somewhere

    def at_least(self, limit: Decimal | int) -> Truth:
        if self.low >= limit:
            return Truth.MET
        if self.high < limit or (self.high == limit and self.high_open):
            return Truth.UNMET
        return Truth.UNKNOWN

    def more_than(self, limit: Decimal | int) -> Truth:
        if self.low > limit or (self.low == limit and self.low_open):
            return Truth.MET
        return Truth.UNMET if self.high <= limit else Truth.UNKNOWN

    def scaled(self, factor: Decimal) -> Amount:
        return Amount(self.low * factor, self.high * factor, self.low_open, self.high_open)

    def __str__(self) -> str:
        if not self.recorded:
            return "not quantified"
        if self.exact:
            return f"{_plain(self.low)}"
        if self.high == INFINITY:
            return f"{'>' if self.low_open else '≥'}{_plain(self.low)}"
        if self.low == 0:
            return f"{'<' if self.high_open else '≤'}{_plain(self.high)}"
        return f"{_plain(self.low)}-{_plain(self.high)}"


NO_AMOUNT = Amount(Decimal(0), INFINITY)


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Source(Struct, frozen=True, order=True):
    """Where a fact is written: `Type/id`, the element in it, and its original words or code.

    `from_text` marks what was parsed from prose (section 0, D20). `author` is who asserted it,
    where the record says so.
    """

    resource: str
    field: str = ""
    text: str = ""
    from_text: bool = False
    author: str = ""


class Finding(Choice):
    """The outcome of a test. INADEQUATE: performed, but the sample or control gene failed.

    INDETERMINATE covers "no call", "equivocal", preliminary results and unreadable values.
    """

    DETECTED = "detected"
    NOT_DETECTED = "not detected"
    INADEQUATE = "inadequate"
    INDETERMINATE = "indeterminate"


class Tissue(Choice):
    MARROW = "marrow"
    BLOOD = "blood"
    UNKNOWN = "material not stated"


class Method(Choice):
    RT_QPCR = "RT-qPCR"
    MFC = "flow cytometry"
    NGS = "NGS"
    DPCR = "digital PCR"
    UNKNOWN = "method not stated"


class DiagnosisKind(Choice):
    AML = "AML"
    APL = "APL"


class Diagnosis(Struct, frozen=True):
    """AML or acute promyelocytic leukemia as the patient's own, confirmed or not disputed.

    Refuted, provisional, differential, entered-in-error, family and personal history are not
    diagnoses and never get here.
    """

    kind: DiagnosisKind
    when: When
    source: Source


class Blasts(Struct, frozen=True):
    """Blasts in percent of nucleated cells (marrow) or of leukocytes (blood).

    `regeneration`: the report itself speaks of a regenerating marrow.
    """

    when: When
    tissue: Tissue
    pct: Amount
    source: Source
    regeneration: bool = False


class Extramedullary(Struct, frozen=True):
    """Extramedullary leukemia found, or searched for and not found."""

    when: When
    finding: Finding
    site: str
    source: Source


class ResponseCategory(Choice):
    """A response as somebody recorded it. REMISSION: "in remission", category not stated."""

    CR = "CR"
    CRH = "CRh"
    CRI = "CRi"
    REMISSION = "remission"
    MLFS = "MLFS"
    PR = "PR"
    NR = "NR"
    REFRACTORY = "refractory"
    RELAPSE = "relapse"


class Response(Struct, frozen=True):
    when: When
    category: ResponseCategory
    source: Source


class MrdResult(Struct, frozen=True):
    """A result of a test that was done for measurable residual disease.

    `marker`: "NPM1", "RUNX1::RUNX1T1", "CBFB::MYH11", "MFC" (aberrant immunophenotype), or the
    gene or alteration that was sequenced ("FLT3-ITD", "TET2"). `copies_per_1e4_abl1` is filled
    only if the control gene is ABL1 and the scale is stated; `pct_of_leukocytes` only for flow.
    `control_copies`: absolute ABL1 copies, for the adequacy of a negative.
    `log_reduction`: against a baseline, never converted.
    """

    when: When
    marker: str
    method: Method
    tissue: Tissue
    finding: Finding
    source: Source
    copies_per_1e4_abl1: Amount = NO_AMOUNT
    pct_of_leukocytes: Amount = NO_AMOUNT
    vaf_pct: Amount = NO_AMOUNT
    control_copies: Amount = NO_AMOUNT
    log_reduction: Amount = NO_AMOUNT


class GeneResult(Struct, frozen=True):
    """A test for one alteration, on any sample.

    `alteration`: "FLT3-ITD", "FLT3-TKD", "FLT3" (mutation, type not stated; not detected: as
    far as the report goes, both types), a gene symbol for a somatic (likely) pathogenic small
    variant, "KMT2A-rearrangement", a fusion "RUNX1::RUNX1T1", or "CD33" (expression on
    blasts). Variants of uncertain significance and germline findings never get here.
    `allelic_ratio` is mutant to wild type (can exceed 1); `change` is the HGVS text if any.
    """

    when: When
    alteration: str
    finding: Finding
    source: Source
    tissue: Tissue = Tissue.UNKNOWN
    method: Method = Method.UNKNOWN
    allelic_ratio: Amount = NO_AMOUNT
    vaf_pct: Amount = NO_AMOUNT
    change: str = ""


class Karyotype(Struct, frozen=True):
    """A karyotype of the patient's own cells that grew.

    `lesions` holds "normal" alone, or any of: "complex", "monosomal", "-5", "del(5q)", "-7",
    "abn(17p)", "inv(3)", "t(3q26)", "t(6;9)", "t(8;16)", "t(8;21)", "inv(16)", "t(9;11)",
    "t(11q23)", "t(9;22)", "t(15;17)", "hyperdiploid", "other".
    """

    when: When
    lesions: frozenset[str]
    iscn: str
    source: Source


class Course(Struct, frozen=True):
    """Drugs that were given (or, `from_order`, ordered and not denied), together or alone.

    `drugs` are ids of knowledge/drugs.yaml; `regimen` an id of the same file's regimens, or "".
    `end` is `UNDATED` while no end is recorded; `ongoing` if the record says that it is being
    given now. One resource is one course; lines and cycles are derived by the core.
    """

    start: When
    end: When
    drugs: frozenset[str]
    source: Source
    regimen: str = ""
    ongoing: bool = False
    from_order: bool = False


class TransplantKind(Choice):
    ALLOGENEIC = "allogeneic"
    AUTOLOGOUS = "autologous"
    UNKNOWN = "type not stated"


class Transplant(Struct, frozen=True):
    """A stem cell infusion that took place; `when` is day 0."""

    when: When
    kind: TransplantKind
    donor: str
    source: Source


class LymphocyteInfusion(Struct, frozen=True):
    when: When
    source: Source


class GvhdActivity(Choice):
    ACTIVE = "active"
    RESOLVED = "resolved"
    NEVER = "never"  # somebody recorded that there was none, ever
    NOT_NOW = "not active"  # somebody recorded that there is none now; nothing on the past


class Gvhd(Struct, frozen=True):
    """A statement on graft-versus-host disease; `when` is the onset, or the day it was made."""

    when: When
    activity: GvhdActivity
    kind: str  # "acute", "chronic" or ""
    grade: str
    source: Source


class Measurement(Struct, frozen=True):
    """A dated number. `name` is one of MEASUREMENTS, which fixes its unit."""

    name: str
    when: When
    value: Amount
    source: Source


MEASUREMENTS = {
    "anc_1e9_per_l": "ANC",
    "platelets_1e9_per_l": "platelets",
    "wbc_1e9_per_l": "leukocytes",
    "ecog": "ECOG",
    "lvef_pct": "LVEF",
    "qtcf_ms": "QTcF",
    "creatinine_clearance_ml_per_min": "creatinine clearance",
    "bilirubin_x_uln": "bilirubin",
    "alt_x_uln": "ALT",
    "ast_x_uln": "AST",
    "dlco_pct": "DLCO",
    "fev1_pct": "FEV1",
    "potassium_mmol_per_l": "potassium",
    "magnesium_mmol_per_l": "magnesium",
    "donor_chimerism_pct": "donor chimerism",
}


class Comorbidity(Struct, frozen=True):
    """ "heart-failure", "stable-angina", "vod" (veno-occlusive disease) or "infection"."""

    name: str
    when: When
    active: bool
    source: Source


class Topic(Choice):
    """What a clinician can state, and the values the core understands."""

    FITNESS = "fitness"  # fit | unfit
    TRANSPLANT_ELIGIBILITY = "transplant-eligibility"  # eligible | ineligible
    GOALS_OF_CARE = "goals-of-care"  # curative | life-prolonging | comfort
    DONOR = "donor"  # none | searching | identified
    DONOR_CELLS = "donor-cells"  # available | unavailable
    PREGNANCY = "pregnancy"  # yes | no
    PROLIFERATION = "proliferation"  # high | low
    TRIAL = "trial"  # enrolled | available | none


class Statement(Struct, frozen=True):
    topic: Topic
    value: str
    when: When
    source: Source


class Hypersensitivity(Struct, frozen=True):
    """`drug` is an id of knowledge/drugs.yaml."""

    drug: str
    when: When
    source: Source


class Ignored(Struct, frozen=True, order=True):
    """Something in the record that was set aside, and the reason, one of a closed list."""

    resource: str
    reason: str


class Unread(Struct, frozen=True, order=True):
    """A query that was not answered in full: what rests on it cannot be judged absent."""

    query: str
    reason: str


@dataclass(frozen=True, slots=True)
class Patient:
    """The record of one patient, read. Entries in no particular order."""

    reference: str
    birth: When = UNDATED
    excluded: str = ""  # "deceased", "replaced-by" or "test-patient": no cards
    diagnoses: tuple[Diagnosis, ...] = ()
    blasts: tuple[Blasts, ...] = ()
    extramedullary: tuple[Extramedullary, ...] = ()
    responses: tuple[Response, ...] = ()
    mrd: tuple[MrdResult, ...] = ()
    genes: tuple[GeneResult, ...] = ()
    karyotypes: tuple[Karyotype, ...] = ()
    courses: tuple[Course, ...] = ()
    transplants: tuple[Transplant, ...] = ()
    lymphocyte_infusions: tuple[LymphocyteInfusion, ...] = ()
    gvhd: tuple[Gvhd, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    comorbidities: tuple[Comorbidity, ...] = ()
    statements: tuple[Statement, ...] = ()
    hypersensitivities: tuple[Hypersensitivity, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    unread: tuple[Unread, ...] = ()
