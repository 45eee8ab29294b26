"""Does a result concern any reader?"""

from __future__ import annotations

from fhir_mapping.assessments import is_performance, may_make_statement
from fhir_mapping.blasts import may_tell_of_blasts
from fhir_mapping.genomics import may_hold_karyotype, may_tell_of_genes
from fhir_mapping.gist import Concern, Gist
from fhir_mapping.gvhd import may_name_gvhd
from fhir_mapping.laboratory import is_status, may_name_extramedullary
from fhir_mapping.measurements import is_measurement
from fhir_mapping.mrd_tests import may_be_residual_disease_test
from fhir_mapping.samples import names_specimen

CONCERNS: tuple[Concern, ...] = (
    is_measurement,
    is_performance,
    is_status,
    may_tell_of_blasts,
    may_tell_of_genes,
    may_hold_karyotype,
    may_be_residual_disease_test,
    may_name_extramedullary,
    may_name_gvhd,
    may_make_statement,
    names_specimen,
)


def concerns_anyone(gist: Gist) -> bool:
    return any(gist.derived(concern) for concern in CONCERNS)
