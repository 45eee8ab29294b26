"""The page's own labels, in each language that it speaks. Clinical texts are no labels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

LANGUAGES = ("en", "de")  # the first where a browser asks for neither
FILE = Path(__file__).with_name("labels.yaml")


@cache
def labels(language: str) -> Mapping[str, str]:
    """Name to label; `language` itself stands under `language`."""
    catalogue = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    own = {name: words[language] for name, words in catalogue.items()}
    return MappingProxyType(own | {"language": language})
