"""Mutations, fusions, CD33 and karyotypes in the shapes that records use."""

from datetime import date

import pytest

from aml.patient import Amount, Finding, Ignored, Method, Tissue, When
from fhir_mapping.genomics import read_genes, read_karyotypes
from tests.fhir_mapping.record import (
    ABSENT,
    PRESENT,
    SNOMED,
    Json,
    coded,
    gene,
    lab_test,
    quantity,
    record,
    report,
    variant,
)

YES, NO, OPEN = Finding.DETECTED, Finding.NOT_DETECTED, Finding.INDETERMINATE
VARNOMEN = "http://varnomen.hgvs.org"


def found(*results: Json) -> list[tuple[str, Finding]]:
    return [(g.alteration, g.finding) for g in read_genes(record(*results))]


def test_a_variant_brings_gene_change_and_allele_frequency() -> None:
    change = {
        "code": coded("48005-3"),
        "valueCodeableConcept": coded("NP_002159.2:p.Arg140Gln", "", VARNOMEN),
    }
    vaf = {"code": coded("81258-6"), "valueQuantity": {"value": 0.31, "code": "1"}}
    [idh2] = read_genes(record(variant(gene("HGNC:5383", "IDH2"), change, vaf, **PRESENT)))
    assert (idh2.alteration, idh2.change, idh2.vaf_pct) == ("IDH2", "R140Q", Amount.exactly(31))


@pytest.mark.parametrize("code", ["HGNC:5383", "5383", "IDH2"])
def test_a_gene_is_known_by_number_and_symbol(code: str) -> None:
    assert found(variant(gene(code), **PRESENT)) == [("IDH2", YES)]


def test_a_concrete_change_without_value_asserts_itself() -> None:
    change = {"code": coded("48004-6"), "valueCodeableConcept": {"text": "c.1780_1800dup"}}
    named = {"code": coded("48018-6"), "valueCodeableConcept": {"text": "FLT3"}}
    assert found(variant(named, change)) == [("FLT3-ITD", YES)]


def test_a_gene_alone_asserts_nothing() -> None:
    assert found(variant(gene("HGNC:3765", "FLT3"))) == []


def test_no_call_is_open() -> None:
    value = {"valueCodeableConcept": coded("LA18198-4", "No call")}
    assert found(variant(gene("HGNC:5383"), **value)) == [("IDH2", OPEN)]


def test_several_absent_genes_are_each_negative_even_if_their_codes_are_swapped() -> None:
    swapped = variant(gene("HGNC:7989", "KIT"), gene("HGNC:6342", "NRAS"), **ABSENT)
    assert set(found(swapped)) == {("KIT", NO), ("NRAS", NO)}


def test_one_gene_whose_code_and_display_disagree_is_open() -> None:
    assert {f for _, f in found(variant(gene("HGNC:7989", "KIT"), **PRESENT))} == {OPEN}


def test_a_change_off_the_hot_spot_is_no_target() -> None:
    change = {"code": coded("48005-3"), "valueCodeableConcept": {"text": "p.V178I"}}
    assert found(variant(gene("HGNC:5382"), change, **PRESENT)) == [("IDH1", OPEN)]


def test_no_change_is_no_mutation() -> None:
    change = {"code": coded("48005-3"), "valueCodeableConcept": {"text": "p.="}}
    assert found(variant(gene("HGNC:5382"), change, **PRESENT)) == []


@pytest.mark.parametrize(
    ("component", "reason"),
    [
        (
            {
                "code": coded("53037-8"),
                "valueCodeableConcept": coded("LA26333-7", "Uncertain significance"),
            },
            "uncertain-significance",
        ),
        (
            {"code": coded("48002-0"), "valueCodeableConcept": coded("LA6683-2", "Germline")},
            "germline",
        ),
    ],
)
def test_what_is_no_driver_is_set_aside(component: Json, reason: str) -> None:
    resources = record(variant(gene("HGNC:11998"), component, **PRESENT))
    assert read_genes(resources) == ()
    assert resources.ignored == [Ignored("Observation/r0", reason)]


def test_significance_may_stand_in_a_result_derived_from_the_variant() -> None:
    significance = {
        "code": coded(
            "diagnostic-implication",
            "",
            "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs",
        ),
        "derivedFrom": [{"reference": "Observation/r0"}],
        "component": [
            {
                "code": coded("53037-8"),
                "valueCodeableConcept": coded("LA26333-7", "Uncertain significance"),
            }
        ],
    }
    assert found(variant(gene("HGNC:11998"), **PRESENT), significance) == []


@pytest.mark.parametrize("partners", [("HGNC:10471", "HGNC:1535"), ("HGNC:1535", "HGNC:10471")])
def test_two_present_genes_are_one_fusion_in_either_order(partners: tuple[str, str]) -> None:
    assert found(variant(*map(gene, partners), **PRESENT)) == [("RUNX1::RUNX1T1", YES)]


def test_a_fusion_with_a_gene_that_is_not_known_mutates_neither() -> None:
    assert found(variant(gene("HGNC:10471"), gene("HGNC:1536"), **PRESENT)) == [("RUNX1", OPEN)]


def test_a_fusion_of_kmt2a_is_its_rearrangement_too() -> None:
    fused = variant(gene("HGNC:7132"), gene("HGNC:7137"), **PRESENT)
    assert found(fused) == [("KMT2A::AFDN", YES), ("KMT2A-rearrangement", YES)]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (lab_test("FLT3-ITD", valueString="POSITIVE"), [("FLT3-ITD", YES)]),
        (lab_test("FLT3\u2011ITD", valueString="Not Detected"), [("FLT3-ITD", NO)]),
        (lab_test("FLT3 ITD", valueBoolean=True), [("FLT3-ITD", YES)]),
        (
            {
                "code": coded("85100-6"),
                "valueCodeableConcept": coded("260415000", "Not detected", SNOMED),
            },
            [("FLT3-ITD", NO)],
        ),
        (
            {
                "code": coded("54447-8"),
                "valueCodeableConcept": coded("10828004", "Positive", SNOMED),
            },
            [("FLT3", YES)],
        ),
        (
            lab_test("FLT3 ITD", valueString="Negative for TKD; ITD see comment"),
            [("FLT3-TKD", NO), ("FLT3-ITD", OPEN)],
        ),
        (lab_test("FLT3", valueString="no mutation"), [("FLT3", NO)]),
        (
            lab_test("FLT3-ITD", valueCodeableConcept=coded("260415000", "Detected", SNOMED)),
            [("FLT3-ITD", OPEN)],
        ),
        (
            lab_test(
                "FLT3-ITD",
                valueString="positive",
                interpretation=[{"coding": [{"code": "NEG"}]}],
            ),
            [("FLT3-ITD", OPEN)],
        ),
        (
            lab_test("FLT3-ITD", interpretation=[{"coding": [{"code": "POS"}]}]),
            [("FLT3-ITD", YES)],
        ),
        (
            lab_test("FLT3-ITD", dataAbsentReason={"coding": [{"code": "not-performed"}]}),
            [("FLT3-ITD", OPEN)],
        ),
        (
            lab_test("FLT3-ITD and FLT3-TKD", valueString="negative"),
            [("FLT3-ITD", NO), ("FLT3-TKD", NO)],
        ),
        (lab_test("AML1-ETO", valueString="detected"), [("RUNX1::RUNX1T1", YES)]),
        (lab_test("PML-RARα", valueString="not detected"), [("PML::RARA", NO)]),
        (
            lab_test("MLL rearrangement, FISH", valueString="Normal"),
            [("KMT2A-rearrangement", NO)],
        ),
        (
            {"code": coded("77040-4"), "valueString": "nuc ish(RUNX1T1,RUNX1)x3[142/200]"},
            [("RUNX1::RUNX1T1", OPEN)],
        ),
        (
            {"code": coded("78234-2"), "valueQuantity": quantity(3, "%")},
            [("KMT2A-rearrangement", OPEN)],
        ),
        (lab_test("IDH1 R132H", valueString="not detected"), [("IDH1", OPEN)]),
        (lab_test("KMT2A-PTD", valueString="detected"), []),
        (lab_test("DDX41 germline testing", valueString="detected"), []),
        ({"code": coded("36908-2"), "valueString": "FLT3, NPM1, IDH1, IDH2, TP53"}, []),
        ({"code": coded("53041-0"), "component": [gene("HGNC:11998")]}, []),
        ({"code": coded("51155-0"), "valueQuantity": quantity(92, "%")}, [("CD33", YES)]),
        ({"code": coded("51155-0"), "valueQuantity": quantity(12, "%")}, [("CD33", NO)]),
        ({"code": coded("21015-3"), "valueQuantity": quantity(900, "/uL")}, []),
        (lab_test("Flow", valueString="CD13+, CD33+ (dim), CD117+, CD34-"), [("CD33", YES)]),
        (lab_test("Flow", valueString="CD33, CD34-"), []),
        (lab_test("Flow", valueString="Maturing granulocytes CD13+, CD33+"), []),
    ],
)
def test_one_test_one_answer(result: Json, expected: list[tuple[str, Finding]]) -> None:
    assert found(result) == expected


@pytest.mark.parametrize(
    "result",
    [
        {"code": coded("92844-0"), "valueQuantity": quantity(0.62, "ratio")},
        lab_test("FLT3-ITD AR", valueQuantity=quantity(62, "%")),
        lab_test("FLT3-ITD AR", valueQuantity=quantity(0.62, "ratio", code="{ratio}")),
        lab_test("FLT3-ITD signal ratio", valueString="0.62 (high)"),
        lab_test("FLT3-ITD Ratio", valueString="0,62"),
        lab_test(
            "FLT3-ITD allelic ratio",
            valueRatio={"numerator": {"value": 62}, "denominator": {"value": 100}},
        ),
    ],
)
def test_an_allelic_ratio_is_read_in_every_spelling(result: Json) -> None:
    assert [g.allelic_ratio for g in read_genes(record(result))] == [Amount.exactly("0.62")]


def test_a_number_that_cannot_be_a_ratio_is_not_one() -> None:
    [itd] = read_genes(record(lab_test("FLT3-ITD allelic ratio", valueQuantity=quantity(62))))
    assert (itd.finding, itd.allelic_ratio.recorded) == (OPEN, False)


def test_an_allele_frequency_is_not_an_allelic_ratio() -> None:
    vaf = {"code": coded("81258-6"), "valueQuantity": quantity(38, "%")}
    [itd] = read_genes(record(lab_test("FLT3-ITD", valueString="detected", component=[vaf])))
    assert (itd.vaf_pct, itd.allelic_ratio.recorded) == (Amount.exactly(38), False)


def test_a_panel_has_one_answer_for_each_component() -> None:
    parts = [lab_test("ITD", valueString="positive"), lab_test("D835", valueString="negative")]
    assert found(lab_test("FLT3", component=parts)) == [("FLT3-ITD", YES), ("FLT3-TKD", NO)]


def test_a_panel_whose_members_are_there_is_not_counted_again() -> None:
    panel = lab_test(
        "FLT3", id="x", valueString="positive", hasMember=[{"reference": "Observation/y"}]
    )
    assert found(panel, lab_test("ITD", id="y", valueString="positive")) == [("FLT3-ITD", YES)]


def test_a_report_is_read_and_marked_as_text() -> None:
    [npm1] = read_genes(record(report("Myeloid NGS panel", "NPM1 type A (VAF 38%).")))
    assert (npm1.alteration, npm1.vaf_pct, npm1.source.from_text) == (
        "NPM1",
        Amount.exactly(38),
        True,
    )


def test_a_coded_conclusion_is_no_result() -> None:
    coded_npm1 = [
        coded(
            "9877/3", "AML with mutated NPM1", "http://terminology.hl7.org/CodeSystem/icd-o-3"
        )
    ]
    assert found(report("NGS", "", conclusionCode=coded_npm1)) == []


def test_a_correction_replaces_what_it_corrects() -> None:
    first = lab_test("FLT3-ITD", valueString="detected", issued="2024-03-02")
    second = lab_test(
        "FLT3-ITD", valueString="not detected", issued="2024-03-05", status="corrected"
    )
    assert found(first, second) == [("FLT3-ITD", NO)]


_UNDATED: Json = {"effectiveDateTime": None}
_OTHER_SAMPLES: list[tuple[Json, Json]] = [
    ({"specimen": {"display": "marrow"}}, {"specimen": {"display": "blood"}}),
    ({"bodySite": {"text": "marrow"}}, {"bodySite": {"text": "blood"}}),
    (
        {**_UNDATED, "effectiveInstant": "2024-02-01T08:00:00Z"},
        {**_UNDATED, "effectiveInstant": "2024-03-01T08:00:00Z"},
    ),
    (
        {**_UNDATED, "effectiveTiming": {"event": ["2024-02-01"]}},
        {**_UNDATED, "effectiveTiming": {"event": ["2024-03-01"]}},
    ),
    (
        {**_UNDATED, "issued": "2024-02-01T08:00:00Z"},
        {**_UNDATED, "issued": "2024-03-01T08:00:00Z"},
    ),
]


@pytest.mark.parametrize(("one", "other"), _OTHER_SAMPLES)
def test_a_correction_leaves_the_results_of_other_samples(one: Json, other: Json) -> None:
    first = lab_test("FLT3-ITD", valueString="detected", **one)
    second = lab_test("FLT3-ITD", valueString="not detected", status="corrected", **other)
    assert set(found(first, second)) == {("FLT3-ITD", YES), ("FLT3-ITD", NO)}


@pytest.mark.parametrize(
    "reference", ["Observation/r0", "https://ehr.example/fhir/Observation/r0/_history/1"]
)
def test_a_result_can_name_what_it_replaces(reference: str) -> None:
    url = "http://hl7.org/fhir/StructureDefinition/replaces"
    link = {"url": url, "valueReference": {"reference": reference}}
    first = lab_test("FLT3-ITD", valueString="detected")
    second = lab_test("FLT3 ITD", valueString="not detected", extension=[link])
    assert found(first, second) == [("FLT3-ITD", NO)]


def test_a_correction_of_one_panel_leaves_the_panel_of_other_tests() -> None:
    first = lab_test("Panel", component=[lab_test("FLT3-ITD", valueString="detected")])
    second = lab_test(
        "Panel", component=[lab_test("IDH1", valueString="detected")], status="corrected"
    )
    assert found(first, second) == [("FLT3-ITD", YES), ("IDH1", YES)]


def test_a_correction_finds_its_result_by_a_contained_specimen() -> None:
    specimen = {"resourceType": "Specimen", "id": "s", "type": {"text": "Bone marrow"}}
    sample: Json = {"contained": [specimen], "specimen": {"reference": "#s"}}
    first = lab_test("FLT3-ITD", valueString="detected", **sample)
    second = lab_test("FLT3-ITD", valueString="not detected", status="corrected", **sample)
    assert found(first, second) == [("FLT3-ITD", NO)]


def test_a_component_is_of_the_gene_that_its_panel_names() -> None:
    name = "FLT3, bone marrow aspirate"
    panel = lab_test(name, component=[lab_test("D835", valueString="detected")])
    assert found(panel) == [("FLT3-TKD", YES)]


def test_a_member_is_of_the_gene_that_its_panel_names() -> None:
    member = lab_test("D835", id="m", valueString="detected")
    panel = lab_test("FLT3 mutation analysis", hasMember=[{"reference": "Observation/m"}])
    assert found(member, panel) == [("FLT3-TKD", YES)]


def test_two_final_results_that_disagree_both_stand() -> None:
    results = (lab_test("FLT3-ITD", valueString=v) for v in ("detected", "not detected"))
    assert found(*results) == [("FLT3-ITD", YES), ("FLT3-ITD", NO)]


def test_a_preliminary_result_settles_nothing() -> None:
    resources = record(lab_test("FLT3-ITD", valueString="detected", status="preliminary"))
    assert [g.finding for g in read_genes(resources)] == [OPEN]
    assert resources.ignored == [Ignored("Observation/r0", "preliminary")]


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "unknown"])
def test_a_result_that_does_not_count_is_set_aside_with_its_status(status: str) -> None:
    resources = record(lab_test("FLT3-ITD", valueString="detected", status=status))
    assert read_genes(resources) == ()
    assert resources.ignored == [Ignored("Observation/r0", status)]


def test_the_specimen_gives_day_and_tissue() -> None:
    specimen = {
        "resourceType": "Specimen",
        "id": "s",
        "type": coded("119359002", "Bone marrow specimen", SNOMED),
        "collection": {"collectedDateTime": "2024-02-20"},
    }
    result = lab_test("FLT3-ITD", valueString="detected", specimen={"reference": "Specimen/s"})
    [itd] = read_genes(record(specimen, result))
    assert (itd.when, itd.tissue) == (When.day(date(2024, 2, 20)), Tissue.MARROW)


def test_the_name_of_a_diagnosis_counts_on_the_day_of_its_onset() -> None:
    named = {
        "resourceType": "Condition",
        "code": {"text": "AML NPM1+ FLT3-ITD neg, relapsed 3/24"},
    }
    assert found({**named, "onsetDateTime": "2020-03-10"}) == [("NPM1", YES)]
    assert found(named) == []


def test_a_refuted_diagnosis_says_nothing_of_its_gene() -> None:
    refuted = {"verificationStatus": coded("refuted"), "onsetDateTime": "2020"}
    named = {"resourceType": "Condition", "code": {"text": "AML with mutated NPM1"}}
    assert found({**named, **refuted}) == []


def test_cd33_is_a_result_of_flow_cytometry() -> None:
    [cd33] = read_genes(record({"code": coded("51155-0"), "valueQuantity": quantity(92, "%")}))
    assert (cd33.method, cd33.tissue) == (Method.MFC, Tissue.MARROW)


@pytest.mark.parametrize(
    ("result", "lesions"),
    [
        ({"code": coded("33893-9"), "valueCodeableConcept": {"text": "46,XX[20]"}}, {"normal"}),
        (
            variant(
                {
                    "code": coded("81291-7"),
                    "valueCodeableConcept": coded("46,XX", "", "https://iscn.karger.com"),
                },
                **PRESENT,
            ),
            {"normal"},
        ),
        (lab_test("Karyotype", valueString="45,XY,-7[8]/46,XY[12]"), {"-7"}),
        (report("Cytogenetics", "Komplex aberranter Karyotyp."), {"complex"}),
    ],
)
def test_a_karyotype_is_found_where_it_stands(result: Json, lesions: set[str]) -> None:
    assert [k.lesions for k in read_karyotypes(record(result))] == [lesions]


def test_donor_cells_are_no_karyotype_of_the_patient() -> None:
    resources = record(lab_test("Chromosomes", valueString="//46,XX[20]"))
    assert read_karyotypes(resources) == ()
    assert resources.ignored == [Ignored("Observation/r0", "donor-cells")]


def test_a_normal_fish_is_no_normal_karyotype() -> None:
    assert read_karyotypes(record(lab_test("FISH chromosome 7", valueString="normal"))) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("% abnormal nuclei", {"valueQuantity": quantity(84, "%")}),
        ("Cells scored", {"valueInteger": 200}),
        ("Auffällige Kerne", {"valueQuantity": quantity(84, "%")}),
        ("Probe", {"valueString": "LSI MLL dual color"}),
        ("Cut-off", {"valueQuantity": quantity(3, "%")}),
        ("Insert size", {"valueQuantity": quantity(42, "bp")}),
        ("Sensitivity", {"valueString": "1 %"}),
    ],
)
def test_what_only_describes_a_test_takes_nothing_from_its_result(
    name: str, value: Json
) -> None:
    detail = {"code": {"text": name}, **value}
    fish = lab_test("KMT2A rearrangement, FISH", valueString="positive", component=[detail])
    assert found(fish) == [("KMT2A-rearrangement", YES)]
