"""The local secret: made once, private, and the one that the functions emulator reads."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.stack.local_secret import customer_key_secret


def test_it_is_made_once_and_only_this_user_can_read_it(tmp_path: Path) -> None:
    secret = customer_key_secret(tmp_path)

    file = tmp_path / ".secret.local"
    assert re.fullmatch(r"[0-9a-f]{64}", secret)
    assert file.read_text() == f"CUSTOMER_KEY_SECRET={secret}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert customer_key_secret(tmp_path) == secret
    assert list(tmp_path.iterdir()) == [file]


def test_two_machines_differ(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    assert customer_key_secret(tmp_path / "one") != customer_key_secret(tmp_path / "other")


def test_whoever_is_first_decides_for_all(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(customer_key_secret, [tmp_path] * 64))
    assert len(secrets) == 1


def test_other_secrets_in_the_file_stay(tmp_path: Path) -> None:
    file = tmp_path / ".secret.local"
    file.write_text("OTHER=1\nCUSTOMER_KEY_SECRET=chosen\n")
    assert customer_key_secret(tmp_path) == "chosen"
    assert file.read_text() == "OTHER=1\nCUSTOMER_KEY_SECRET=chosen\n"


@pytest.mark.parametrize("text", ["", "OTHER=1\n", "CUSTOMER_KEY_SECRET=\n"])
def test_a_file_without_it_is_an_error_and_not_changed(tmp_path: Path, text: str) -> None:
    file = tmp_path / ".secret.local"
    file.write_text(text)
    with pytest.raises(ToolError, match="CUSTOMER_KEY_SECRET"):
        customer_key_secret(tmp_path)
    assert file.read_text() == text
