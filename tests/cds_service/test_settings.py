from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from cds_service.reach import PREFIX
from cds_service.settings import NOT_YET, Settings, SettingsError, read_settings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)


def test_without_any_variable_the_defaults_of_the_contract_hold() -> None:
    settings = read_settings()
    assert (settings.host, settings.port, settings.url) == (
        "127.0.0.1",
        8080,
        "http://127.0.0.1:8080",
    )
    assert (settings.jurisdiction, settings.timezone, settings.as_of) == ("US", "UTC", None)
    assert (settings.allow_replay, settings.fhir_servers) == (False, ())
    assert (settings.deadline_s, settings.prefetch, settings.mode) == (2.5, "full", "live")
    assert (settings.knowledge, settings.local_codes, settings.cors_origins) == (None, (), ())
    assert (settings.authenticates, settings.trusted_clients) == (False, None)
    assert (settings.acknowledge_orders, settings.quiet_hours) == (False, 72)
    assert (settings.database_url, settings.store_secret) == ("sqlite:///rraml.sqlite3", None)


CODES = Path(__file__)
TWO_SERVERS = " https://ehr.example/fhir , ,http://127.0.0.1:*/fhir,"
VALUES = {
    ("HOST", "localhost"): "localhost",
    ("HOST", "::1"): "::1",
    ("HOST", "127.0.0.2"): "127.0.0.2",
    ("PORT", "9000"): 9000,
    ("PUBLIC_URL", "https://cds.example/rraml"): "https://cds.example/rraml",
    ("JURISDICTION", "EU"): "EU",
    ("TIMEZONE", "Europe/Berlin"): "Europe/Berlin",
    ("AS_OF", "2022-01-12"): date(2022, 1, 12),
    ("ALLOW_REPLAY", "1"): True,
    ("ALLOW_REPLAY", "0"): False,
    ("FHIR_SERVERS", TWO_SERVERS): ("https://ehr.example/fhir", "http://127.0.0.1:*/fhir"),
    ("FHIR_POST_SEARCH", TWO_SERVERS): ("https://ehr.example/fhir", "http://127.0.0.1:*/fhir"),
    ("FHIR_CA_FILE", DEFAULT_CA_BUNDLE_PATH): Path(DEFAULT_CA_BUNDLE_PATH),
    ("FHIR_PROXY", "http://proxy.example:3128"): "http://proxy.example:3128",
    ("PRIVATE_NETWORKS", "10.20.0.0/16, fd12::/16"): ("10.20.0.0/16", "fd12::/16"),
    ("DEADLINE_S", "0.5"): 0.5,
    ("PREFETCH", "minimal"): "minimal",
    ("CLIENT_AUTH", "off"): "off",
    ("DATABASE_URL", "postgresql://db/rraml"): "postgresql://db/rraml",
    ("STORE_SECRET", "s" * 32): SecretStr("s" * 32),
    ("CORS_ORIGINS", "*"): ("*",),
    ("CORS_ORIGINS", "https://a.example,http://b.example:81"): (
        "https://a.example",
        "http://b.example:81",
    ),
    ("SMART_CLIENT_ID", "rraml"): "rraml",
    ("MODE", "live"): "live",
    ("MODE", "silent"): "silent",
    ("ACKNOWLEDGE_ORDERS", "1"): True,
    ("QUIET_HOURS", "0"): 0,
    ("KNOWLEDGE", str(CODES.parent)): CODES.parent,
    ("LOCAL_CODES", str(CODES)): (CODES,),
}


@pytest.mark.parametrize(("variable", "value"), VALUES)
def test_a_variable_is_read(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + variable, value)
    assert getattr(read_settings(), variable.lower()) == VALUES[variable, value]


def test_clients_are_authenticated_by_the_file_that_lists_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RRAML_CLIENT_AUTH", "jwt")
    monkeypatch.setenv("RRAML_TRUSTED_CLIENTS", str(CODES))
    settings = read_settings()
    assert (settings.authenticates, settings.trusted_clients) == (True, CODES)


PAGE = {
    "SMART_CLIENT_SECRET": ("s", SecretStr("s")),
    "SMART_CLIENT_KEY": (str(CODES), CODES),
    "FRAME_ANCESTORS": (
        "https://ehr.example, http://127.0.0.1:*",
        ("https://ehr.example", "http://127.0.0.1:*"),
    ),
}


@pytest.mark.parametrize("variable", PAGE)
def test_what_is_for_the_page_alone_is_read_where_there_is_one(variable: str) -> None:
    text, value = PAGE[variable]
    settings = read_settings({PREFIX + variable: text, "RRAML_SMART_CLIENT_ID": "rraml"})
    assert getattr(settings, variable.lower()) == value
    with pytest.raises(SettingsError, match="RRAML_SMART_CLIENT_ID"):
        read_settings({PREFIX + variable: text})


def test_the_page_proves_who_it_is_in_one_way() -> None:
    both = {
        PREFIX + name: PAGE[name][0] for name in ("SMART_CLIENT_SECRET", "SMART_CLIENT_KEY")
    }
    with pytest.raises(SettingsError, match="two ways"):
        read_settings(both | {"RRAML_SMART_CLIENT_ID": "rraml"})


@pytest.mark.parametrize(
    "origin",
    ["*", "'self'", "https://ehr.example/path", "http://ehr.example", "https://e.example; x"],
)
def test_only_origins_may_frame_the_page(origin: str) -> None:
    with pytest.raises(SettingsError, match="RRAML_FRAME_ANCESTORS"):
        read_settings({"RRAML_FRAME_ANCESTORS": origin, "RRAML_SMART_CLIENT_ID": "rraml"})


def test_every_setting_is_read_in_these_tests() -> None:
    known = {name.lower() for name, _ in VALUES} | {"trusted_clients"}
    known |= {name.lower() for name in PAGE}
    assert known == set(Settings.model_fields)


@pytest.mark.parametrize("variable", [name.upper() for name in Settings.model_fields])
def test_an_empty_variable_is_as_if_it_were_unset(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(PREFIX + variable, "")
    assert read_settings() == Settings()


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("PORT", "0", "greater than or equal to 1"),
        ("PORT", "65536", "less than or equal to 65535"),
        ("PORT", "http", "valid integer"),
        ("PUBLIC_URL", "cds.example", "absolute http(s) URL"),
        ("PUBLIC_URL", "ftp://cds.example", "absolute http(s) URL"),
        ("PUBLIC_URL", "http://cds.example", "http is for this machine only"),
        ("PUBLIC_URL", "https://cds.example/?a=b", "without query and fragment"),
        ("FHIR_SERVERS", "https://169.254.169.254/fhir", "no server of records has"),
        ("FHIR_POST_SEARCH", "ehr.example", "absolute http(s) URL"),
        ("FHIR_CA_FILE", "no/such/file", "file of certificates in PEM"),
        ("FHIR_CA_FILE", str(CODES), "file of certificates in PEM"),
        ("FHIR_PROXY", "proxy.example:3128", "http://host:port of a proxy"),
        ("FHIR_PROXY", "socks5://proxy.example:1080", "http://host:port of a proxy"),
        ("PRIVATE_NETWORKS", "10.20.0.5/16", "ranges such as 10.20.0.0/16"),
        ("PRIVATE_NETWORKS", "everywhere", "ranges such as 10.20.0.0/16"),
        ("PRIVATE_NETWORKS", "169.254.0.0/16", "never read from"),
        ("PRIVATE_NETWORKS", "127.0.0.0/8", "never read from"),
        ("TRUSTED_CLIENTS", "no/such/file", "file of trusted clients"),
        ("TRUSTED_CLIENTS", str(CODES.parent), "file of trusted clients"),
        ("STORE_SECRET", "short", "at least 32"),
        ("JURISDICTION", "UK", "'US' or 'EU'"),
        ("JURISDICTION", "us", "'US' or 'EU'"),
        ("TIMEZONE", "Berlin", "IANA name such as Europe/Berlin"),
        ("TIMEZONE", "../../etc/passwd", "IANA name such as Europe/Berlin"),
        ("AS_OF", "yesterday", "2022-01-31"),
        ("AS_OF", "2022-02-30", "2022-01-31"),
        ("AS_OF", "2022-1-2", "2022-01-31"),
        ("AS_OF", "20220112", "2022-01-31"),
        ("AS_OF", "1641945600", "2022-01-31"),
        ("AS_OF", "2022-01-12T00:00:00", "2022-01-31"),
        ("ALLOW_REPLAY", "perhaps", "valid boolean"),
        ("FHIR_SERVERS", "http://ehr.example/fhir", "expected https"),
        ("FHIR_SERVERS", "ehr.example/fhir", "absolute http(s) URL"),
        ("FHIR_SERVERS", "https://ehr.example/fhir;https://b.example", "plain segments"),
        ("DEADLINE_S", "0", "greater than 0"),
        ("DEADLINE_S", "61", "less than or equal to 60"),
        ("DEADLINE_S", "nan", "less than or equal to 60"),
        ("DEADLINE_S", "2,5", "valid number"),
        ("PREFETCH", "none", "'full' or 'minimal'"),
        ("CLIENT_AUTH", "basic", "'off'"),
        ("QUIET_HOURS", "-1", "greater than or equal to 0"),
        ("QUIET_HOURS", "3 days", "valid number"),
        ("CORS_ORIGINS", "https://a.example/", "without a path"),
        ("CORS_ORIGINS", "a.example", "absolute http(s) URL"),
        ("MODE", "loud", "'live' or 'silent'"),
        ("KNOWLEDGE", "no/such/folder", "folder of the site's own library"),
        ("KNOWLEDGE", str(CODES), "folder of the site's own library"),
        ("LOCAL_CODES", f"{CODES},no/such/file", "files that are there"),
        ("LOCAL_CODES", str(CODES.parent), "files that are there"),
    ],
)
def test_a_value_that_cannot_be_meant_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(PREFIX + variable, value)
    text = _refused()
    assert text.startswith(f"{PREFIX}{variable}=")
    assert expected in text


def test_every_variable_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRAML_PORT", "http")
    monkeypatch.setenv("RRAML_JURISDICTION", "UK")
    assert [part.split("=")[0] for part in _refused().split("; ")] == [
        "RRAML_PORT",
        "RRAML_JURISDICTION",
    ]


@pytest.mark.parametrize("variable", ["RRAML_PROT", "RRAML_DATABASE", "RRAML_", "rraml_prot"])
def test_a_misspelt_variable_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "1")
    text = _refused()
    assert text.startswith(f"{variable} is not a setting; expected one of RRAML_ACKNOWLEDGE_")


@pytest.mark.parametrize("variable", NOT_YET)
def test_a_variable_of_a_later_version_says_so(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(PREFIX + variable, "secret-value")
    text = _refused()
    assert text.startswith(f"{PREFIX}{variable} is not available in this version")
    assert "secret-value" not in text


@pytest.mark.parametrize("variable", ["FHIR_SERVERS", "PUBLIC_URL", "CORS_ORIGINS"])
def test_a_password_in_an_address_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(PREFIX + variable, "ftp://user:secret-value@ehr.example/fhir")
    text = _refused()
    assert "ehr.example" in text
    assert "secret-value" not in text


def test_a_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRAML_STORE_SECRET", "secret-value")
    assert _refused().startswith("RRAML_STORE_SECRET=*** cannot be used")
    monkeypatch.setenv("RRAML_STORE_SECRET", "secret-value" * 4)
    assert "secret-value" not in repr(read_settings())


OFF = {"RRAML_CLIENT_AUTH": "off"}
JWT = {"RRAML_CLIENT_AUTH": "jwt", "RRAML_TRUSTED_CLIENTS": str(CODES)}
PROXY = {"RRAML_PUBLIC_URL": "https://cds.example"}
HTTP = {"RRAML_PUBLIC_URL": "http://cds.example"}
REPLAY = {"RRAML_ALLOW_REPLAY": "1"}


@pytest.mark.covers("JWT-01", "SEC-01")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "cds.example"])
@pytest.mark.parametrize(
    ("others", "says"),
    [
        ({}, "RRAML_CLIENT_AUTH=jwt"),
        (OFF, "RRAML_CLIENT_AUTH=jwt"),
        (OFF | PROXY, "RRAML_HOST=127.0.0.1"),
        (JWT, "set RRAML_PUBLIC_URL to the https address"),
        (JWT | HTTP, "http is for this machine only"),
        (JWT | PROXY | REPLAY, "RRAML_ALLOW_REPLAY needs a loopback address"),
    ],
    ids=str,
)
def test_what_is_not_safe_on_a_network_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, host: str, others: dict[str, str], says: str
) -> None:
    for name, value in (others | {"RRAML_HOST": host}).items():
        monkeypatch.setenv(name, value)
    assert says in _refused()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "cds.example"])
def test_with_authentication_other_machines_are_served(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    for name, value in (JWT | PROXY | {"RRAML_HOST": host}).items():
        monkeypatch.setenv(name, value)
    assert read_settings().url == "https://cds.example"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
@pytest.mark.parametrize("others", [{}, OFF, REPLAY, JWT, JWT | PROXY, JWT | REPLAY], ids=str)
def test_this_machine_is_served_with_and_without_authentication(
    monkeypatch: pytest.MonkeyPatch, host: str, others: dict[str, str]
) -> None:
    for name, value in (others | {"RRAML_HOST": host}).items():
        monkeypatch.setenv(name, value)
    assert read_settings().host == host


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ({"RRAML_CLIENT_AUTH": "jwt"}, "jwt needs RRAML_TRUSTED_CLIENTS"),
        ({"RRAML_TRUSTED_CLIENTS": str(CODES)}, "RRAML_CLIENT_AUTH=jwt as well"),
        (OFF | {"RRAML_TRUSTED_CLIENTS": str(CODES)}, "RRAML_CLIENT_AUTH=jwt as well"),
    ],
    ids=str,
)
def test_settings_that_contradict_each_other_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, others: dict[str, str], says: str
) -> None:
    for name, value in others.items():
        monkeypatch.setenv(name, value)
    assert says in _refused()


def test_an_option_given_by_a_person_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRAML_PORT", "9000")
    assert read_settings(port=9001).port == 9001


def test_an_option_that_was_not_given_leaves_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RRAML_PORT", "9000")
    assert read_settings(port=None).port == 9000


def test_the_environment_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRAML_JURISDICTION", "EU")
    settings = read_settings({"RRAML_PORT": "9000", "PATH": "/bin", "RRAML_AS_OF": ""})
    assert settings == Settings(port=9000)


def test_a_wrong_option_is_named_as_its_variable() -> None:
    with pytest.raises(SettingsError, match="RRAML_JURISDICTION=UK"):
        read_settings(jurisdiction="UK")


@pytest.mark.parametrize(
    ("host", "public", "url"),
    [
        ("127.0.0.1", "", "http://127.0.0.1:8080"),
        ("::1", "", "http://[::1]:8080"),
        ("127.0.0.1", "https://cds.example/rraml/", "https://cds.example/rraml"),
    ],
)
def test_the_url_is_the_one_that_clients_call(host: str, public: str, url: str) -> None:
    assert read_settings(host=host, public_url=public).url == url


def test_the_day_is_the_fixed_one() -> None:
    assert read_settings(as_of=date(2022, 1, 12)).today() == date(2022, 1, 12)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_day_is_todays_in_the_time_zone_of_the_site(zone: str) -> None:
    """The two zones are 25 hours apart: in one of them it is never the day of UTC."""
    before = datetime.now(ZoneInfo(zone)).date()
    assert read_settings(timezone=zone).today() - before in (timedelta(0), timedelta(1))
    assert abs(before - datetime.now(UTC).date()) <= timedelta(1)


def _refused() -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert "\n" not in str(caught.value)
    return str(caught.value)
