"""The least that any service would do with a call: parse it, and return a fixed card."""

from __future__ import annotations

import sys

import orjson
from flask import Flask, Response, request
from gunicorn.app.base import BaseApplication

from cds_service.serve import THREADS, WORKERS

PATH = "/cds-services/rraml-patient-view"
CARD = {"cards": [{"summary": "A card", "indicator": "info", "source": {"label": "Floor"}}]}


def floor_app() -> Flask:
    app = Flask("floor")
    card = orjson.dumps(CARD)

    @app.post(PATH)
    def call() -> Response:
        orjson.loads(request.get_data(cache=False))
        return Response(card, mimetype="application/json")

    return app


class FloorServer(BaseApplication):  # type: ignore[misc]
    """With as many workers and threads as the service has."""

    def __init__(self, port: str) -> None:
        self._port = port
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": f"127.0.0.1:{self._port}",
            "workers": WORKERS,
            "threads": THREADS,
            "worker_class": "gthread",
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return floor_app()


if __name__ == "__main__":
    FloorServer(sys.argv[1]).run()
