"""Hypothesis: every run tries the same examples. To search for others:

pytest tests/test_encodings.py --hypothesis-profile=search --hypothesis-seed=7
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("fixed", deadline=None, database=None, derandomize=True)
settings.register_profile("search", deadline=None, database=None)
settings.load_profile("fixed")
