"""Residual disease by RT-qPCR, flow cytometry and sequencing."""

import pytest

from aml.patient import Amount, Finding, Ignored, Method, MrdResult, Tissue
from fhir_mapping.genomics import read_genes
from fhir_mapping.mrd import read_mrd
from tests.fhir_mapping.record import Json, coded, lab_test, quantity, record, report

YES, NO, OPEN = Finding.DETECTED, Finding.NOT_DETECTED, Finding.INDETERMINATE
FAILED = Finding.INADEQUATE


def only(*results: Json) -> MrdResult:
    [result] = read_mrd(record(*results))
    return result


@pytest.mark.parametrize(
    "result",
    [
        lab_test(
            "NPM1 mutA transcripts",
            valueQuantity=quantity(230, "copies/10^4 ABL", code="{copies}/10*4{ABL1}"),
        ),
        lab_test("NPM1/ABL1", valueQuantity=quantity(2.3, "%")),
        lab_test("NPM1 NCN", valueQuantity=quantity(0.023, "1")),
        lab_test("NPM1 per 100,000 ABL", valueQuantity=quantity(2300, "copies/10^5")),
        lab_test("NPM1 transcripts", valueString="230 copies/10^4 ABL1"),
        lab_test("NPM1", valueQuantity=quantity(2.3, "% ABL1")),
        report("NPM1 MRD", "NPM1 transcripts: 230 copies/10^4 ABL1"),
    ],
)
def test_one_amount_in_every_unit(result: Json) -> None:
    found = only(result)
    assert (found.marker, found.method, found.finding) == ("NPM1", Method.RT_QPCR, YES)
    assert found.copies_per_1e4_abl1 == Amount.exactly(230)


@pytest.mark.parametrize(
    "unit", ["copies/10^4 GUSB", "copies", "", "copies/10^4", "copies/10^4 GAPDH"]
)
def test_without_abl1_and_a_scale_the_number_says_nothing_but_found(unit: str) -> None:
    resources = record(lab_test("NPM1 transcripts", valueQuantity=quantity(35, unit)))
    [found] = read_mrd(resources)
    assert (found.finding, found.copies_per_1e4_abl1.recorded) == (YES, False)
    assert resources.ignored == [Ignored("Observation/r0", "unknown-unit")]


@pytest.mark.parametrize(
    ("result", "finding"),
    [
        (lab_test("MRD flow", valueString="<0.01 %"), NO),
        (lab_test("MRD flow", valueQuantity=quantity(0.01, "%", comparator="<")), NO),
        (lab_test("AML MRD flow", valueQuantity=quantity(0.08, "%")), NO),
        (lab_test("AML MRD flow", valueQuantity=quantity(0.1, "%")), YES),
        (
            lab_test(
                "MRD flow",
                valueQuantity=quantity(0.08, "%"),
                interpretation=[{"coding": [{"code": "POS"}]}],
            ),
            YES,
        ),
        (
            lab_test(
                "MRD flow",
                valueQuantity=quantity(0.3, "%"),
                interpretation=[{"coding": [{"code": "NEG"}]}],
            ),
            NO,
        ),
        (lab_test("MRD flow", valueQuantity=quantity(0.3)), OPEN),
        (
            lab_test(
                "MRD by flow cytometry",
                valueCodeableConcept=coded(
                    "260415000", "Not detected", "http://snomed.info/sct"
                ),
            ),
            NO,
        ),
        (lab_test("MRD", valueString="MRD negative (flow)"), NO),
        (lab_test("NPM1 transcripts", valueQuantity=quantity(0, "copies/10^4 ABL")), NO),
        (lab_test("NPM1 transcripts", valueString="detected, not quantifiable"), YES),
        (
            lab_test(
                "NPM1 transcripts",
                valueQuantity=quantity(35, "copies/10^4 ABL"),
                interpretation=[{"coding": [{"code": "N"}]}],
            ),
            YES,
        ),
        (
            lab_test(
                "NPM1 transcripts",
                valueQuantity=quantity(35, "copies/10^4 ABL"),
                interpretation=[{"coding": [{"code": "NEG"}]}],
            ),
            OPEN,
        ),
        (
            lab_test(
                "NPM1 transcripts", dataAbsentReason={"coding": [{"code": "not-performed"}]}
            ),
            OPEN,
        ),
        (
            lab_test("NPM1 transcripts", dataAbsentReason={"coding": [{"code": "error"}]}),
            FAILED,
        ),
        (lab_test("NPM1 transcripts", valueString="QNS"), FAILED),
        (lab_test("NPM1 transcripts", valueString="ABL 800 copies - insufficient"), FAILED),
        (lab_test("NPM1 transcripts", valueString="see comment"), OPEN),
        (lab_test("NPM1 transcripts", valueString="previously positive"), OPEN),
        (lab_test("NPM1 transcripts", valueString="negative", status="preliminary"), OPEN),
    ],
)
def test_found_not_found_failed_or_open(result: Json, finding: Finding) -> None:
    assert only(result).finding is finding


@pytest.mark.parametrize(
    "result",
    [
        lab_test("NPM1 log reduction", valueQuantity=quantity(3.2, "log10")),
        lab_test("NPM1 MRD", valueString="3.2 log reduction from baseline"),
    ],
)
def test_a_log_reduction_is_never_a_level(result: Json) -> None:
    found = only(result)
    assert found.log_reduction == Amount.exactly("3.2")
    assert not found.copies_per_1e4_abl1.recorded


def test_copies_of_the_control_gene_stand_beside_the_level() -> None:
    control = lab_test("ABL1 control copies", valueQuantity=quantity(8000, "copies"))
    level = quantity(0, "copies/10^4 ABL1")
    found = only(lab_test("NPM1 transcripts", valueQuantity=level, component=[control]))
    assert found.control_copies == Amount.exactly(8000)


def test_sequencing_for_residual_disease_brings_an_allele_frequency() -> None:
    gene = {"code": coded("48018-6"), "valueCodeableConcept": {"text": "NPM1"}}
    vaf = {"code": coded("81258-6"), "valueQuantity": {"value": 0.0004, "code": "1"}}
    found = only(lab_test("NGS MRD panel", component=[gene, vaf]))
    assert (found.marker, found.method, found.vaf_pct) == (
        "NPM1",
        Method.NGS,
        Amount.exactly("0.04"),
    )


def test_one_panel_can_hold_transcripts_and_flow() -> None:
    parts = [
        lab_test("NPM1 transcripts", valueQuantity=quantity(12, "copies/10^4 ABL1")),
        lab_test("Flow MRD", valueQuantity=quantity(0.2, "%")),
    ]
    found = read_mrd(record(lab_test("MRD panel", component=parts)))
    assert [(m.marker, m.method) for m in found] == [
        ("NPM1", Method.RT_QPCR),
        ("MFC", Method.MFC),
    ]


def test_a_mutation_test_that_found_nothing_is_no_residual_disease_test() -> None:
    resources = record(lab_test("NPM1 mutation", valueString="Not detected"))
    assert read_mrd(resources) == ()
    assert [g.finding for g in read_genes(resources)] == [NO]


def test_transcripts_are_no_mutation_result() -> None:
    transcripts = lab_test("NPM1 transcripts", valueQuantity=quantity(12, "copies/10^4 ABL1"))
    assert read_genes(record(transcripts)) == ()


@pytest.mark.parametrize(
    "result",
    [
        lab_test("BCR-ABL1 transcripts", valueQuantity=quantity(0.1, "% IS")),
        {"code": coded("67128-9"), "valueQuantity": quantity(12, "%")},
        lab_test("Donor chimerism", valueQuantity=quantity(98, "%")),
    ],
)
def test_other_tests_are_no_residual_disease(result: Json) -> None:
    assert read_mrd(record(result)) == ()


def test_the_material_may_stand_in_a_result_of_the_same_report() -> None:
    result = lab_test(
        "NPM1 transcripts", id="a", valueQuantity=quantity(12, "copies/10^4 ABL1")
    )
    source = {"id": "s", "code": coded("31208-2"), "valueString": "Bone Marrow"}
    references = [{"reference": "Observation/a"}, {"reference": "Observation/s"}]
    assert only(result, source, report("NPM1", "", result=references)).tissue is Tissue.MARROW


def test_the_material_stays_unknown_where_nobody_names_it() -> None:
    result = lab_test("NPM1 transcripts", valueQuantity=quantity(12, "copies/10^4 ABL1"))
    assert only(result).tissue is Tissue.UNKNOWN


def test_marrow_and_blood_of_one_report_are_two_results() -> None:
    prose = (
        "NPM1 transcripts: bone marrow 412 copies/10^4 ABL1, peripheral blood 634 "
        "copies/10^4 ABL1"
    )
    found = read_mrd(record(report("NPM1 MRD", prose)))
    assert [(m.tissue, str(m.copies_per_1e4_abl1)) for m in found] == [
        (Tissue.MARROW, "412"),
        (Tissue.BLOOD, "634"),
    ]


@pytest.mark.parametrize(
    "written",
    ["ABL1-Kontrollkopien: 52.300", "ABL1-Kopien: 52.300", "Kontrollkopien (ABL1): 52.300",
     "Kontrollgen ABL1: 52.300 Kopien", "52.300 Kontrollkopien", "52300 ABL1-Kopien",
     "ABL1-Kopienzahl 52300", "Control gene (ABL1) copies: 52,300",
     "ABL1 copies analyzed: 52,300", "ABL1 control copies: 52 300",
     "ABL copy number: 52'300"],
)  # fmt: skip
def test_copies_of_the_control_gene_are_read_from_a_note(written: str) -> None:
    noted = lab_test("NPM1 RT-qPCR", valueString="not detected", note=[{"text": written}])
    assert only(noted).control_copies == Amount.exactly(52300)


@pytest.mark.parametrize(
    "name",
    ["MRD flow, limit of detection", "MRD LOD", "AML-MRD Nachweisgrenze", "MRD flow cut-off"],
)
def test_what_a_test_can_find_is_not_what_it_found(name: str) -> None:
    assert read_mrd(record(lab_test(name, valueQuantity=quantity(0.01, "%")))) == ()


def test_a_limit_in_brackets_leaves_a_test_the_test_that_it_is() -> None:
    found = only(lab_test("AML MRD flow (LOD 0.01 %)", valueQuantity=quantity(0.3, "%")))
    assert found.finding is YES
