"""Names of requests."""

import pytest

from olbuild.testing.serving import Served


def test_a_request_has_a_name_of_its_own(server: Served) -> None:
    names = {server.ask("GET", "/healthz").headers["x-request-id"] for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("req_") for name in names)


def test_a_good_name_of_the_client_is_kept(server: Served) -> None:
    assert server.ask("GET", "/healthz", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"


@pytest.mark.parametrize("name", ["a b", "x" * 200, "<script>", ""])
def test_another_one_is_not(server: Served, name: str) -> None:
    assert server.ask("GET", "/healthz", headers={"x-request-id": name}).headers["x-request-id"] != name


def test_errors_of_anthropics_api_say_it(server: Served) -> None:
    reply = server.ask("POST", "/v1/messages", {}, {"x-request-id": "abc-1"})
    assert (reply.status, reply.json()["request_id"], reply.headers["x-request-id"]) == (400, "abc-1", "abc-1")
