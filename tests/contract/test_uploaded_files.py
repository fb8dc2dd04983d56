"""Files that `firebase deploy` would upload, as the Firebase CLI itself lists them."""

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]

LIST_FILES = """
const fs = require("./firebase-cli/node_modules/firebase-tools/lib/fsAsync.js");
const ignoreStrings = require("./firebase.json").functions[0].ignore;
fs.readdirRecursive({ path: process.cwd(), ignoreStrings })
  .then((files) => console.log(JSON.stringify(files.map((file) => file.name))));
"""


def uploaded() -> set[Path]:
    answer = subprocess.run(
        ["node", "--eval", LIST_FILES], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {Path(name).relative_to(ROOT) for name in json.loads(answer.stdout)}


def test_only_what_the_functions_need_is_uploaded() -> None:
    allowed = {Path("main.py"), Path("requirements.txt")}
    others = {file for file in uploaded() - allowed if file.parts[0] not in {"functions", "shared"}}
    assert others == set()


def test_all_of_it_is_uploaded() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "main.py", "requirements.txt", "functions", "shared"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {Path(name) for name in listed.stdout.splitlines()} <= uploaded()
