"""Numbers that a convention fixed, each with its paragraph of the product decisions.

`knowledge/library.yaml` holds the values in use; a site sets its own in `site.yaml`. Thresholds
of the ELN 2022 definitions are not here: they are named constants beside the definition.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Constants:
    """Days, months and limits that hold on every date of assessment."""

    nonintensive_landmark_days: int = 180  # 2.2: the paper's example of a landmark
    landmark_marrow_days: int = 28  # 2.2: how long before the landmark a marrow still counts
    counts_near_marrow_days: int = 14  # 2.1: blood counts that belong to a marrow
    blood_blasts_pair_days: int = 56  # 2.3: two samples further apart are no pair
    g_csf_days: int = 7  # D2, 2.3
    current_sample_days: int = 14  # G1: how long before the event a sample is still current
    confirmation_overdue_days: int = 28  # 2.5
    after_hct_maintenance_months: int = 24  # D13: N1-N5
    first_remission_months: int = 12  # D13: N6, V0
    later_remission_months: int = 24  # D13: N8
    mrd_monitoring_months: int = 24  # D13: N9
    mrd_before_hct_days: int = 60  # D18
    mrd_after_hct_days: int = 90  # D18
    stale_result_days: int = 90  # how old the deciding result may be before the card says so
    safety_value_days: int = 30  # X4, X7: how long a QTcF, K, Mg or clearance stays current
    blood_test_days: int = 7  # X7: how long leukocytes and liver tests stay current
    interaction_days: int = 3  # X3: a dose may return 2-3 days after an inhibitor stopped
