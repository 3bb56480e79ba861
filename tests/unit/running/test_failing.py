"""Errors that go through a pipe."""

import msgspec
import pytest

from olbuild.core import errors
from olbuild.core.errors import BusyError, EngineError, FormatError, OlbuildError, UnsupportedError
from olbuild.running.failing import failed, raised
from olbuild.running.requests import Failed

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, OlbuildError)]
OWN = {errors.ModelfileError, UnsupportedError, BusyError}


def through(error: OlbuildError) -> OlbuildError:
    return raised(msgspec.msgpack.decode(msgspec.msgpack.encode(failed(error)), type=Failed))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in OWN])
def test_an_error_comes_out_as_it_went_in(kind: type[OlbuildError]) -> None:
    error = through(kind("what", hint="how"))
    assert (type(error), error.message, error.hint) == (kind, "what", "how")


def test_what_some_errors_carry_comes_with_them() -> None:
    unsupported = through(UnsupportedError("no", capability="tools"))
    busy = through(BusyError("later", retry_after=2.5))
    assert isinstance(unsupported, UnsupportedError)
    assert unsupported.capability == "tools"
    assert isinstance(busy, BusyError)
    assert busy.retry_after == 2.5


def test_a_kind_of_another_room_is_the_nearest_known_one() -> None:
    class TemplateFailure(FormatError):
        pass

    assert type(through(TemplateFailure("broken"))) is FormatError


def test_a_kind_that_nobody_knows_is_an_engine_error() -> None:
    assert type(raised(Failed(kind="Future", message="x"))) is EngineError
    assert type(raised(Failed(kind="annotations", message="x"))) is EngineError
