"""The service under gunicorn: a few processes, a few threads each."""

from __future__ import annotations

from typing import Any

from aml.knowledge import Library
from flask import Flask
from gunicorn.app.base import BaseApplication

from cds_service.app import create_app
from cds_service.settings import Settings

WORKERS = 2
THREADS = 8


class Server(BaseApplication):  # type: ignore[misc]
    """The library is loaded before the first process starts: a bad one never serves."""

    def __init__(self, settings: Settings, library: Library) -> None:
        self._settings = settings
        self._library = library
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        options: dict[str, Any] = {
            "bind": f"{host}:{settings.port}",
            "workers": WORKERS,
            "threads": THREADS,
            "worker_class": "gthread",
            "timeout": 30,
            "graceful_timeout": 5,
            "loglevel": "warning",
            "limit_request_line": 4094,
            "control_socket_disable": True,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app(self._settings, self._library)
