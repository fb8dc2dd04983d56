"""Customers of the dashboard."""

import pytest

from shared.services import Services
from tests.campaigns.crm import People


@pytest.fixture
def people(services: Services) -> People:
    return People(services)
