"""Karyotypes in ISCN and in words."""

import pytest

from fhir_mapping.iscn import Problem, read


@pytest.mark.parametrize(
    ("written", "lesions"),
    [
        ("46,XX[20]", {"normal"}),
        ("46,XX", {"normal"}),
        ("Female karyotype, 46,XX", {"normal"}),
        ("46,XX,inv(9)(p12q13)[20]", {"normal"}),
        ("47,XX,+21c[20]", {"normal"}),
        ("45,XY,-7[1]/46,XY[19]", {"normal"}),
        ("46,XY[20]//", {"normal"}),
        ("45,XY,-7[8]/46,XY[12]", {"-7"}),
        ("46,XY,t(8;21)(q22;q22)[3]//46,XX[17]", {"t(8;21)"}),
        ("46,XX,t(8;21)(q22;q22.1)[18]/45,idem,-X[2]", {"t(8;21)"}),
        ("46,XX,t(8;21)(q22;q22)[20].nuc ish(RUNX1T1,RUNX1)x3[142/200]", {"t(8;21)"}),
        ("46,XX,inv(16)(p13q22)[20]", {"inv(16)"}),
        ("46,XX,inv(16)(p13.1q22.1),+8,+22,+21[20]", {"inv(16)"}),
        ("46,XX,t(16;16)(p13;q22)", {"inv(16)"}),
        ("46,XX,del(16)(q22)", {"other"}),
        ("46,XY,t(15;17)(q24;q21)[1]", {"t(15;17)"}),
        ("46,XX,t(9;11)(p21;q23)", {"t(9;11)"}),
        ("46,XX,t(6;11)(q27;q23)[10]", {"t(11q23)"}),
        ("46,XX,t(10;11)(p12;q14)[10]", {"other"}),
        ("46,XX,del(11)(q23)[10]", {"other"}),
        ("45,XX,inv(3)(q21q26),-7[20]", {"inv(3)", "-7", "monosomal"}),
        ("46,XX,t(3;3)(q21;q26.2)[5]", {"inv(3)"}),
        ("46,XX,t(3;21)(q26;q22)[5]", {"t(3q26)"}),
        ("46,XX,t(6;9)(p23;q34)[20]", {"t(6;9)"}),
        ("46,XX,t(8;16)(p11;p13)", {"t(8;16)"}),
        ("46,XX,t(9;22)(q34;q11.2)", {"t(9;22)"}),
        ("46,XY,i(17)(q10)[20]", {"abn(17p)"}),
        ("46,XY,der(17)t(5;17)(q13;p11)[20]", {"abn(17p)"}),
        ("46,XY,add(17)(p11.2)[20]", {"abn(17p)"}),
        ("45,XY,-17[10]", {"abn(17p)"}),
        ("46,XY,del(5)(q13q33)[10]", {"del(5q)"}),
        ("46,XY,del(5q)[10]", {"del(5q)"}),
        ("47,XY,+8[20]", {"other"}),
        ("45,X,-Y[10]/46,XY[10]", {"other"}),
        ("50,XY,+8,+13,+19,+21[20]", {"hyperdiploid"}),
        ("44,XY,-5,-7", {"-5", "-7", "monosomal"}),
        ("45,XY,-7,+mar[10]", {"-7"}),
        ("46,XY,-7,+der(7)t(1;7)(q10;p10)", {"other"}),
        (
            "46, XY, del(5)(q13q33), -7, +8 [12] / 46, XY [8]",
            {"del(5q)", "-7", "complex", "monosomal"},
        ),
        ("46,XX,t(1;3)(p36;q21),t(5;12)(q33;p13),del(20)(q11)[20]", {"complex"}),
        ("47,XY,+8[3]/48,sl,+21[10]/46,XY[2]", {"other"}),
        (
            "43~45,XY,-5,del(7)(q22),add(17)(p11.2),-18,+mar[cp15]/46,XY[5]",
            {"-5", "abn(17p)", "complex", "monosomal"},
        ),
        ("normal karyotype", {"normal"}),
        ("normaler Karyotyp", {"normal"}),
        ("complex karyotype", {"complex"}),
        ("komplex aberranter Karyotyp", {"complex"}),
        ("complex karyotype with -7 and del(5q)", {"complex", "-7", "del(5q)"}),
        ("trisomy 8", {"other"}),
        ("Monosomie 7", {"-7"}),
    ],
)
def test_a_karyotype_names_its_lesions(written: str, lesions: set[str]) -> None:
    assert read(written).lesions == lesions


@pytest.mark.parametrize(
    "written",
    [
        "No growth, culture failed",
        "karyotype not performed",
        "not complex",
        "no evidence of monosomy 7",
        "46,XY[3]",
        "46,XX,foo[20]",
        "46,idem,+8[10]",
        "nuc ish(RUNX1T1,RUNX1)x3(RUNX1T1 con RUNX1x2)[142/200]",
        "complex karyotype at diagnosis",
        "",
    ],
)
def test_what_cannot_be_read_is_not_guessed(written: str) -> None:
    assert read(written).problem is Problem.UNREADABLE


def test_donor_cells_say_nothing_of_the_patient() -> None:
    assert read("//46,XX[20]").problem is Problem.DONOR
