"""The one log of the service: what happened, in our words, and never a value of a call."""

from __future__ import annotations

import logging

log = logging.getLogger("cds_service")
