"""The local stack's ports: fixed defaults, each overridable by an environment variable."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from tools.errors import PortError

HOST = "127.0.0.1"
"""The only address the local stack listens on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A server of the local stack and how its port is chosen."""

    name: str
    variable: str
    default_port: int


FUNCTIONS = Service(name="functions emulator", variable="FUNCTIONS_PORT", default_port=5001)
FIRESTORE = Service(name="Firestore emulator", variable="FIRESTORE_PORT", default_port=8080)
AUTH = Service(name="auth emulator", variable="AUTH_PORT", default_port=9099)
BIGQUERY = Service(name="BigQuery emulator", variable="BIGQUERY_PORT", default_port=9050)
DASHBOARD = Service(name="dashboard", variable="DASHBOARD_PORT", default_port=3000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    """One port per server of the local stack, all different."""

    functions: int = FUNCTIONS.default_port
    firestore: int = FIRESTORE.default_port
    auth: int = AUTH.default_port
    bigquery: int = BIGQUERY.default_port
    dashboard: int = DASHBOARD.default_port

    def __post_init__(self) -> None:
        services_by_port: dict[int, Service] = {}
        for service, port in self.by_service().items():
            other = services_by_port.setdefault(port, service)
            if other is not service:
                raise PortError(
                    f"Port {port} is meant for both the {other.name} and the {service.name}: "
                    f"set {other.variable} or {service.variable} to another port."
                )

    def by_service(self) -> dict[Service, int]:
        return {
            FUNCTIONS: self.functions,
            FIRESTORE: self.firestore,
            AUTH: self.auth,
            BIGQUERY: self.bigquery,
            DASHBOARD: self.dashboard,
        }


def ports_from_environment(environ: Mapping[str, str] = os.environ) -> Ports:
    """The ports that the environment asks for, the defaults where it says nothing.

    Raises PortError for a value that is no port, and for one port given to two servers.
    """
    return Ports(
        functions=_port(FUNCTIONS, environ),
        firestore=_port(FIRESTORE, environ),
        auth=_port(AUTH, environ),
        bigquery=_port(BIGQUERY, environ),
        dashboard=_port(DASHBOARD, environ),
    )


def port_from_environment(service: Service, environ: Mapping[str, str] = os.environ) -> int:
    """The one port of one service. Raises PortError for a value that is no port."""
    return _port(service, environ)


def require_free(ports: Mapping[Service, int]) -> None:
    """Raise PortError for the first port on which something listens already."""
    for service, port in ports.items():
        if not is_free(port):
            raise PortError(
                f"Port {port} for the {service.name} is taken: "
                f"stop what uses it, or set {service.variable} to a free port."
            )


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    # A listener on all addresses does not stop a bind to one address on every system.
    with socket.socket() as client:
        if client.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket() as server:
        # As servers do; without it a port counts as taken for a minute after its last use.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((HOST, port))
        except OSError:
            return False
    return True


def free_ports(count: int, *, excluding: Collection[int] = ()) -> tuple[int, ...]:
    """Return `count` different ports, free now and, being random, unlikely to be taken next."""
    ports: list[int] = []
    with ExitStack() as sockets:
        while len(ports) < count:
            server = sockets.enter_context(socket.socket())
            server.bind((HOST, 0))
            port: int = server.getsockname()[1]
            if port not in excluding:
                ports.append(port)
    return tuple(ports)


def _port(service: Service, environ: Mapping[str, str]) -> int:
    text = environ.get(service.variable, "").strip()
    if not text:
        return service.default_port
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise PortError(
            f"{service.variable} is {text!r}: set it to a port between 1 and 65535 "
            f"for the {service.name}, or leave it out for {service.default_port}."
        )
    return int(text)
