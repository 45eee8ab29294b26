"""The call of a hook as the CDS Hooks specification describes it, and nothing more of it.

Members that the specification does not name are accepted and ignored: clients of three
versions of it, and of versions to come, call the same address.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StrictStr,
    StringConstraints,
    ValidationError,
    field_validator,
)

from cds_service.errors import BadField, MalformedBody
from cds_service.prefetch import Prefetch
from cds_service.wire import IsoDay, decode_call
from fhir_mapping.answers import decode

REPLAY = "org.rraml.replay"
_TOKEN = re.compile(r"[\x21-\x7e]{1,20000}")
_MEMBER = re.compile(r"[A-Za-z0-9_.\-]{1,40}")

Text = Annotated[StrictStr, StringConstraints(min_length=1, max_length=2000)]


def _is_a_name(value: str) -> str:
    """FHIR allows an id of dots alone, but in a URL it would lead to another resource."""
    if not value.strip("."):
        raise ValueError("expected an id that is more than dots")
    return value


FhirId = Annotated[
    StrictStr,
    StringConstraints(pattern=r"^[A-Za-z0-9\-.]{1,64}$"),
    AfterValidator(_is_a_name),
]


class _Member(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Context(_Member):
    """Of patient-view. `userId` is a reference `Type/id`, and is not used to decide."""

    userId: Text
    patientId: FhirId
    encounterId: Text | None = None


class OrderContext(Context):
    """Of order-sign. `draftOrders` is a Bundle, which some clients send without its type."""

    draftOrders: dict[str, Any]

    @field_validator("draftOrders")
    @classmethod
    def _is_a_bundle(cls, value: dict[str, Any]) -> dict[str, Any]:
        if value.get("resourceType", "Bundle") != "Bundle":
            raise ValueError("expected a Bundle of draft orders")
        return value | {"resourceType": "Bundle"}


class SelectContext(OrderContext):
    """Of order-select. `selections` names the drafts that the user has just chosen."""

    selections: list[Any]


class FhirAuthorization(_Member):
    """The token lives as long as the call; printing this shows stars."""

    access_token: SecretStr
    token_type: Text = "Bearer"

    @field_validator("access_token")
    @classmethod
    def _fits_a_header(cls, value: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("expected a bearer token: printable characters without spaces")
        return value

    @field_validator("token_type")
    @classmethod
    def _is_bearer(cls, value: str) -> str:
        if value.lower() != "bearer":
            raise ValueError("expected Bearer")
        return value


class Replay(_Member):
    """Another day or place to answer for, where the site allows it."""

    asOf: IsoDay | None = None
    jurisdiction: Literal["US", "EU"] | None = None


class HookRequest(_Member):
    """`prefetch`: a key that is absent was not asked; a null means that nothing is there."""

    hook: Text
    hookInstance: Text
    context: Context
    fhirServer: StrictStr | None = None
    fhirAuthorization: FhirAuthorization | None = None
    prefetch: Prefetch = Field(default_factory=lambda: Prefetch({}))
    extension: dict[str, Any] = Field(default_factory=dict)

    @field_validator("prefetch", "extension", mode="before")
    @classmethod
    def _null_is_absent(cls, value: object) -> object:
        return {} if value is None else value

    @property
    def token(self) -> str:
        """The bearer token for `fhirServer`, or "" for a server that is open."""
        if self.fhirAuthorization is None or self.fhirServer is None:
            return ""
        return self.fhirAuthorization.access_token.get_secret_value()

    def replay(self) -> Replay:
        """Raises BadField if the extension is there but cannot be read."""
        if REPLAY not in self.extension:
            return Replay()
        try:
            return Replay.model_validate(self.extension[REPLAY])
        except ValidationError as error:
            raise bad_field(error, ("extension", REPLAY)) from None


class OrderSignRequest(HookRequest):
    context: OrderContext


class OrderSelectRequest(HookRequest):
    context: SelectContext


_BY_HOOK: dict[str, type[HookRequest]] = {
    "order-sign": OrderSignRequest,
    "order-select": OrderSelectRequest,
}


def read_request(raw: bytes, hook: str = "patient-view") -> HookRequest:
    """The body of a call of this hook. Raises MalformedBody or BadField."""
    expected = "an object with hook, hookInstance and context"
    body = as_object(raw, expected, decode_call)
    try:
        return _BY_HOOK.get(hook, HookRequest).model_validate(body)
    except ValidationError as error:
        raise bad_field(error) from None


def as_object(
    raw: bytes, expected: str, decoded: Callable[[bytes], Any] = decode
) -> dict[str, Any]:
    """The one JSON object that a body is. Raises MalformedBody."""
    try:
        body = decoded(raw)
    except ValueError:
        raise MalformedBody(
            "a body that is not JSON, holds NaN, or is nested too deeply",
            "one JSON object in UTF-8",
            "send it as application/json, as CDS Hooks describes it",
        ) from None
    if not isinstance(body, dict):
        raise MalformedBody(
            "JSON that is not an object",
            expected,
            "send it as application/json, as CDS Hooks describes it",
        )
    return body


def bad_field(error: ValidationError, within: tuple[str, ...] = ()) -> BadField:
    """The first thing that is wrong, in our words: nothing of the value gets into it."""
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    steps = [*within, *(str(step) for step in problem["loc"])]
    name = ".".join(step for step in steps if _MEMBER.fullmatch(step))
    missing = problem["type"] == "missing"
    expected = problem["msg"].removeprefix("Value error, ").removeprefix("expected ")
    return BadField(
        f"no {name}" if missing else f"{name} that cannot be used",
        "the field, which the specification requires" if missing else expected,
        "correct this member of the request",
        [name],
    )
