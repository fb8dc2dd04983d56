"""Command of the Firebase CLI."""

import subprocess

from tools.stack.firebase_cli import firebase_command


def test_no_call_of_a_function_meets_a_connection_that_is_being_closed() -> None:
    """A page that asked every two seconds got "socket hang up" now and then, as 500."""
    node, *options, _ = firebase_command()
    actual = subprocess.run(
        [node, *options, "--print", "require('node:http').globalAgent.keepAlive"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert actual.stdout.strip() == "false"
