"""Authentication: access, and the organisation, for every route that takes a token."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import firebase_admin
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from firebase_admin import auth
from google.auth import crypt, jwt
from google.auth.exceptions import TransportError

from shared.kernel.errors import ConfigurationError, UnauthenticatedError, UnavailableError
from shared.web.authentication import FirebaseTokens, project_id
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.shop import ORG, OTHER, Shop
from tests.support.tokens import unsigned_token

ROUTES = ["/v1/segments", "/v1/customers", "/v1/customers/key", "/v1/analytics/overview"]


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer not-a-token"},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": "Bearer e30.e30."},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Cookie": "__session=x"},
        {"X-Firebase-Auth": "x"},
    ],
)
def test_without_a_valid_token_nothing_is_told(
    dashboard: Dashboard, path: str, headers: dict[str, str]
) -> None:
    response = dashboard.app.test_client().get(path + "?nonsense=1", headers=headers)

    assert_problem(response, 401, "not-signed-in")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_in_the_query_is_no_token(dashboard: Dashboard) -> None:
    response = dashboard.app.test_client().get(f"/v1/segments?access_token={dashboard.token()}")

    assert_problem(response, 401, "not-signed-in")


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_scheme_goes_by_any_case(dashboard: Dashboard, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {dashboard.token()}"}
    response = dashboard.app.test_client().get("/v1/segments", headers=headers)

    assert response.status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "demo-another-project"},
        {"iss": "https://securetoken.google.com/demo-another-project"},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
        {"sub": "x" * 129},
    ],
)
def test_a_token_that_is_not_of_this_project_is_refused(
    dashboard: Dashboard, wrong: dict[str, Any]
) -> None:
    assert_problem(dashboard.call("/v1/segments", **wrong), 401, "not-signed-in")


def test_a_token_that_nests_too_deep_is_refused(dashboard: Dashboard) -> None:
    deep = ".".join(["WyIi" + "W1tb" * 5000, "e30", ""])

    assert_problem(dashboard.call("/v1/segments", token=deep), 401, "not-signed-in")


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    ("claims", "kind"),
    [
        ({"role": None}, "role-not-allowed"),
        ({"role": "customer"}, "role-not-allowed"),
        ({"role": "super_admin"}, "role-not-allowed"),
        ({"approvalStatus": "pending"}, "account-not-approved"),
        ({"orgId": "a/b"}, "no-organisation"),
    ],
)
def test_an_account_that_may_not_call_is_told_so_and_no_more(
    dashboard: Dashboard, path: str, claims: dict[str, Any], kind: str
) -> None:
    response = dashboard.call(path, "nonsense=1&org=other", **claims)

    assert_problem(response, 403, kind)


RESOLUTION: list[tuple[str, dict[str, Any], str]] = [
    ("all ids", {"orgId": "org", "brandId": "brand", "currentOrgId": "current"}, "org"),
    ("only brandId", {"brandId": "brand"}, "brand"),
    ("only currentOrgId", {"currentOrgId": "current"}, "current"),
    ("only uid", {}, "user_1"),
    ("undefined claims", {"orgId": None, "brandId": None, "currentOrgId": None}, "user_1"),
    ("empty strings", {"orgId": "", "brandId": "", "currentOrgId": ""}, "user_1"),
]


@pytest.mark.parametrize(
    ("claims", "expected"), [pytest.param(c, e, id=name) for name, c, e in RESOLUTION]
)
def test_the_claims_name_the_organisation(
    dashboard: Dashboard, shop: Shop, project_id: str, claims: dict[str, Any], expected: str
) -> None:
    for org in ("org", "brand", "current", "user_1"):
        shop.order(f"{org}@example.org", org=org)
    token = unsigned_token(project_id, role="brand_admin", **claims)

    answer = dashboard.get("/v1/customers", token=token)

    assert answer["orgId"] == expected
    assert [customer["email"] for customer in answer["customers"]] == [f"{expected}@example.org"]


def test_an_account_of_no_organisation_sees_empty_data_and_never_somebody_elses(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.order(org=ORG)

    answer = dashboard.get("/v1/segments", uid="nobodys", orgId=None)

    assert (answer["orgId"], answer["totalCustomers"]) == ("nobodys", 0)


@pytest.mark.parametrize("path", ROUTES)
def test_naming_another_organisation_is_not_found_whether_it_exists_or_not(
    dashboard: Dashboard, shop: Shop, path: str
) -> None:
    shop.order(org=OTHER)
    answers = [
        assert_problem(
            dashboard.call(path, {"org": org, "x": "1"}, role=role), 404, "organisation-not-found"
        )
        for org in (OTHER, "org_that_is_not", " ", "a/b")
        for role in ("brand", "dispensary_admin", "budtender")
    ]

    assert all(answer == answers[0] for answer in answers)


def test_naming_the_own_organisation_changes_nothing(dashboard: Dashboard, shop: Shop) -> None:
    shop.order()

    assert dashboard.get("/v1/customers", {"org": ORG}) == dashboard.get("/v1/customers")


def test_a_super_user_sees_the_organisation_named_and_no_other(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.order("ada@example.org", org=ORG)
    shop.order("bob@example.org", org=OTHER)
    claims = {"role": "super_user", "orgId": ORG}

    other = dashboard.get("/v1/customers", {"org": OTHER}, **claims)
    empty = dashboard.get("/v1/customers", {"org": "org_that_is_not"}, **claims)

    assert [customer["email"] for customer in other["customers"]] == ["bob@example.org"]
    assert (empty["orgId"], empty["customers"]) == ("org_that_is_not", [])


@pytest.mark.parametrize("org", [" ", "a/b", "..", "__x__", "x" * 129])
def test_a_super_user_who_names_what_cannot_be_an_organisation_is_told(
    dashboard: Dashboard, org: str
) -> None:
    response = dashboard.call("/v1/segments", {"org": org}, role="super_user")

    assert_problem(response, 400, "invalid-parameter", ["org"])


def test_two_organisations_in_one_call_are_refused(dashboard: Dashboard) -> None:
    response = dashboard.call("/v1/segments", f"org={ORG}&org={OTHER}")

    assert_problem(response, 400, "invalid-parameter", ["org"])


def test_beside_no_emulator_an_unsigned_token_is_refused(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dashboard.call("/v1/segments").status_code == 200
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST")

    assert_problem(dashboard.call("/v1/segments"), 401, "not-signed-in")


class Keys:
    """A key as Google signs tokens with, and the certificates that it publishes."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        self._signer = crypt.RSASigner.from_string(pem, key_id="key_1")
        self.published = {"key_1": certificate.public_bytes(serialization.Encoding.PEM).decode()}

    def token(self, project: str, *, age_seconds: int = 60, lifetime_seconds: int = 3600) -> str:
        issued = int(time.time()) - age_seconds
        claims = {
            "iss": f"https://securetoken.google.com/{project}",
            "aud": project,
            "sub": "user_1",
            "iat": issued,
            "exp": issued + lifetime_seconds,
            "role": "brand",
        }
        signed: bytes = jwt.encode(self._signer, claims)
        return signed.decode()


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys()


class TestSignatures:
    """Real verification, with the certificates served from here instead of from Google."""

    PROJECT = "demo-signatures"

    @pytest.fixture
    def certificates(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], None]]:
        """Says what Google answers when asked for its certificates: them, or an error."""
        monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST", raising=False)
        tokens = FirebaseTokens(self.PROJECT)
        verifier = auth._get_client(tokens._app)._token_verifier
        answer: Any = {}

        class Answer:
            status = 200

            @property
            def data(self) -> bytes:
                return json.dumps(answer).encode()

        def serve(*_: object, **__: object) -> Answer:
            if isinstance(answer, Exception):
                raise answer
            return Answer()

        def set_answer(value: Any) -> None:
            nonlocal answer
            answer = value

        monkeypatch.setattr(verifier, "request", serve)
        yield set_answer
        firebase_admin.delete_app(tokens._app)

    def verify(self, token: str) -> Mapping[str, object]:
        return FirebaseTokens(self.PROJECT)(token)

    def test_a_signed_token_passes(self, keys: Keys, certificates: Callable[[Any], None]) -> None:
        certificates(keys.published)

        claims = self.verify(keys.token(self.PROJECT))

        assert (claims["uid"], claims["role"]) == ("user_1", "brand")

    def test_an_expired_one_does_not(self, keys: Keys, certificates: Callable[[Any], None]) -> None:
        certificates(keys.published)

        with pytest.raises(UnauthenticatedError):
            self.verify(keys.token(self.PROJECT, age_seconds=4000))

    def test_one_from_the_future_does_not(
        self, keys: Keys, certificates: Callable[[Any], None]
    ) -> None:
        certificates(keys.published)

        with pytest.raises(UnauthenticatedError):
            self.verify(keys.token(self.PROJECT, age_seconds=-600))

    def test_one_signed_by_somebody_else_does_not(
        self, keys: Keys, certificates: Callable[[Any], None]
    ) -> None:
        certificates(keys.published)

        with pytest.raises(UnauthenticatedError):
            self.verify(Keys().token(self.PROJECT))

    def test_one_whose_content_was_changed_does_not(
        self, keys: Keys, certificates: Callable[[Any], None]
    ) -> None:
        certificates(keys.published)
        header, _, signature = keys.token(self.PROJECT).split(".")
        content = unsigned_token(self.PROJECT, role="super_user").split(".")[1]

        with pytest.raises(UnauthenticatedError):
            self.verify(f"{header}.{content}.{signature}")

    def test_an_unsigned_one_does_not(self, certificates: Callable[[Any], None]) -> None:
        certificates(TransportError("must not be asked"))

        with pytest.raises(UnauthenticatedError):
            self.verify(unsigned_token(self.PROJECT, role="super_user"))

    def test_without_certificates_nobody_can_tell(
        self, keys: Keys, certificates: Callable[[Any], None]
    ) -> None:
        certificates(TransportError("no network"))

        with pytest.raises(UnavailableError):
            self.verify(keys.token(self.PROJECT))


def test_without_certificates_callers_are_asked_to_come_back(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise auth.CertificateFetchError("no network", None)

    monkeypatch.setattr(auth, "verify_id_token", fail)

    response = dashboard.call("/v1/segments")

    assert_problem(response, 503, "sign-in-unavailable")
    assert response.headers["Retry-After"] == "10"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"GOOGLE_CLOUD_PROJECT": "a", "GCLOUD_PROJECT": "b"}, "a"),
        ({"GCLOUD_PROJECT": "b", "FIREBASE_CONFIG": '{"projectId": "c"}'}, "b"),
        ({"FIREBASE_CONFIG": '{"projectId": "c"}'}, "c"),
    ],
)
def test_the_project_is_named_by_the_environment(
    environment: dict[str, str], expected: str
) -> None:
    assert project_id(environment) == expected


@pytest.mark.parametrize(
    "config", [None, "", "/etc/config.json", "[]", '{"projectId": ""}', '{"projectId": 1}']
)
def test_without_a_project_nothing_starts(config: str | None) -> None:
    with pytest.raises(ConfigurationError):
        project_id({"FIREBASE_CONFIG": config} if config is not None else {})
