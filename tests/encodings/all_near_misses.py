"""Near misses of both kinds in one choice: of their own, and a spoiled fact for every shape."""

from __future__ import annotations

from functools import partial

from tests.encodings import (
    other_near_misses,
    spoiled_care,
    spoiled_counts,
    spoiled_diseases,
    spoiled_genes,
    spoiled_json,
    spoiled_residual,
    spoiled_samples,
    spoiled_sentences,
)
from tests.encodings.near_misses import NEAR_MISS
from tests.encodings.pen import Option
from tests.encodings.spoiled import NEAR, beside, never

__all__ = ["MODULES", "NEAR", "NEAR_MISS"]

MODULES = (
    other_near_misses, spoiled_care, spoiled_counts, spoiled_diseases, spoiled_genes,
    spoiled_json, spoiled_residual, spoiled_samples, spoiled_sentences,
)  # fmt: skip

NEAR_MISS.options += [
    Option(
        each.section,
        f"{each.choice.what}, {each.option.name}, {each.change.name}",
        partial(beside, each),
        each.beside,
    )
    for each in NEAR.values()
    if each.beside is not never
]
