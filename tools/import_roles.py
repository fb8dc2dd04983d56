"""Import check: what a file may import follows from its name, in every capability alike.

`store.py`, `*_store.py` and codecs know Google; `routes.py`, `answers.py` and what shapes
parameters and pages for them know Flask and pydantic; `job.py` wires both; every other file is a
rule and knows none of them, so that it can be tested without a server, a database or a clock.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

GOOGLE = frozenset({"google"})
WEB = frozenset({"flask", "flask_openapi3", "pydantic"})
LIBRARIES = GOOGLE | WEB | {"anthropic", "firebase_admin", "firebase_functions"}
"""Libraries that rules do not know."""
WEB_FILES = ("routes", "answers", "query", "presentation", "csv_file", "context", "past")
STORE_FILES = ("store", "codec")
JOB_FILES = ("job", "nights", "services", "installation")
STORE_PACKAGES = ("shared.firestore", "shared.reconciliation.stores", "shared.warehouse")
WEB_PACKAGES = ("shared.api", "shared.web")


class Role(StrEnum):
    """Role of a file, which decides what it may import."""

    RULE = "rule"
    STORE = "store"
    WEB = "web"
    JOB = "job"


ALLOWED = {
    Role.RULE: frozenset[str](),
    Role.STORE: GOOGLE,
    Role.WEB: WEB,
    Role.JOB: frozenset[str](),
}
"""Libraries, by role."""
SEEN = {
    Role.RULE: {Role.RULE},
    Role.STORE: {Role.RULE, Role.STORE},
    Role.WEB: {Role.RULE, Role.STORE, Role.WEB, Role.JOB},
    Role.JOB: {Role.RULE, Role.STORE, Role.JOB},
}
"""Roles of our own files, by role."""


def role_of(module: str) -> Role:
    """The role of a module, by its name and its package.

    >>> role_of("shared.cohorts.store"), role_of("shared.history.cell_store")
    (<Role.STORE: 'store'>, <Role.STORE: 'store'>)
    >>> role_of("shared.rules.thresholds_routes"), role_of("shared.cohorts.cohorts")
    (<Role.WEB: 'web'>, <Role.RULE: 'rule'>)
    """
    package, _, name = module.rpartition(".")
    last = name.rpartition("_")[2]
    if package in STORE_PACKAGES or last in STORE_FILES:
        return Role.STORE
    if package in WEB_PACKAGES or last in WEB_FILES or name in WEB_FILES:
        return Role.WEB
    return Role.JOB if name in JOB_FILES else Role.RULE


class RolesContract(Contract):
    """Every file of `shared` imports what its role allows, but for the exceptions named."""

    type_name = "roles"

    exceptions: Any = fields.ListField(subfield=fields.StringField(), required=False, default=[])

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Compare each import with the roles of its two ends."""
        exceptions = set(map(str, self.exceptions))
        imports = {f"{module} -> {import_}" for module, import_ in forbidden_imports(graph)}
        return ContractCheck(
            kept=imports == exceptions,
            metadata={
                "refused": sorted(imports - exceptions),
                "unused": sorted(exceptions - imports),
            },
            ignored_import_count=len(imports & exceptions),
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the imports that no role allows, and the exceptions that nobody needs."""
        for each in check.metadata["refused"]:
            output.print_error(f"{each}: not for a file of this name", bold=False)
        for each in check.metadata["unused"]:
            output.print_error(f"{each}: an exception that nothing needs", bold=False)


def forbidden_imports(graph: ImportGraph) -> Iterator[tuple[str, str]]:
    """Each import that its roles do not allow; of a library, its top-level name."""
    for module in sorted(graph.modules):
        if not module.startswith("shared."):
            continue
        role = role_of(module)
        for imported in sorted(graph.find_modules_directly_imported_by(module)):
            library = imported.partition(".")[0]
            if library in LIBRARIES:
                if library not in ALLOWED[role]:
                    yield module, library
            elif imported.startswith("shared.") and role_of(imported) not in SEEN[role]:
                yield module, imported
