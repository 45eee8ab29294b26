"""Blasts, counts, organ function, extramedullary disease and responses."""

import pytest

from aml.patient import Finding, Ignored, ResponseCategory, Tissue
from fhir_mapping.laboratory import (
    read_blasts,
    read_extramedullary,
    read_measurements,
    read_responses,
)
from tests.fhir_mapping.record import SNOMED, Json, coded, lab_test, quantity, record, report

MARROW, BLOOD, UNKNOWN = Tissue.MARROW, Tissue.BLOOD, Tissue.UNKNOWN


@pytest.mark.parametrize(
    ("result", "tissue", "share"),
    [
        ({"code": coded("11150-0"), "valueQuantity": quantity(46, "%")}, MARROW, "46"),
        ({"code": coded("11150-0"), "valueQuantity": quantity(0.46, "1")}, MARROW, "46"),
        ({"code": coded("11150-0"), "valueQuantity": quantity(46)}, MARROW, "not quantified"),
        ({"code": coded("709-6"), "valueQuantity": quantity(2, "%")}, BLOOD, "2"),
        (
            {
                "code": coded("30444-4"),
                "valueCodeableConcept": coded("10828004", "Positive", SNOMED),
            },
            BLOOD,
            ">0",
        ),
        (lab_test("Bone marrow blasts", valueString="<5 %"), MARROW, "<5"),
        (lab_test("Bone marrow blasts", valueString="less than 5 %"), MARROW, "<5"),
        (lab_test("Blasten KM (%)", valueQuantity=quantity(24)), MARROW, "24"),
        (
            lab_test(
                "Marrow blasts", valueRange={"low": quantity(5, "%"), "high": quantity(10, "%")}
            ),
            MARROW,
            "5-10",
        ),
        (
            lab_test("Bone marrow blasts", valueString="no excess of blasts"),
            MARROW,
            "not quantified",
        ),
        (lab_test("Blasten KM", valueQuantity=quantity(24, "%")), MARROW, "24"),
        (lab_test("Blasten PB", valueQuantity=quantity(24, "%")), BLOOD, "24"),
        (lab_test("Blasts, peripheral blood", valueString="rare"), BLOOD, ">0"),
        (lab_test("Blasts, peripheral blood", valueString="none seen"), BLOOD, "0"),
        (lab_test("Blasts", valueQuantity=quantity(7, "%")), UNKNOWN, "7"),
        (
            lab_test(
                "Blasts", valueQuantity=quantity(7, "%"), specimen={"display": "Bone marrow"}
            ),
            MARROW,
            "7",
        ),
        (
            lab_test(
                "Blasts", valueQuantity=quantity(7, "%"), bodySite=coded("14016003", "", SNOMED)
            ),
            MARROW,
            "7",
        ),
        (lab_test("Peripheral blood smear", valueString="35% blasts"), BLOOD, "35"),
        (
            lab_test(
                "Bone marrow aspirate",
                component=[lab_test("Blasts", valueQuantity=quantity(9, "%"))],
            ),
            MARROW,
            "9",
        ),
        (
            report("Bone marrow aspirate", "Hypercellular. Blasts 46 % of nucleated cells."),
            MARROW,
            "46",
        ),
    ],
)
def test_blasts_keep_material_and_bound(result: Json, tissue: Tissue, share: str) -> None:
    assert [(b.tissue, str(b.pct)) for b in read_blasts(record(result))] == [(tissue, share)]


@pytest.mark.parametrize(
    "result",
    [
        lab_test("CD34+ blasts", valueQuantity=quantity(12, "%")),
        lab_test("Lymphoblasts", valueQuantity=quantity(12, "%")),
        {
            "code": coded("34923-3", "Monoblasts/100 leukocytes in Blood"),
            "valueQuantity": quantity(3, "%"),
        },
        lab_test("Bone marrow blasts", valueString="not evaluable"),
    ],
)
def test_what_are_no_myeloid_blasts_gives_no_share(result: Json) -> None:
    assert not any(b.pct.recorded for b in read_blasts(record(result)))


def test_a_differential_is_of_blood_only_where_nothing_else_says() -> None:
    counted = {"valueQuantity": quantity(2, "%"), "id": "r"}
    alone = lab_test("Blasts, manual differential", **counted)
    marrow = {
        "resourceType": "Specimen",
        "id": "s",
        "type": coded("119359002", "Specimen from bone marrow", SNOMED),
    }
    of_marrow = report("Report", "", specimen=[{"reference": "Specimen/s"}])
    holder = {**of_marrow, "result": [{"reference": "Observation/r"}]}
    told = report("Bone marrow aspirate", "Differential: blasts 2 %.")
    assert [b.tissue for b in read_blasts(record(alone))] == [BLOOD]
    assert [b.tissue for b in read_blasts(record(alone, marrow, holder))] == [MARROW]
    assert [b.tissue for b in read_blasts(record(told))] == [MARROW]


def test_a_report_that_names_two_sources_says_nothing_on_one_result() -> None:
    sources = [
        lab_test("Specimen source", valueString=v, id=v) for v in ("Bone marrow", "Blood")
    ]
    blasts = lab_test("Blasts", valueQuantity=quantity(2, "%"), id="b")
    links = [{"reference": f"Observation/{r['id']}"} for r in (*sources, blasts)]
    holder = report("Report", "", result=links)
    assert [b.tissue for b in read_blasts(record(*sources, blasts, holder))] == [UNKNOWN]


def test_preliminary_blasts_are_set_aside() -> None:
    resources = record(lab_test("Marrow blasts", valueString="46 %", status="preliminary"))
    assert read_blasts(resources) == ()
    assert resources.ignored == [Ignored("Observation/r0", "preliminary")]


def test_a_report_that_speaks_of_regeneration_says_so() -> None:
    [blasts] = read_blasts(record(report("Bone marrow", "Regenerating marrow. Blasts 6 %.")))
    assert blasts.regeneration


@pytest.mark.parametrize(
    ("result", "name", "value"),
    [
        (
            {"code": coded("26499-4"), "valueQuantity": quantity(0.4, "10*9/L")},
            "anc_1e9_per_l",
            "0.4",
        ),
        (
            {"code": coded("751-8"), "valueQuantity": quantity(400, "/uL")},
            "anc_1e9_per_l",
            "0.4",
        ),
        (lab_test("ANC", valueQuantity=quantity(1200, "/\u00b5L")), "anc_1e9_per_l", "1.2"),
        (lab_test("ANC", valueQuantity=quantity(1200, "/\u03bcL")), "anc_1e9_per_l", "1.2"),
        (
            {"code": coded("26464-8"), "valueQuantity": quantity(31.9, "K/ul")},
            "wbc_1e9_per_l",
            "31.9",
        ),
        (
            lab_test("Thrombozyten", valueQuantity=quantity(84, "G/L")),
            "platelets_1e9_per_l",
            "84",
        ),
        ({"code": coded("10230-1"), "valueQuantity": quantity(0.55, "1")}, "lvef_pct", "55"),
        (
            {
                "code": coded("10230-1"),
                "valueRange": {"low": quantity(55, "%"), "high": quantity(60, "%")},
            },
            "lvef_pct",
            "55-60",
        ),
        (
            lab_test("Chimerism, donor", valueQuantity=quantity(98, "%")),
            "donor_chimerism_pct",
            "98",
        ),
        (lab_test("QTcF", valueQuantity=quantity(455, "ms")), "qtcf_ms", "455"),
        (
            lab_test("Creatinine clearance", valueQuantity=quantity(44, "mL/min")),
            "creatinine_clearance_ml_per_min",
            "44",
        ),
        (
            {
                "code": coded("14631-6"),
                "valueQuantity": quantity(34, "umol/L"),
                "referenceRange": [{"high": quantity(17, "umol/L")}],
            },
            "bilirubin_x_uln",
            "2",
        ),
        (
            {
                "code": coded("1742-6"),
                "valueQuantity": quantity(80, "U/L"),
                "referenceRange": [{"high": quantity(40, "U/L")}],
            },
            "alt_x_uln",
            "2",
        ),
        (lab_test("DLCO % predicted", valueQuantity=quantity(62, "%")), "dlco_pct", "62"),
        (
            {"code": coded("2823-3"), "valueQuantity": quantity(4.1, "mmol/L")},
            "potassium_mmol_per_l",
            "4.1",
        ),
    ],
)
def test_a_measurement_comes_in_our_unit(result: Json, name: str, value: str) -> None:
    assert [(m.name, str(m.value)) for m in read_measurements(record(result))] == [
        (name, value)
    ]


@pytest.mark.parametrize(
    "unit",
    ["x10(3)/mcL", "x10(9)/L", "10E+9/L", "10(3)/uL", "10\u00b3/\u00b5L", "x10\u2079/L",
     "bil/L", "K/cumm", "Thousand/mcL", "Tsd./\u00b5l", "Mrd/l", "x1000/uL", "1000/mm3", "G/l",
     "/nl", "E9/L", "*10^9/l", "Gpt/l", "thou/cu mm", "10 ^ 3 / uL", "X10*3/uL"],
)  # fmt: skip
def test_a_count_is_read_in_every_unit_of_the_same_size(unit: str) -> None:
    count = lab_test("Platelets", valueQuantity=quantity(84, unit))
    assert [str(m.value) for m in read_measurements(record(count))] == ["84"]


@pytest.mark.parametrize(
    "unit", ["10*12/L", "M/uL", "10*6/uL", "/L", "K/L", "T/l", "10*3/L", "g/dl", "fl", "10*9"]
)
def test_a_count_in_a_unit_of_another_size_is_not_read(unit: str) -> None:
    count = lab_test("Platelets", valueQuantity=quantity(84, unit))
    assert read_measurements(record(count)) == ()


@pytest.mark.parametrize(
    ("result", "reasons"),
    [
        ({"code": coded("751-8"), "valueQuantity": quantity(400, "10*3/uL")}, ["implausible"]),
        (lab_test("Platelets", valueQuantity=quantity(84)), ["unknown-unit"]),
        (
            lab_test("Creatinine clearance", valueQuantity=quantity(44, "mL/min/1.73m2")),
            ["unknown-unit"],
        ),
        (lab_test("FEV1", valueQuantity=quantity(2.1, "L")), ["unknown-unit"]),
        (lab_test("Platelet mean volume", valueQuantity=quantity(9.8, "fL")), []),
        (lab_test("Platelet large cell ratio", valueQuantity=quantity(24, "%")), []),
        ({"code": coded("770-8"), "valueQuantity": quantity(22, "%")}, []),
        ({"code": coded("62238-1"), "valueQuantity": quantity(90, "mL/min/{1.73_m2}")}, []),
        ({"code": coded("14631-6"), "valueQuantity": quantity(34, "umol/L")}, []),
        (
            lab_test(
                "Bilirubin direct",
                valueQuantity=quantity(34, "umol/L"),
                referenceRange=[{"high": quantity(17, "umol/L")}],
            ),
            [],
        ),
        (lab_test("LVEF", valueString="normal LV function"), ["unreadable"]),
    ],
)
def test_a_number_that_is_not_understood_is_not_used(result: Json, reasons: list[str]) -> None:
    resources = record(result)
    assert read_measurements(resources) == ()
    assert [ignored.reason for ignored in resources.ignored] == reasons


@pytest.mark.parametrize(
    ("result", "categories"),
    [
        (lab_test("Response (ELN)", valueString="CRh, MRD pos"), [ResponseCategory.CRH]),
        (
            {"code": coded("88040-1"), "valueCodeableConcept": {"text": "Complete remission"}},
            [ResponseCategory.CR],
        ),
        (
            {
                "code": coded("97509-4"),
                "valueCodeableConcept": coded(
                    "550991000124107", "Malignant neoplasm in full remission (disorder)", SNOMED
                ),
            },
            [ResponseCategory.CR],
        ),
        (
            {
                "code": coded("97509-4"),
                "valueCodeableConcept": coded("103337004", "In partial remission", SNOMED),
            },
            [ResponseCategory.PR],
        ),
        (lab_test("Remission status", valueString="not in remission"), [ResponseCategory.NR]),
        (lab_test("Disease status", valueString="Relapse"), [ResponseCategory.RELAPSE]),
        (
            report("Bone marrow aspirate", "Consistent with relapse."),
            [ResponseCategory.RELAPSE],
        ),
        (
            {
                "code": coded("97509-4"),
                "valueCodeableConcept": coded(
                    "268910001", "Patient's condition improved", SNOMED
                ),
            },
            [],
        ),
        (lab_test("Disease status", valueString="no relapse"), []),
        (lab_test("Hemoglobin", valueString="CR"), []),
        (report("ECG", "PR 160 ms. Recurrent ectopy."), []),
        (report("Bone marrow aspirate", "No evidence of relapse."), []),
    ],
)
def test_a_response_is_taken_from_where_somebody_recorded_it(
    result: Json, categories: list[ResponseCategory]
) -> None:
    assert [r.category for r in read_responses(record(result))] == categories


@pytest.mark.parametrize(
    ("result", "finding"),
    [
        (lab_test("Myeloid sarcoma", valueString="present"), Finding.DETECTED),
        (
            lab_test(
                "CNS involvement", valueCodeableConcept=coded("260385009", "Negative", SNOMED)
            ),
            Finding.NOT_DETECTED,
        ),
        (lab_test("Skin biopsy", valueString="Leukemia cutis."), Finding.DETECTED),
        (report("Skin biopsy", "No leukemia cutis."), Finding.NOT_DETECTED),
        (
            lab_test("Chloroma", valueString="equivocal, repeat biopsy suggested"),
            Finding.INDETERMINATE,
        ),
    ],
)
def test_extramedullary_disease_is_found_or_searched_for(
    result: Json, finding: Finding
) -> None:
    assert [e.finding for e in read_extramedullary(record(result))] == [finding]


_OVERALL = (
    "https://www.medizininformatik-initiative.de/fhir/ext/modul-onko/CodeSystem/"
    "mii-cs-onko-verlauf-gesamtbeurteilung"
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (coded("V", "", _OVERALL), [ResponseCategory.CR]),
        (coded("V", "Vollremission (complete remission, CR)", _OVERALL), [ResponseCategory.CR]),
        (coded("T", "Teilremission (partial remission, PR)", _OVERALL), [ResponseCategory.PR]),
        (
            coded("R", "Vollremission mit residualen Auffälligkeiten (CRr)", _OVERALL),
            [ResponseCategory.REMISSION],
        ),
        (coded("Y", "Rezidiv", _OVERALL), [ResponseCategory.RELAPSE]),
        (coded("P", "Progression", _OVERALL), []),
        (coded("U", "Beurteilung unmöglich", _OVERALL), []),
        (coded("B", "klinische Besserung, Teilremissionkriterien nicht erfüllt", _OVERALL), []),
        ({"text": "Vollremission"}, [ResponseCategory.CR]),
    ],
)
def test_the_overall_status_of_the_german_cancer_registries_is_a_response(
    value: Json, expected: list[ResponseCategory]
) -> None:
    for name in (coded("396432002", "", SNOMED), {"text": "Gesamtbeurteilung Tumorstatus"}):
        status = {"code": name, "valueCodeableConcept": value}
        assert [r.category for r in read_responses(record(status))] == expected
