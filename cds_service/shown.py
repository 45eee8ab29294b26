"""What an answer showed, so that feedback on it can be understood later."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from cards.order_cards import ABOUT, DRAFT, RULES
from cards.render import ASSESSMENT, CODES, WARNED
from cds_service.admission import Terms
from cds_service.facts import facts_behind, facts_of_order
from cds_service.feedback import Feedback
from cds_service.log import log
from cds_service.past import NOTHING_PAST, Past
from cds_service.store import ShownCard, Store, StoreError

PAUSE_S = 30  # after a failure, before an answer waits for the store again


class Memory:
    """The store as the hooks use it. `failures`: how often it failed in this process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._asked_again = 0.0
        self.failures = 0

    def keep(
        self, response: Mapping[str, Any], terms: Terms, service: str, patient_id: str
    ) -> None:
        """Remembers the cards of an answer; a store that fails is counted and no more."""
        cards = response["cards"]
        if not cards:
            return
        try:
            patient_key = self._store.digest("patient", terms.client, patient_id)
            self._store.remember(
                [self._shown(card, response, terms, service, patient_key) for card in cards],
                datetime.now(UTC),
            )
        except StoreError as error:
            self._failed("cards that were shown are not remembered", error)

    def recall(self, terms: Terms, patient_id: str) -> Past:
        """What the client was shown before; without a store that answers, nothing. An answer
        waits for a store that fails once in a while only, not each time."""
        if time.monotonic() < self._asked_again:
            return NOTHING_PAST
        try:
            patient_key = self._store.digest("patient", terms.client, patient_id)
            digest = partial(self._store.digest, "facts", patient_key)
            return self._store.past(terms.client, patient_key, digest)
        except StoreError as error:
            self._asked_again = time.monotonic() + PAUSE_S
            self._failed("earlier cards are not known", error)
            return NOTHING_PAST

    def take(self, feedback: Feedback, terms: Terms, service: str) -> None:
        """Raises StoreError."""
        try:
            rows = feedback.rows(terms.client, service)
            self._store.add_feedback(rows, datetime.now(UTC))
        except StoreError as error:
            self._failed("feedback is refused", error)
            raise

    def ready(self) -> bool:
        return self._store.ready()

    def _failed(self, what: str, error: StoreError) -> None:
        with self._lock:
            self.failures += 1
        log.error("%s: %s", what, error)

    def _shown(
        self,
        card: Mapping[str, Any],
        response: Mapping[str, Any],
        terms: Terms,
        service: str,
        patient_key: str,
    ) -> ShownCard:
        topic = card["source"]["topic"]["code"]
        own = card.get("extension", {})
        codes = tuple(own.get(CODES, ()))
        said = response["extension"][ASSESSMENT]
        facts = (
            facts_of_order(own.get(DRAFT, ""), own[RULES], own[ABOUT], said)
            if RULES in own
            else facts_behind({topic, *codes}, said, own.get(WARNED, ()))
        )
        return ShownCard(
            client=terms.client,
            service=service,
            uuid=card["uuid"],
            topic=topic,
            codes=codes,
            patient_key=patient_key,
            facts_key=self._store.digest("facts", patient_key, facts),
            silent=terms.silent,
        )
