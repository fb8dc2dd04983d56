"""The local stack: `python -m tools.stack.local_stack`, or the context managers below from code.

`firestore_emulator` is the bare Firestore emulator, up in seconds. `firebase_emulators` is
Firestore, auth and the functions of main.py under the Firebase CLI, with a BigQuery emulator
beside them. They listen on 127.0.0.1 only, need no network, and leave no process behind.
"""

from __future__ import annotations

import itertools
import json
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tools.accounts import demo_account
from tools.errors import StackError, ToolError
from tools.stack import readiness
from tools.stack.bigquery_emulator import BigQueryEmulator, bigquery_emulator, emulator_command
from tools.stack.configuration import PROJECT, configuration, runtime, write_settings
from tools.stack.dashboard_server import dashboard_server, require_dashboard
from tools.stack.emulator_jar import VARIABLE as JAR_VARIABLE
from tools.stack.emulator_jar import find_emulator_jar, main_class, write_launcher
from tools.stack.firebase_cli import ROOT, firebase_command, firebase_environment
from tools.stack.java import java_binary, java_environment
from tools.stack.local_secret import NAME as SECRET_NAME
from tools.stack.local_secret import customer_key_secret
from tools.stack.ports import (
    AUTH,
    BIGQUERY,
    DASHBOARD,
    FIRESTORE,
    FUNCTIONS,
    HOST,
    Ports,
    free_ports,
    port_from_environment,
    ports_from_environment,
    require_free,
)
from tools.stack.processes import Server, running

__all__ = [
    "PROJECT",
    "REGION",
    "FirebaseEmulators",
    "FirestoreEmulator",
    "firebase_emulators",
    "firestore_emulator",
]

REGION = "us-central1"

_FIRESTORE_SECONDS = 120
_STACK_SECONDS = 300

_UP = "Up. Ctrl-C stops it."
_READY = "All emulators ready!"
_NOT_LOADED = "Failed to load function definition from source"


@dataclass(frozen=True, kw_only=True, slots=True)
class FirestoreEmulator:
    """A running Firestore emulator."""

    port: int
    server: Server = field(repr=False)

    @property
    def address(self) -> str:
        """Its host and port, as FIRESTORE_EMULATOR_HOST wants it."""
        return f"{HOST}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that a client needs to use it."""
        return {"FIRESTORE_EMULATOR_HOST": self.address}


@dataclass(frozen=True, kw_only=True, slots=True)
class FirebaseEmulators:
    """The running Firebase emulators with all functions loaded."""

    ports: Ports
    functions: tuple[str, ...]
    """The names of the loaded functions, sorted."""
    hub: int
    """Port of the CLI's own service, which switches triggers off and on."""
    tasks: int
    """Port of the queues of tasks."""
    customer_key_secret: str = field(repr=False)
    server: Server = field(repr=False)
    bigquery: BigQueryEmulator | None = None
    """None if the stack was started without it."""

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that a tool needs to work on this stack, including the secret."""
        return {
            **(self.bigquery.environment if self.bigquery else {}),
            "GCLOUD_PROJECT": PROJECT,
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "FIRESTORE_EMULATOR_HOST": f"{HOST}:{self.ports.firestore}",
            "FIREBASE_AUTH_EMULATOR_HOST": f"{HOST}:{self.ports.auth}",
            "CLOUD_TASKS_EMULATOR_HOST": f"{HOST}:{self.tasks}",
            SECRET_NAME: self.customer_key_secret,
        }

    def http_url(self, function: str) -> str:
        """The address of an HTTP function."""
        return f"http://{HOST}:{self.ports.functions}/{PROJECT}/{REGION}/{function}"

    def run_schedule(self, function: str, *, timeout_seconds: float = 600) -> None:
        """Run a scheduled function now and wait for it.

        No scheduler runs locally. Raises StackError with the function's answer where it fails, and
        where triggers are paused.
        """
        # Each pause of the triggers retires their addresses: the retired ones answer 204 and do
        # nothing, the one in force has the next number, and the one after it is not there.
        for number in itertools.count():
            url = (
                f"http://{HOST}:{self.ports.functions}/functions/projects/{PROJECT}"
                f"/triggers/{REGION}-{function}-{number}"
            )
            request = urllib.request.Request(url, data=b"{}", method="POST")
            try:
                with urllib.request.urlopen(request, timeout=timeout_seconds) as response:
                    if response.status != HTTPStatus.NO_CONTENT:
                        return
            except urllib.error.HTTPError as error:
                with error:
                    answer = error.read().decode(errors="replace")
                raise StackError(f"{function} failed with {error.code}: {answer}") from None

    @contextmanager
    def triggers_paused(self) -> Iterator[None]:
        """Suppress triggers for documents written while the block runs, also afterwards."""
        self._switch("disableBackgroundTriggers")
        try:
            yield
        finally:
            self._switch("enableBackgroundTriggers")

    def wait(self) -> None:
        """Until an emulator ends by itself, which it should not: raises StackError then."""
        others = [self.bigquery.server] if self.bigquery else []
        readiness.wait_for_end(self.server, *others)

    def _switch(self, operation: str) -> None:
        url = f"http://{HOST}:{self.hub}/functions/{operation}"
        with urllib.request.urlopen(urllib.request.Request(url, method="PUT"), timeout=30):
            return


@contextmanager
def firestore_emulator(
    port: int | None = None,
    *,
    rules: Path | None = ROOT / "firestore.rules",
    log_folder: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Iterator[FirestoreEmulator]:
    """The bare Firestore emulator while the block runs.

    Without `port` on a free one, without `rules` open to everyone; server libraries pass rules
    anyway. Data is per project and lost at the end. Raises ToolError if it cannot start.
    """
    if port is None:
        (port,) = free_ports(1)
    else:
        require_free({FIRESTORE: port})
    jar = find_emulator_jar(environ)
    folder = readiness.log_folder(log_folder, ROOT, port)
    command = [str(java_binary()), "-Duser.language=en", "-cp", str(jar), main_class(jar)]
    command += [f"--host={HOST}", f"--port={port}"]
    if rules is not None:
        command.append(f"--rules={rules.resolve()}")
    with running(
        command, environ=java_environment(environ), folder=folder, log=folder / "firestore.log"
    ) as server:
        readiness.wait_until(
            lambda: readiness.answers(f"http://{HOST}:{port}/"),
            server,
            what="The Firestore emulator",
            seconds=_FIRESTORE_SECONDS,
        )
        yield FirestoreEmulator(port=port, server=server)


@contextmanager
def firebase_emulators(
    ports: Ports | None = None,
    *,
    auth: bool = True,
    bigquery: bool = True,
    env: Mapping[str, str] | None = None,
    root: Path = ROOT,
    log_folder: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Iterator[FirebaseEmulators]:
    """Firestore, auth, BigQuery and the functions of `root`'s main.py while the block runs.

    `ports` are by default those of the environment. Without `auth` nobody can sign in, and the
    start takes half the time; without `bigquery` the functions get no emulator of it. `env`
    is added to the settings of the functions, over their .env files. Raises ToolError where
    something is missing, a port is taken, an emulator does not start, or the functions do not load
    (then with the end of the log).
    """
    ports = ports or ports_from_environment(environ)
    root = root.resolve()
    used_ports = {FUNCTIONS: ports.functions, FIRESTORE: ports.firestore}
    if auth:
        used_ports[AUTH] = ports.auth
    if bigquery:
        used_ports[BIGQUERY] = ports.bigquery
    require_free(used_ports)
    command = firebase_command(root, environ)
    python = runtime(root)
    secret = customer_key_secret(root)
    jar = find_emulator_jar(environ)
    if bigquery:
        emulator_command(root)
    folder = readiness.log_folder(log_folder, root, ports.functions)
    config = root / f"firebase.local.{os.getpid()}.{ports.functions}.json"
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="local-stack-"))
        own = Path(name).resolve()
        launcher = write_launcher(jar, own)
        warehouse = None
        if bigquery:
            warehouse = stack.enter_context(
                bigquery_emulator(ports.bigquery, root=root, log_folder=folder, environ=environ)
            )
            env = {**warehouse.environment, **(env or {})}
        write_settings(root, own, env or {})
        command += ["emulators:start", "--only", "functions,firestore" + ",auth" * auth]
        command += ["--project", PROJECT, "--config", str(config)]
        environment = {
            **firebase_environment(own, {**environ, **(env or {})}),
            JAR_VARIABLE: str(launcher),
            # Without `auth`, this alone makes the functions accept unsigned tokens.
            "FIREBASE_AUTH_EMULATOR_HOST": f"{HOST}:{ports.auth}",
            # The CLI keeps a file per project in it, which two stacks would share.
            "TMPDIR": name,
        }
        stack.callback(config.unlink, missing_ok=True)
        settings = configuration(root, ports, python, own)
        config.write_text(json.dumps(settings, indent=2))
        server = stack.enter_context(
            running(command, environ=environment, folder=folder, log=folder / "firebase.log")
        )
        readiness.wait_until(
            lambda: _ready(server),
            server,
            what="The Firebase emulators",
            seconds=_STACK_SECONDS,
        )
        yield FirebaseEmulators(
            ports=ports,
            functions=_loaded_functions(ports, server),
            hub=settings["emulators"]["hub"]["port"],
            tasks=settings["emulators"]["tasks"]["port"],
            customer_key_secret=secret,
            server=server,
            bigquery=warehouse,
        )


def _ready(server: Server) -> bool:
    """Whether the CLI says so. It says so too where the functions did not load, hence the error."""
    output = server.output()
    cause, marker, rest = output.partition(_NOT_LOADED)
    if marker:
        # What follows that line is about the emulators, which are well.
        message = cause + marker + rest.partition("\n")[0]
        raise readiness.failure("The functions of main.py did not load", server, message)
    return _READY in output


def _loaded_functions(ports: Ports, server: Server) -> tuple[str, ...]:
    with urllib.request.urlopen(
        f"http://{HOST}:{ports.functions}/backends", timeout=30
    ) as response:
        backends = json.load(response)["backends"]
    names = {trigger["name"] for backend in backends for trigger in backend["functionTriggers"]}
    if not names:
        raise readiness.failure("main.py has no functions", server)
    return tuple(sorted(names))


def main(
    firestore_only: Annotated[
        bool, typer.Option("--firestore-only", help="The bare Firestore emulator, nothing else.")
    ] = False,
) -> None:
    """Start the local stack without data and keep it up until Ctrl-C.

    Ports: FUNCTIONS_PORT (5001), FIRESTORE_PORT (8080), AUTH_PORT (9099), BIGQUERY_PORT (9050),
    DASHBOARD_PORT (3000).
    """
    console = Console(highlight=False, soft_wrap=True)
    try:
        if firestore_only:
            with firestore_emulator(port_from_environment(FIRESTORE)) as emulator:
                console.print(f"Firestore  {emulator.address}")
                console.print(_UP)
                readiness.wait_for_end(emulator.server)
        else:
            console.print("Starting the emulators…")
            require_dashboard(port_from_environment(DASHBOARD))
            with (
                firebase_emulators() as stack,
                dashboard_server(stack, stack.ports.dashboard) as address,
            ):
                _describe(console, stack, address)
                console.print(_UP)
                stack.wait()
    except ToolError as error:
        Console(stderr=True, highlight=False).print(str(error), markup=False, soft_wrap=True)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        console.print("Stopped.")


def _describe(console: Console, stack: FirebaseEmulators, dashboard: str) -> None:
    account = demo_account(stack, "org_demo")
    console.print(f"Dashboard  {dashboard}  ({account.email}, password {account.password})")
    console.print(f"Project    {PROJECT}")
    console.print(f"Functions  {stack.http_url('…')}  ({', '.join(stack.functions)})")
    console.print(f"Firestore  {HOST}:{stack.ports.firestore}")
    console.print(f"Auth       {HOST}:{stack.ports.auth}")
    console.print(f"BigQuery   {HOST}:{stack.ports.bigquery}")
    console.print(f"Log        {stack.server.log}")


if __name__ == "__main__":
    typer.run(main)
