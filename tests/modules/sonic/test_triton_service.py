from __future__ import annotations

import shutil
import time

import attrs
import pytest
from sonic_models import write_scale
from sonic_service import X, triton_service

from pyrun.framework.errors import CMSException, Configuration, ExternalFailure
from pyrun.modules.sonic.server.launch import LocalServer
from pyrun.modules.sonic.triton_service import FallbackParameters, ServerParameters, TritonService

NOWHERE = ("127.0.0.1", 1)  # nothing listens there


@pytest.fixture(scope="module")
def servers(triton, scale_model, tmp_path_factory):
    """Two servers with "scale"."""
    from pyrun.modules.sonic.server.launch import ServerOptions

    options = ServerOptions(models=[scale_model], executable="bundled", temp=tmp_path_factory.mktemp("servers"))
    with LocalServer.start(options) as one, LocalServer.start(options) as two:
        yield {"one": one, "two": two}


def service_of(*names: str, **fallback) -> TritonService:
    servers = [ServerParameters(name=name, address="127.0.0.1", port=8001) for name in names]
    return TritonService("", TritonService.Parameters(servers=servers, fallback=FallbackParameters(**fallback)))


@pytest.mark.parametrize("names, fallback", [(["a", "b", "a"], {}), (["fallback"], {"enable": True})])
def test_two_servers_of_one_name_are_refused(names, fallback):
    with pytest.raises(CMSException, match=repr(names[0])) as raised:
        service_of(*names, **fallback)
    assert raised.value.category == "DuplicateServer"


def test_requests_are_spread_over_all_servers_that_have_the_model(servers, scale_model):
    with triton_service(servers) as user:
        wanted = user.wants(scale_model)
        assert user.service.served(wanted).servers == ("one", "two")
        user.check(wanted, 200)
        assert user.requests == {"one": 100, "two": 100}


def test_a_slow_server_gets_fewer_requests(servers, scale_model, server_options, tmp_path):
    slow = write_scale(tmp_path, extra='parameters { key: "unused" value: { string_value: "" } }')
    with triton_service(servers) as user:
        wanted = user.wants(scale_model)
        pool = user.service._pool
        pool.servers["one"].outstanding += 50  # as if it took its time for them
        user.check(wanted, 20)
        assert user.requests == {"one": 0, "two": 20}
    assert slow.exists()


def test_the_preferred_server_gets_all_requests(servers, scale_model):
    with triton_service(servers) as user:
        user.check(user.wants(scale_model, preferred="two"), 20)
        assert user.requests == {"one": 0, "two": 20}


def test_others_do_if_the_preferred_server_does_not_exist(servers, scale_model):
    with triton_service(servers) as user:
        user.check(user.wants(scale_model, preferred="best"), 2)
        assert "PreferredServer" in user.messages and "'best'" in user.messages


def test_a_server_that_does_not_answer_is_left_out_with_a_warning(servers, scale_model):
    with triton_service({"dead": NOWHERE, "one": servers["one"]}) as user:
        user.check(user.wants(scale_model), 10)
        assert "The server dead (127.0.0.1:1) is not used" in user.messages
        assert user.requests == {"dead": 0, "one": 10}


def test_a_server_that_did_not_answer_is_used_when_it_does(servers, scale_model, server_options):
    with LocalServer.start(server_options) as late:
        port = late.grpc_port
    with triton_service({"one": servers["one"], "late": ("127.0.0.1", port)}) as user:
        wanted = user.wants(scale_model)
        with LocalServer.start(attrs.evolve(server_options, port=port)):
            deadline = time.monotonic() + 15
            while "late" not in user.requests or not user.requests["late"]:
                user.check(wanted, 2)
                assert time.monotonic() < deadline, user.messages
                time.sleep(0.05)
        assert "The server late" in user.messages and "answers now" in user.messages


def test_a_model_that_no_server_has_is_an_error_with_a_remedy(servers, tmp_path):
    folder = write_scale(tmp_path, "rare")
    with triton_service({"one": servers["one"], "dead": NOWHERE}) as user:
        with pytest.raises(ExternalFailure) as raised:
            user.wants(folder)
    assert raised.value.category == "MissingModel"
    for text in ("'rare'", "'tester'", "one (127.0.0.1", "has scale", "dead (127.0.0.1:1): does not answer",
                 "fallback.enable = True", f"pysonic -m {folder} start"):  # fmt: skip
        assert text in raised.value.message


def test_the_sites_balancer_is_one_more_server(servers, scale_model, monkeypatch):
    monkeypatch.setenv("SONIC_LOCAL_BALANCER_HOST", servers["one"].host)
    monkeypatch.setenv("SONIC_LOCAL_BALANCER_PORT", str(servers["one"].grpc_port))
    with triton_service({}) as user:
        user.check(user.wants(scale_model), 3)
        assert user.requests == {"SONIC_LOCAL_BALANCER": 3}


def test_a_balancer_with_a_wrong_port_is_refused(monkeypatch):
    monkeypatch.setenv("SONIC_LOCAL_BALANCER_HOST", "localhost")
    monkeypatch.setenv("SONIC_LOCAL_BALANCER_PORT", "http")
    with pytest.raises(Configuration, match="SONIC_LOCAL_BALANCER_PORT is 'http'"):
        service_of()


def test_another_model_of_the_same_name_is_not_used(servers, tmp_path):
    other = write_scale(tmp_path, factor=3.0)
    with triton_service({"one": servers["one"]}) as user:
        with pytest.raises(ExternalFailure, match="1/model.onnx has the MD5 [0-9a-f]{32} there, but [0-9a-f]{32} in"):
            user.wants(other)


def test_of_two_servers_the_one_with_another_model_is_not_used(servers, scale_model, server_options, tmp_path):
    options = attrs.evolve(server_options, models=[write_scale(tmp_path, factor=3.0)])
    with LocalServer.start(options) as wrong, triton_service({"wrong": wrong, "one": servers["one"]}) as user:
        user.check(user.wants(scale_model), 10)
        assert user.requests == {"wrong": 0, "one": 10}
        assert "it is another model" in user.messages


def test_a_version_that_the_server_does_not_have_is_an_error(servers, tmp_path):
    folder = write_scale(tmp_path, version=7)
    with triton_service({"one": servers["one"]}) as user:
        with pytest.raises(ExternalFailure, match="version 7 of the model is not there: it has 1"):
            user.wants(folder, version="7")


def test_a_server_may_have_an_older_version_than_the_job(servers, scale_model, tmp_path):
    """While a server is asked for its models, the job's latest version is looked at, which isn't there."""
    mine = shutil.copytree(scale_model, tmp_path / scale_model.name)
    write_scale(tmp_path, factor=3.0, version=2)
    with triton_service({"one": servers["one"]}) as user:
        wanted = user.wants(mine)
        assert user.service.served(wanted).versions == ("1",)
        user.check(wanted)


def test_without_a_version_the_one_that_the_server_runs_is_compared(server_options, tmp_path):
    """CMSSW compares nothing then, and would run version 2 of the server although the job's is version 1."""
    mine = write_scale(tmp_path / "mine")
    theirs = write_scale(tmp_path / "theirs")
    write_scale(tmp_path / "theirs", factor=3.0, version=2)
    policy = "version_policy: { all: {} }"
    for folder in (mine, theirs):
        (folder / "config.pbtxt").write_text((folder / "config.pbtxt").read_text() + policy)
    with LocalServer.start(attrs.evolve(server_options, models=[theirs])) as server:
        with triton_service({"one": server}) as user:
            with pytest.raises(ExternalFailure, match="uses version 2.*has version 1.*modelVersion = '1'"):
                user.wants(mine)
            user.check(user.wants(mine, version="1"))


def test_the_smallest_of_the_servers_batch_limits_counts(servers, scale_model, server_options, tmp_path):
    options = attrs.evolve(server_options, models=[write_scale(tmp_path, batch=16)])
    with LocalServer.start(options) as small, triton_service({"small": small, "one": servers["one"]}) as user:
        assert user.service.served(user.wants(scale_model)).max_batch_size == 16


def test_after_the_end_nothing_is_sent(servers, scale_model):
    with triton_service(servers) as user:
        wanted = user.wants(scale_model)
    assert user.submit(wanted, X).cancelled()
    user.service.jobEnded(None, None)
