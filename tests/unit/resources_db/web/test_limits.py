from __future__ import annotations

import pytest

from resources_db.web.api.limits import Limits, Rate, client_of


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_fine_and_then_one_waits() -> None:
    clock = Clock()
    limits = Limits(Rate(burst=3, per_second=0.5), clock)
    assert [limits.take("a") for _ in range(4)] == [0, 0, 0, 2]
    clock.now += 1.9
    assert limits.take("a") == 1
    clock.now += 0.1
    assert limits.take("a") == 0
    assert limits.take("a") == 2


def test_a_bucket_does_not_overflow_and_each_client_has_its_own() -> None:
    clock = Clock()
    limits = Limits(Rate(burst=2, per_second=1), clock)
    clock.now += 1000
    assert [limits.take("a") for _ in range(3)] == [0, 0, 1]
    assert limits.take("b") == 0


def test_a_large_request_takes_more() -> None:
    limits = Limits(Rate(burst=10, per_second=1), Clock())
    assert limits.take("a", 8) == 0
    assert limits.take("a", 8) == 6
    assert limits.take("a", 2) == 0


def test_only_the_latest_clients_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limits, "_MOST_CLIENTS", 2)
    limits = Limits(Rate(burst=1, per_second=0.001), Clock())
    for client in ("a", "b", "c"):
        assert limits.take(client) == 0
    assert limits.take("b") > 0
    assert limits.take("a") == 0


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "client"),
    [
        ("192.0.2.1", "", 0, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.5", 0, "192.0.2.1"),
        ("192.0.2.1", "6.6.6.6, 203.0.113.5", 1, "203.0.113.5"),
        ("192.0.2.1", "6.6.6.6, 203.0.113.5, 10.0.0.1", 2, "203.0.113.5"),
        ("192.0.2.1", "203.0.113.5", 2, "192.0.2.1"),
        ("192.0.2.1", "", 1, "192.0.2.1"),
        ("::ffff:192.0.2.1", "", 0, "192.0.2.1"),
        (None, "", 0, ""),
    ],
)
def test_the_client_is_whom_our_own_proxies_saw(remote: str | None, forwarded: str, proxies: int, client: str) -> None:
    assert client_of(remote, forwarded, proxies) == client


def test_a_home_network_of_ipv6_is_one_client() -> None:
    assert client_of("2001:db8::1", "", 0) == client_of("2001:db8::ffff:2", "", 0)
    assert client_of("2001:db8::1", "", 0) != client_of("2001:db8:0:1::1", "", 0)
