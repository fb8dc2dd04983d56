"""Ports: defaults, overrides, and one clear sentence where one cannot be used."""

import socket
from collections.abc import Iterator

import pytest

from tools.errors import PortError
from tools.stack.ports import (
    AUTH,
    FIRESTORE,
    FUNCTIONS,
    HOST,
    Ports,
    free_ports,
    is_free,
    ports_from_environment,
    require_free,
)


@pytest.fixture(params=[HOST, "0.0.0.0"])
def taken(request: pytest.FixtureRequest) -> Iterator[int]:
    """A port on which a server listens."""
    with socket.create_server((request.param, 0)) as server:
        yield server.getsockname()[1]


def test_defaults() -> None:
    assert ports_from_environment({}) == Ports(
        functions=5001, firestore=8080, auth=9099, bigquery=9050, dashboard=3000
    )


def test_each_port_has_its_variable() -> None:
    environ = {
        "FUNCTIONS_PORT": "6001",
        "FIRESTORE_PORT": "6002",
        "AUTH_PORT": " 6003 ",
        "BIGQUERY_PORT": "",
        "DASHBOARD_PORT": "6005",
    }
    assert ports_from_environment(environ) == Ports(
        functions=6001, firestore=6002, auth=6003, bigquery=9050, dashboard=6005
    )


@pytest.mark.parametrize("text", ["http", "-1", "0", "65536", "80.5", "٣٠٠٠"])
def test_what_is_no_port_is_named(text: str) -> None:
    with pytest.raises(PortError) as error:
        ports_from_environment({"FIRESTORE_PORT": text})
    assert "FIRESTORE_PORT" in str(error.value)
    assert repr(text) in str(error.value)


def test_one_port_for_two_servers_is_refused() -> None:
    with pytest.raises(PortError, match="FUNCTIONS_PORT or AUTH_PORT"):
        ports_from_environment({"FUNCTIONS_PORT": "7000", "AUTH_PORT": "7000"})


def test_a_taken_port_is_named_with_its_use_and_its_variable(taken: int) -> None:
    (free,) = free_ports(1)
    with pytest.raises(PortError) as error:
        require_free({FUNCTIONS: free, FIRESTORE: taken, AUTH: free})
    assert str(error.value) == (
        f"Port {taken} for the Firestore emulator is taken: "
        "stop what uses it, or set FIRESTORE_PORT to a free port."
    )


def test_a_port_is_free_again_as_soon_as_its_server_is_gone() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((HOST, port)) as client:
            # Closed first on the server's side, which leaves the connection in TIME_WAIT there.
            server.accept()[0].close()
            client.recv(1)
        assert not is_free(port)
    assert is_free(port)


def test_free_ports_are_different_and_none_of_the_excluded() -> None:
    first = free_ports(20)
    second = free_ports(20, excluding=first)
    assert len({*first, *second}) == 40
    require_free(dict.fromkeys((FUNCTIONS,), first[0]))
