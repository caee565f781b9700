from __future__ import annotations

import asyncio

import pytest
from sonic_models import write_scale

from pyrun.modules.sonic.connection import Address
from pyrun.modules.sonic.health import Canary
from pyrun.modules.sonic.model_repository import Model
from pyrun.modules.sonic.routes import Replica, Route, Server
from pyrun.modules.sonic.wanted_model import WantedModel


@pytest.fixture
def route(tmp_path) -> Route:
    """Servers a, b and a fallback server, with limits of 8, 16 and 64; nobody asks them."""
    wanted = WantedModel(Model.load(write_scale(tmp_path)))

    def replica(name: str, batch: int, alive=None) -> Replica:
        return Replica(Server(Address(name, "127.0.0.1", 1), None, alive), "1", batch)

    replicas = [replica("fallback", 64, lambda: True), replica("a", 8), replica("b", 16)]
    return Route(wanted, Canary(wanted), replicas)


def chosen(route: Route, *args, **options) -> str | None:
    replica = route.choose(*args, **options)
    return replica and replica.server.name


def by_name(route: Route) -> dict[str, Replica]:
    return {replica.server.name: replica for replica in route.replicas}


def test_the_server_with_the_fewest_requests_under_way_is_chosen(route):
    servers = {name: replica.server for name, replica in by_name(route).items()}
    assert chosen(route) == "a"
    servers["a"].outstanding = 2
    assert chosen(route) == "b"
    servers["b"].outstanding = 3
    assert chosen(route) == "a"


def test_with_equally_many_it_is_the_one_that_had_fewer_so_far(route):
    by_name(route)["a"].server.requests = 1
    assert chosen(route) == "b"


def test_the_fallback_server_comes_last(route):
    for name in ("a", "b"):
        by_name(route)[name].server.outstanding = 100
    assert chosen(route) == "a"
    by_name(route)["a"].circuit.open("lost")
    assert chosen(route) == "b"
    by_name(route)["b"].circuit.open("lost")
    assert chosen(route) == "fallback"


def test_the_preferred_server_is_chosen_while_it_works(route):
    by_name(route)["b"].server.outstanding = 100
    assert chosen(route, "b") == "b"
    by_name(route)["b"].circuit.open("lost")
    assert chosen(route, "b") == "a"


def test_servers_to_avoid_are_not_chosen(route):
    assert chosen(route, "a", avoid=[by_name(route)["a"].server]) == "b"
    assert chosen(route, avoid=[replica.server for replica in route.replicas]) is None


def test_clients_know_the_smallest_limit_and_keep_it(route):
    assert route.served(fallback=False).max_batch_size == 8
    del route.replicas[1]
    assert route.served(fallback=False).max_batch_size == 8


def test_a_fallback_server_to_come_counts_for_the_limit(route):
    route.replicas.clear()
    assert route.served(fallback=True).max_batch_size == 64


def test_who_waits_is_woken_by_a_change_and_not_kept_longer_than_allowed(route):
    async def wait() -> tuple[bool, bool]:
        for replica in route.replicas:
            replica.circuit.open("lost")
        too_short = await route.wait_for(lambda: route.works, 0.05)
        waiting = asyncio.create_task(route.wait_for(lambda: route.works, 20))
        await asyncio.sleep(0.01)
        route.replicas[0].circuit.close()
        route.changed()
        return too_short, await asyncio.wait_for(waiting, 1)

    assert asyncio.run(wait()) == (False, True)
