"""A shop whose orders are counted, as the tests of the API have it."""

from tests.http.conftest import services, shop, warm_emulator

__all__ = ["services", "shop", "warm_emulator"]
