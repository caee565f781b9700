from __future__ import annotations

import os
import random
import signal
import threading
import time

import attrs
import numpy as np
import pytest
from sonic_models import write_scale
from sonic_service import LIMIT, X, kill, stop, triton_service

from pyrun.framework.errors import Configuration, ExternalFailure
from pyrun.modules.sonic.retry import (
    RetryActionDiffServer,
    RetryAnyServerAction,
    RetryFallbackServerAction,
    RetryParameters,
    RetrySameServerAction,
    RetryWorkingServerAction,
    pauses,
    retry_actions,
    steps,
)
from pyrun.modules.sonic.server.launch import LocalServer

SAME, OTHER, FALLBACK = RetrySameServerAction(), RetryActionDiffServer(), RetryFallbackServerAction()
WORKING, ANY = RetryWorkingServerAction(), RetryAnyServerAction()


def test_the_actions_of_a_client_come_in_its_order():
    entries = [RetryParameters(retryType="RetryActionDiffServer"),
               RetryParameters(retryType="RetrySameServerAction", allowedTries=3)]  # fmt: skip
    assert retry_actions(5, entries) == (RetryActionDiffServer(1), RetrySameServerAction(3))


def test_an_unknown_action_is_refused_with_the_known_ones():
    with pytest.raises(Configuration, match="'RetryLater'; there are RetrySameServerAction, RetryActionDiffServer"):
        retry_actions(0, [RetryParameters(retryType="RetryLater")])


@pytest.mark.parametrize(
    "retries, others, fallback, expected",
    [
        (retry_actions(), 0, False, [WORKING, ANY, ANY]),
        (retry_actions(), 2, True, [OTHER, OTHER, WORKING, FALLBACK, ANY, ANY]),
        (retry_actions(1), 2, True, []),
        (retry_actions(3), 0, False, [ANY, ANY]),
        ((RetryFallbackServerAction(1),), 1, False, []),
        ((RetryActionDiffServer(5),), 2, False, [OTHER, OTHER]),
    ],
)
def test_what_is_tried_after_the_first_try(retries, others, fallback, expected):
    assert [type(action) for action in steps(retries, others, fallback)] == [type(action) for action in expected]


def test_pauses_grow_up_to_a_limit():
    taken = [pause for pause, _ in zip(pauses(), range(12), strict=False)]
    assert 0.025 <= taken[0] <= 0.05 and all(1.0 <= pause <= 2.0 for pause in taken[8:])


def test_a_request_that_is_wrong_is_tried_once(local_server, scale_model):
    with triton_service({"one": local_server, "two": local_server}) as user:
        future = user.submit(user.wants(scale_model), np.zeros((65, 1), np.float32))
        with pytest.raises(ExternalFailure, match="(?s)after 1 try .*INVALID_ARGUMENT.*batch-size must be <= 64"):
            future.result(LIMIT)
        assert sum(user.requests.values()) == 1


@pytest.fixture
def three(server_options):
    """Three servers that a test may harm."""
    with (
        LocalServer.start(server_options) as one,
        LocalServer.start(server_options) as two,
        LocalServer.start(server_options) as three,
    ):
        yield {"one": one, "two": two, "three": three}


def test_a_lost_server_costs_a_retry(three, scale_model):
    with triton_service(three) as user:
        wanted = user.wants(scale_model)
        futures = [user.submit(wanted, X + i) for i in range(300)]
        kill(three["two"])
        for i, future in enumerate(futures):
            np.testing.assert_array_equal(future.result(LIMIT)["y"], 2 * (X + i))
        before = user.requests["two"]
        user.check(wanted, 100)
        assert user.requests["two"] == before
        assert user.messages.count("gets no requests for 'scale' until it works again") == 1


def test_a_server_that_stands_still_costs_a_deadline_and_is_used_again_when_it_goes_on(three, scale_model):
    with triton_service(three) as user:
        wanted = user.wants(scale_model)
        stop(three["one"])
        try:
            began = time.monotonic()
            user.check(wanted, 30, timeout=1.0)
            assert time.monotonic() - began < 4
        finally:
            os.kill(three["one"].pid, signal.SIGCONT)
        before, deadline = user.requests["one"], time.monotonic() + 15
        while user.requests["one"] == before:
            user.check(wanted, 3)
            assert time.monotonic() < deadline, user.messages
            time.sleep(0.05)


def test_the_only_server_is_waited_for_when_it_is_started_again(server_options, scale_model):
    with LocalServer.start(server_options) as server:
        port = server.grpc_port
        with triton_service({"one": server}) as user:
            wanted = user.wants(scale_model)
            kill(server)
            futures = [user.submit(wanted, X + i, timeout=10.0) for i in range(20)]
            server.stop()  # what is left of it
            with LocalServer.start(attrs.evolve(server_options, port=port)):
                for i, future in enumerate(futures):
                    np.testing.assert_array_equal(future.result(LIMIT)["y"], 2 * (X + i))


def test_a_server_that_comes_back_with_another_model_gets_no_requests(server_options, scale_model, tmp_path):
    with LocalServer.start(server_options) as server:
        port = server.grpc_port
        with triton_service({"one": server}) as user:
            wanted = user.wants(scale_model)
            kill(server)
            server.stop()  # what is left of it
            options = attrs.evolve(server_options, port=port, models=[write_scale(tmp_path, factor=3.0)])
            with LocalServer.start(options):
                with pytest.raises(ExternalFailure, match="it is another model"):
                    user.submit(wanted, timeout=1.0).result(LIMIT)


def test_when_all_fails_the_exception_names_each_try(server_options, scale_model):
    with LocalServer.start(server_options) as one, LocalServer.start(server_options) as two:
        with triton_service({"one": one, "two": two}) as user:
            wanted = user.wants(scale_model)
            for server in (one, two):
                stop(server)
            began = time.monotonic()
            with pytest.raises(ExternalFailure) as raised:
                user.submit(wanted, timeout=0.5).result(LIMIT)
            assert time.monotonic() - began < 0.5 * 4 + 1
    text = raised.value.message
    assert text.startswith("SonicCallFailed: the inference of the model 'scale' for the module 'tester' failed after ")
    for number, name in enumerate(("one", "two"), 1):
        assert f"{number}. {name} (127.0.0.1:" in text and f"\n  {name} (127.0.0.1:" in text
    assert "DEADLINE_EXCEEDED" in text and "after 0.5" in text


@pytest.mark.parametrize("tries, retries", [(1, retry_actions(1)), (3, retry_actions(3)), (2, (SAME,))])
def test_no_more_than_the_allowed_tries_are_made(server_options, scale_model, tries, retries):
    with LocalServer.start(server_options) as server, triton_service({"one": server}) as user:
        wanted = user.wants(scale_model)
        stop(server)
        with pytest.raises(ExternalFailure, match=f"failed after {tries} tr"):
            user.submit(wanted, retries=retries, timeout=0.5).result(LIMIT)


def test_an_overloaded_server_is_asked_again(server_options, tmp_path):
    """A queue for one request: the others are refused, and come again later."""
    queue = "dynamic_batching { max_queue_delay_microseconds: 20000 default_queue_policy { max_queue_size: 1 } }"
    folder = write_scale(tmp_path, extra=queue)
    with LocalServer.start(attrs.evolve(server_options, models=[folder])) as server:
        with triton_service({"one": server}) as user:
            user.check(user.wants(folder), 40, retries=retry_actions(1), timeout=30.0)
            assert user.requests == {"one": 40} and "gets no requests" not in user.messages


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_request_is_lost_whatever_happens_to_servers(three, server_options, scale_model, seed):
    """Servers are killed, stopped, continued and started again at random while requests go on; one always works."""
    chance, servers, stopped, lost = random.Random(seed), dict(three), set(), {}
    ports = {name: server.grpc_port for name, server in servers.items()}
    ended = threading.Event()

    def harm() -> None:
        while not ended.wait(chance.uniform(0.1, 0.5)):
            name = chance.choice(["one", "two"])  # "three" is left alone
            if name in lost:
                servers[name] = LocalServer.start(attrs.evolve(server_options, port=ports[name]))
                del lost[name]
            elif name in stopped:
                os.kill(servers[name].pid, signal.SIGCONT)
                stopped.remove(name)
            elif chance.random() < 0.5:
                kill(servers[name])
                servers[name].stop()  # what is left of it
                lost[name] = servers[name]
            else:
                stop(servers[name])
                stopped.add(name)

    thread = threading.Thread(target=harm)
    with triton_service(dict(three)) as user:
        wanted = user.wants(scale_model)
        thread.start()
        try:
            end = time.monotonic() + 10
            while time.monotonic() < end:
                user.check(wanted, 20, timeout=1.0)
        finally:
            ended.set()
            thread.join()
            for name in stopped:
                os.kill(servers[name].pid, signal.SIGCONT)
            for server in servers.values():
                server.stop()
        assert sum(user.requests.values()) > 200
