"""Benchmarks run what exists, and say so when they miss a goal."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import tests.benchmarks
from tests.benchmarks.ratio import Ratio


def scripts() -> Iterator[tuple[str, ast.Module]]:
    """Programs that benchmarks hand to processes of their own, by module and constant."""
    for module in pkgutil.iter_modules(tests.benchmarks.__path__, "tests.benchmarks."):
        if module.ispkg or module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, str) and not name.startswith("__"):
                try:
                    program = ast.parse(value)
                except SyntaxError:
                    continue
                if any(isinstance(node, ast.Import | ast.ImportFrom) for node in program.body):
                    yield f"{module.name}.{name}", program


SCRIPTS = dict(scripts())


def test_the_scripts_of_benchmarks_are_found() -> None:
    modules = {name.split(".")[2] for name in SCRIPTS}
    assert {"product_memory", "audit_memory", "backfill_memory", "settings_memory"} <= modules


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_imports_and_names_only_what_exists(name: str) -> None:
    """A script named a module that had moved, which ended `make bench` and all after it."""
    modules = {}
    for node in SCRIPTS[name].body:
        if isinstance(node, ast.Import):
            for each in node.names:
                assert importlib.util.find_spec(each.name), each.name
        elif isinstance(node, ast.ImportFrom):
            assert node.module
            source = importlib.import_module(node.module)
            for each in node.names:
                imported = getattr(source, each.name, None)
                if imported is None:
                    imported = importlib.import_module(f"{node.module}.{each.name}")
                modules[each.asname or each.name] = imported
    for used in ast.walk(SCRIPTS[name]):
        if isinstance(used, ast.Attribute) and isinstance(used.value, ast.Name):
            owner = modules.get(used.value.id)
            assert owner is None or hasattr(owner, used.attr), ast.unparse(used)


@pytest.mark.parametrize(
    ("goal", "value", "missed"),
    [
        ("≤ 1.25", 1.25, False),
        ("≤ 1.25", 1.26, True),
        ("≤ 1.50, in ≤ 0.5 s", 1.6, True),
        ("≥ 5.00", 4.9, True),
        ("> 0.50", 0.5, True),
        ("> 0.50", 0.51, False),
        ("≤ 1", 1.001, False),
        ("", 9.0, False),
        ("none", 9.0, False),
        ("at most 0.1 %", 9.0, False),
    ],
)
def test_a_missed_goal_is_seen(goal: str, value: float, missed: bool) -> None:
    ratio = Ratio(what="work", baseline="other work", value=value, goal=goal, figures="")
    assert ratio.missed is missed
