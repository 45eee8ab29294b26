"""What a call has sent along, decoded when it is looked at: most of it, mostly, never."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from cds_service.errors import MalformedBody
from fhir_mapping.answers import decode
from fhir_mapping.skim import Bundle, decoded, skimmed


class Prefetch(Mapping[str, Any]):
    """Key to value. Raises MalformedBody where a value turns out not to be JSON in UTF-8."""

    def __init__(self, sent: Mapping[str, Any]) -> None:
        self._sent = dict(sent)

    def __getitem__(self, key: str) -> Any:
        return self._looked_at(key, decoded)

    def skimmed(self, key: str, patient_id: str) -> Any:
        """The Observations under a key, as far as they could concern a reader."""
        return self._looked_at(key, lambda bundle: skimmed(bundle, patient_id))

    def _looked_at(self, key: str, opened: Callable[[Bundle], Any]) -> Any:
        value = self._sent[key]
        try:
            if isinstance(value, Bundle):
                value = self._sent[key] = opened(value)
            elif isinstance(value, msgspec.Raw):
                value = self._sent[key] = decode(bytes(value))
        except ValueError:
            raise MalformedBody(
                "a prefetch value that is not JSON in UTF-8",
                "one JSON object in UTF-8",
                "send the CDS Hooks request as application/json",
            ) from None
        return value

    def __contains__(self, key: object) -> bool:
        return key in self._sent

    def __iter__(self) -> Iterator[str]:
        return iter(self._sent)

    def __len__(self) -> int:
        return len(self._sent)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        as_dict = core_schema.plain_serializer_function_ser_schema(dict)
        return core_schema.no_info_plain_validator_function(cls._of, serialization=as_dict)

    @classmethod
    def _of(cls, value: Any) -> Prefetch:
        if not isinstance(value, Mapping):
            raise ValueError("expected an object with the answers to the prefetch templates")
        return cls(value)
