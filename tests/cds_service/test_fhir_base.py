from __future__ import annotations

import pytest

from cds_service.fhir_base import AllowedBase, FhirBase

BASE = FhirBase.of("https://ehr.example/fhir")
NAME = "Kowalski"


@pytest.mark.parametrize(
    "spelling",
    [
        "https://ehr.example/fhir",
        "https://ehr.example/fhir/",
        "https://ehr.example:443/fhir",
        "HTTPS://EHR.example/fhir",
    ],
)
def test_two_spellings_of_one_server_are_equal(spelling: str) -> None:
    assert FhirBase.of(spelling) == BASE


@pytest.mark.parametrize(
    "other",
    [
        "http://ehr.example/fhir",
        "https://ehr.example:8443/fhir",
        "https://ehr.example.evil.example/fhir",
        "https://ehr.example/fhir2",
        "https://ehr.example/FHIR",
        "https://ehr.example/fhir/tenant",
        "https://ehr.example",
    ],
)
def test_another_server_or_path_is_not_equal(other: str) -> None:
    assert FhirBase.of(other) != BASE


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://ehr.example:443/fhir/", "https://ehr.example/fhir"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/fhir", "http://[::1]:8080/fhir"),
    ],
)
def test_a_base_is_written_as_it_is_called(url: str, text: str) -> None:
    assert str(FhirBase.of(url)) == text


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ehr.example/fhir",
        "/fhir",
        "//ehr.example/fhir",
        "ftp://ehr.example/fhir",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https:///fhir",
        "https://name@ehr.example/fhir",
        "https://@ehr.example/fhir",
        "https://allowed.example\\@ehr.example/fhir",
        "https://ehr.example/fhir?a=1",
        "https://ehr.example/fhir?",
        "https://ehr.example/fhir#a",
        "https://ehr.example/fhir/../admin",
        "https://ehr.example/./fhir",
        "https://ehr.example//fhir",
        "https://ehr.example/%2e%2e/fhir",
        "https://ehr.example:99999/fhir",
        "https://ehr.example:port/fhir",
        "https://[::1/fhir",
        "https://ehr.example/fhir\n",
        "https://ehr.example/ fhir",
        "https://ehr.exämple/fhir",
        "https://ehr.example\x00/fhir",
    ],
)
def test_what_is_no_plain_base_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        FhirBase.of(url)


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("https://ehr.example/fhir?page=2", "https://ehr.example/fhir?page=2"),
        ("https://EHR.example:443/next/2", "https://EHR.example:443/next/2"),
        ("/other/path?page=2", "https://ehr.example/other/path?page=2"),
        ("?page=2", "https://ehr.example/fhir/Condition?page=2"),
        ("Condition?page=2", "https://ehr.example/fhir/Condition?page=2"),
    ],
)
def test_a_next_page_is_on_the_servers_origin(link: str, target: str) -> None:
    assert BASE.next_page("https://ehr.example/fhir/Condition?patient=p", link) == target


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/fhir?page=2",
        "http://ehr.example/fhir?page=2",
        "https://ehr.example:8443/fhir",
        "https://ehr.example.evil.example/fhir",
        "//evil.example/fhir",
        "https://ehr.example@evil.example/",
        "https://evil@ehr.example/",
        "file:///etc/passwd",
        "ftp://ehr.example/fhir",
        f"https://ehr.example:{NAME}/fhir",
        f"https://[{NAME}/fhir",
        f"https://[{NAME}]/fhir",
        "https://ehr.example:99999999/fhir",
    ],
)
def test_a_next_page_elsewhere_is_refused_in_our_own_words(link: str) -> None:
    with pytest.raises(ValueError, match="the next page is ") as caught:
        BASE.next_page("https://ehr.example/fhir/Condition", link)
    assert NAME not in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "called", "admitted"),
    [
        ("https://ehr.example/fhir", "https://ehr.example/fhir/", True),
        ("https://ehr.example/fhir", "https://ehr.example/fhir/tenant", False),
        ("https://ehr.example/fhir", "http://ehr.example/fhir", False),
        ("https://ehr.example/fhir", "https://other.example/fhir", False),
        ("http://127.0.0.1:8080/fhir", "http://127.0.0.1:8080/fhir", True),
        ("http://127.0.0.1:8080/fhir", "http://127.0.0.1:8081/fhir", False),
        ("http://127.0.0.1:*/fhir", "http://127.0.0.1:8081/fhir", True),
        ("http://127.0.0.1:*/fhir", "http://127.0.0.1/fhir", True),
        ("http://127.0.0.1:*/fhir", "http://localhost:8081/fhir", False),
        ("http://127.0.0.1:*/fhir", "http://127.0.0.1:8081/other", False),
        ("http://127.0.0.1:*", "http://127.0.0.1:8081/", True),
        ("http://localhost:*/fhir", "http://localhost:1/fhir", True),
        ("http://[::1]:*/fhir", "http://[::1]:9/fhir", True),
    ],
)
def test_the_list_admits_exactly_its_servers(entry: str, called: str, admitted: bool) -> None:
    assert AllowedBase.of(entry).admits(FhirBase.of(called)) is admitted


@pytest.mark.parametrize(
    "entry",
    [
        "http://ehr.example/fhir",
        "http://10.0.0.1/fhir",
        "https://ehr.example:*/fhir",
        "http://127.0.0.1:*x/fhir",
        "http://127.0.0.1.evil.example:*/fhir",
        "https://*.example/fhir",
    ],
)
def test_an_entry_that_opens_too_much_is_refused(entry: str) -> None:
    with pytest.raises(ValueError):
        AllowedBase.of(entry)
