"""Sentences that deny, doubt, or speak of something else never find what they name."""

from __future__ import annotations

import pytest

from aml.patient import Finding
from fhir_mapping.text_genes import gene_statements
from fhir_mapping.text_mrd import mrd_statements

GENES = ("NPM1", "FLT3-ITD", "IDH1", "TP53", "CBFB::MYH11", "KMT2A")
NEGATIVE = (
    "No {g} transcripts were detected",
    "No detectable {g} transcripts",
    "{g} transcripts were not detected in this sample",
    "{g}: none detected",
    "{g} mutation: absent",
    "Absence of {g} mutation",
    "{g} is not mutated",
    "{g} was not found",
    "{g} nicht nachgewiesen",
    "Es wurde keine {g}-Mutation gefunden",
    "Eine {g}-Mutation wurde nicht gefunden",
    "Eine {g}-Mutation konnte nicht nachgewiesen werden",
    "Ausschluss einer {g}-Mutation",
    "{g}-Mutation ausgeschlossen",
    "{g} no longer detected",
    "{g} mutation previously detected is now absent",
    "Compared to the previous sample, {g} is no longer detectable",
    "No mutation was detected in {g}",
    "No mutations detected in FLT3, {g} or CEBPA",
    "No clinically significant variants were detected in {g}",
    "There was no evidence of {g} mutation in the sample tested",
    "Neither {g} nor CEBPA mutations were found",
    "Weder {g} noch CEBPA mutiert",
    "{g}, CEBPA, RUNX1: negative",
    "{g} / CEBPA: not detected",
    "{g}: not detected (sensitivity 1 %)",
    "{g} mutation testing: negative",
    "{g} analysis was negative",
    "PCR for {g}: negative",
    "{g} mutation not present",
    "{g} (-)",
    "{g} neg.",
    "{g}: wt",
    "{g} WT",
    "Wild-type {g}",
    "Wildtyp-{g}",
    "{g} wildtypisch",
    "keine Mutation in {g}",
    "Keine Mutationen in {g} und CEBPA nachweisbar",
    "In {g} wurden keine Mutationen nachgewiesen",
    "unmutated {g}",
    "{g} mutation is absent",
    "Mutation analysis of {g} revealed no mutation",
    "Sequencing of {g} showed no pathogenic variant",
    "{g} lacks mutation",
    "Absent: {g}, CEBPA",
    "Not detected: {g}, CEBPA",
    "Negative: {g}",
    "Negative results: {g}, CEBPA",
    "Genes without mutation: {g}, CEBPA",
    "no {g}",
    "kein {g}",
    "ohne {g}-Mutation",
    "without {g} mutation",
    "The patient does not carry a {g} mutation",
    "{g} mutation burden: 0 %",
    "{g} VAF 0%",
    "{g} (VAF 0 %)",
    "{g} VAF <1 %",
    "{g} below the limit of detection",
    "{g}: kein Nachweis",
    "Kein molekularer Nachweis von {g}",
    "Molekulargenetisch kein Hinweis auf {g}-Mutation",
    "{g}-Mutationsanalyse: unauffällig",
    "{g}: Kein Mutationsnachweis",
    "Kein Mutationsnachweis in {g}",
    "{g} not rearranged",
    "{g}: normal",
    "{g} status: wild type",
    "{g} mutation status: negative",
    "{g}: keine Mutation",
    "{g} keine Mutation nachweisbar",
    "{g} mutation has not been detected",
    "Fehlender Nachweis einer {g}-Mutation",
    "{g} ist nicht mutiert",
    "{g}-Status: unmutiert",
    "No mutant {g} detected",
    "{g} was negative by NGS",
    "The assay did not detect a {g} mutation",
    "A {g} mutation was ruled out",
    "{g} mutation could be excluded",
    "No {g} mutation or other clinically relevant alteration was detected",
    "No actionable {g} variant identified",
    "None of the reportable genes, including {g}, was mutated",
    "Kein klinisch relevanter Nachweis einer {g}-Mutation",
    "Es ließ sich keine {g}-Mutation nachweisen",
    "Keine relevante {g}-Mutation nachweisbar",
    "Nicht nachgewiesen: {g}",
    "no detectable mutation of {g}",
    "{g} mutation: <1 % VAF",
)
OPEN = (
    "Possible {g} mutation",
    "Suspected {g}",
    "{g} mutation cannot be excluded",
    "{g} equivocal",
    "{g}: see comment",
    "{g} pending",
    "{g} to follow",
    "{g} not tested",
    "{g} ordered",
    "rule out {g}",
    "Test for {g} requested",
    "{g} mutation testing recommended",
    "{g} at diagnosis",
    "History of {g}",
    "Known {g} mutation",
    "{g}-Mutation bei Erstdiagnose",
    "Z.n. {g}",
    "{g} germline variant",
    "{g} variant of uncertain significance detected",
    "{g} VUS detected",
    "Father with {g} mutation",
    "Donor {g} positive",
    "{g} low-quality call",
    "{g} mutation would qualify for treatment",
    "If {g} is detected, consider therapy",
    "{g} was not evaluable",
    "{g} nicht auswertbar",
    "insufficient material for {g}",
    "{g}: failed",
    "{g} unclear",
    "Verdacht auf {g}",
    "Frage nach {g}",
    "Bitte um {g}",
    "{g}?",
    "Fragestellung: {g}",
    "Indication: {g} positive AML",
    "AML with {g}",
    "{g}-mutated AML",
    "Previously {g} positive",
    "{g} was positive in 2019",
    "{g} positive (outside report)",
    "{g} was detected in the previous sample",
    "In der Voruntersuchung {g} positiv",
    "{g} not detected or detected below threshold",
    "{g} artefact",
    "{g} negative control passed",
    "{g} positive control passed",
    "Positive control: {g} detected",
    "sensitivity for {g} 1 %",
    "{g} panel performed",
    "{g} tested",
    "{g} probe",
    "gene list: {g}, CEBPA",
    "{g} mutation in the donor",
    "{g} benign polymorphism",
    "{g} synonymous variant",
    "{g} detected in chimerism sample of the donor",
    "{g} expression",
    "{g} is recurrently mutated in AML",
    "{g} mutations are found in 30% of AML",
    "{g} mutation confers adverse risk",
    "No change in the {g} clone was detected",
    "Detection limit for {g}: 1 %",
    "{g} detected in the external report",
    "{g} primers validated",
    "No relapse of the {g} clone detected",
)


def findings(prose: str, gene: str) -> set[Finding]:
    """Of the gene, or of FLT3 as a whole, by whichever grammar reads the sentence."""
    said = {s.finding for s in gene_statements(prose) if s.alteration in (gene, "FLT3")}
    return said | {s.finding for s in mrd_statements(prose)}


@pytest.mark.parametrize("gene", GENES)
def test_what_is_denied_is_not_found(gene: str) -> None:
    found = [s for s in NEGATIVE if Finding.DETECTED in findings(s.format(g=gene), gene)]
    assert found == []


@pytest.mark.parametrize("gene", GENES)
def test_what_is_open_or_of_something_else_is_neither(gene: str) -> None:
    settled = {Finding.DETECTED, Finding.NOT_DETECTED}
    assert [s for s in OPEN if findings(s.format(g=gene), gene) & settled] == []


@pytest.mark.parametrize("sentence", NEGATIVE)
def test_a_denial_does_not_hide_what_the_next_sentence_finds(sentence: str) -> None:
    prose = f"{sentence.format(g='CEBPA')}. IDH1 mutated."
    said = {s.finding for s in gene_statements(prose) if s.alteration == "IDH1"}
    assert said == {Finding.DETECTED}
