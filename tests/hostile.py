"""Records whose texts want to be something else: markup, links, walls of letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MARK = "hostile"  # `window.hostile` is set by whatever of this is run
ELSEWHERE = "evil.example"
TEXTS = (
    f"<script>window.{MARK}=1</script>",
    f"<img src=x onerror='window.{MARK}=2'>",
    f'"><svg onload="window.{MARK}=3">',
    f"</title></textarea></pre></td><iframe src='https://{ELSEWHERE}/'></iframe>",
    "<style>*{display:none}</style>",
    f"[result](javascript:window.{MARK}=4)",
    f"[result](https://{ELSEWHERE}/a) ![x](https://{ELSEWHERE}/b.png) <https://{ELSEWHERE}/c>",
    f"https://{ELSEWHERE}/d www.{ELSEWHERE}",
    "{{1234567*7654321}} {%raw%} ${1234567*7654321}",
    "\u202eright to left \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "W" * 400,
    "| a | b |\n|---|---|\n# heading\n```\n* * *",
)
HOSTILE = " ".join(TEXTS)
# What people write or read; the rest of a resource is codes, dates and references.
_WORDS = frozenset(
    {
        *("conclusion", "contentString", "description", "display", "family", "onsetString"),
        *("patientInstruction", "text", "title", "unit", "valueString"),
    }
)
_LISTS_OF_WORDS = frozenset({"given", "prefix", "suffix", "line"})


def hostile(value: Any) -> Any:
    """The same with hostile text behind the words of every text field."""
    if isinstance(value, Mapping):
        return {key: _field(key, each) for key, each in value.items()}
    return [hostile(each) for each in value] if isinstance(value, list) else value


def renamed(bundle: Any, old: str, new: str) -> Any:
    """The record under another id of its patient, so that no other test is disturbed."""
    if isinstance(bundle, Mapping):
        return {key: renamed(each, old, new) for key, each in bundle.items()}
    if isinstance(bundle, list):
        return [renamed(each, old, new) for each in bundle]
    ends = isinstance(bundle, str) and (bundle == old or bundle.endswith(f"Patient/{old}"))
    return bundle.removesuffix(old) + new if ends else bundle


def _field(key: str, value: Any) -> Any:
    if key in _WORDS and isinstance(value, str):
        return f"{value} {HOSTILE}"
    if key in _LISTS_OF_WORDS and isinstance(value, list):
        return [f"{each} {HOSTILE}" for each in value]
    if key == "identifier" and isinstance(value, list):
        return [each | {"value": f"{each.get('value')} {HOSTILE}"} for each in value]
    return hostile(value)
