"""The fake, fresh for each test."""

from collections.abc import Iterator

import pytest

from market.payments.gateways import Gateway
from tests.stripe.fake import Fake, serving


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as fake:
        yield fake


@pytest.fixture
def gateway(fake: Fake) -> Gateway:
    return fake.gateway()
