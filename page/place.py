"""Where a page lies, and in which language it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from page.labels import LANGUAGES


@dataclass(frozen=True, slots=True)
class Place:
    """`root`: the path of all pages, without a host; `key`: of this patient's session."""

    root: str
    key: str
    labels: Mapping[str, str]

    @property
    def home(self) -> str:
        """The page of this session, and the path of its cookie."""
        return f"{self.root}/patients/{self.key}"

    @property
    def here(self) -> str:
        return self._spoken(self.home, self.labels["language"])

    @property
    def summary(self) -> str:
        return self._spoken(f"{self.home}/summary", self.labels["language"])

    @property
    def others(self) -> tuple[str, ...]:
        """The other languages."""
        return tuple(each for each in LANGUAGES if each != self.labels["language"])

    @property
    def other(self) -> str:
        return self._spoken(self.home, self.others[0])

    def address(self, path: str, **query: str) -> str:
        """Of another page, in the same language."""
        return f"{self.root}{path}?{urlencode({'lang': self.labels['language'], **query})}"

    def _spoken(self, path: str, language: str) -> str:
        return f"{path}?{urlencode({'lang': language})}"
