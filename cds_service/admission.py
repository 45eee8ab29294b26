"""Who may call, and on what terms: the door that every call but a preflight goes through."""

from __future__ import annotations

from dataclasses import dataclass

from cds_service.client_auth import Authenticator
from cds_service.errors import NotAllowed, NotAuthenticated
from cds_service.fhir_client import FhirServers
from cds_service.log import log
from cds_service.settings import Jurisdiction, Settings, SettingsError
from cds_service.store import Store
from cds_service.trusted_clients import (
    TrustedClient,
    TrustedClients,
    TrustedClientsError,
    read_trusted_clients,
)

ANYBODY = ""
NOBODY = TrustedClients(clients=())


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a caller: what its own entry says, else the service's settings.

    `client` is the name of the entry, or ANYBODY where clients are not authenticated. `users`:
    who of them sees cards, by type or reference; nobody named means everybody.
    """

    client: str
    jurisdiction: Jurisdiction
    silent: bool
    servers: FhirServers
    users: frozenset[str] = frozenset()

    def shows(self, user: str) -> bool:
        """Whether this user, a reference `Type/id`, sees cards."""
        kind = user.partition("/")[0]
        return not self.users or bool(self.users & {kind, user})


class Admission:
    """One door for all addresses of CDS Hooks."""

    def __init__(self, settings: Settings, clients: TrustedClients, store: Store) -> None:
        self._url = settings.url
        self._store = store
        network = settings.network
        servers = FhirServers(settings.fhir_servers, network, settings.fhir_post_search)
        self._anybody = Terms(
            ANYBODY, settings.jurisdiction, settings.mode == "silent", servers
        )
        self._terms = {c.name: _terms(c, self._anybody) for c in clients.clients}
        self._all = tuple(self._terms.values()) or (self._anybody,)
        self._authenticator = (
            Authenticator(clients, network) if settings.authenticates else None
        )

    @property
    def authenticates(self) -> bool:
        return self._authenticator is not None

    def admit(self, authorization: str, path: str) -> Terms:
        """The caller's terms. Raises NotAuthenticated, NotAllowed or Unavailable.

        `path` is the part of the address below the public URL, which the token has to name.
        """
        if self._authenticator is None:
            return self._anybody
        try:
            client = self._authenticator.caller(authorization, self._url + path, self._store)
        except (NotAuthenticated, NotAllowed) as reason:
            log.warning("refused a call: %s", reason.found)
            raise
        return self._terms[client.name]

    def terms_at(self, server: str, jurisdiction: str | None = None) -> Terms | None:
        """Of those who may be read from at this FHIR server; None if nobody may.

        Where several share a server: whoever sees cards, and in the jurisdiction of the card.
        """
        found = [t for t in self._all if t.servers.admit(server)]
        best = sorted(found, key=lambda t: (t.silent, t.jurisdiction != jurisdiction, t.client))
        return best[0] if best else None

    def servers(self) -> tuple[str, ...]:
        """The FHIR servers that may be read from, as the site wrote them."""
        return tuple(sorted({url for t in self._all for url in t.servers.listed}))


def read_clients(settings: Settings) -> TrustedClients:
    """The clients of the site's file. Raises SettingsError for what must not be served so."""
    if settings.trusted_clients is None:
        clients = NOBODY
    else:
        try:
            clients = read_trusted_clients(settings.trusted_clients)
        except TrustedClientsError as error:
            raise SettingsError(f"RRAML_TRUSTED_CLIENTS: {error}") from None
    _require_provable(settings, clients)
    if settings.prefetch == "minimal":
        _require_servers(settings, clients)
    if settings.smart_client_id and not _any_server(settings, clients):
        raise SettingsError(
            "RRAML_SMART_CLIENT_ID is for a page that reads from a FHIR server, and there is "
            "none that may be read from; set RRAML_FHIR_SERVERS, or fhir_servers of a client"
        )
    return clients


def _any_server(settings: Settings, clients: TrustedClients) -> bool:
    return bool(settings.fhir_servers) or any(c.fhir_servers for c in clients.clients)


def _require_provable(settings: Settings, clients: TrustedClients) -> None:
    local = settings.loopback and settings.url.startswith("http://")
    for client in clients.clients:
        if client.proves_nothing and not local:
            raise SettingsError(
                f"RRAML_TRUSTED_CLIENTS: {client.name} is the public sandbox, whose private "
                "key anybody can read; it is for this machine only"
            )


def _require_servers(settings: Settings, clients: TrustedClients) -> None:
    lists = {c.name: c.fhir_servers or settings.fhir_servers for c in clients.clients}
    lists = lists or {"any client": settings.fhir_servers}
    if lacking := sorted(name for name, servers in lists.items() if not servers):
        raise SettingsError(
            "RRAML_PREFETCH=minimal leaves the record to be read from a FHIR server, and for "
            f"{', '.join(lacking)} there is none that may be read from; set "
            "RRAML_FHIR_SERVERS or RRAML_PREFETCH=full"
        )


def _terms(client: TrustedClient, service: Terms) -> Terms:
    return Terms(
        client.name,
        client.jurisdiction or service.jurisdiction,
        client.mode == "silent" if client.mode else service.silent,
        service.servers.limited(client.fhir_servers)
        if client.fhir_servers
        else service.servers,
        frozenset(client.users),
    )
