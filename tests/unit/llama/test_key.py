"""The key of a compiled engine: the same for the same machine, another one when anything differs."""

import re
import string

from hypothesis import given
from hypothesis import strategies as st

from olbuild.core.records import replace
from olbuild.llama.install.key import SETTINGS, Machine, engine_key, this_machine

MACHINE = Machine(system="linux", architecture="x86_64", c_library="glibc2.36", features=frozenset({"avx2", "fma"}))
CHANGED = [
    replace(MACHINE, system="darwin"),
    replace(MACHINE, architecture="aarch64"),
    replace(MACHINE, c_library="glibc2.31"),
    replace(MACHINE, features=frozenset({"avx2"})),
    replace(MACHINE, features=frozenset({"avx2fma"})),
]


def test_everything_that_matters_changes_the_key() -> None:
    keys = [engine_key("0.3.36", machine) for machine in [MACHINE, *CHANGED]]
    keys.append(engine_key("0.3.37", MACHINE))
    keys += [engine_key("0.3.36", MACHINE, {name: "x"}) for name in SETTINGS]
    assert len(set(keys)) == len(keys)


def test_the_key_is_readable_and_stays_as_it_is() -> None:
    assert engine_key("0.3.36", MACHINE) == "0.3.36-linux-x86_64-glibc2.36-c6e25154752c7e08"


@given(st.permutations(["avx2", "fma", "sse4_2", "bmi2"]), st.permutations([("CC", "gcc"), ("CXX", "g++")]))
def test_order_does_not_matter(features: list[str], settings: list[tuple[str, str]]) -> None:
    ordered = replace(MACHINE, features=frozenset(sorted(features)))
    shuffled = replace(MACHINE, features=frozenset(features))
    assert engine_key("1", ordered, dict(sorted(settings))) == engine_key("1", shuffled, dict(settings))


@given(st.text(), st.text(), st.text(), st.text())
def test_the_key_is_the_name_of_a_folder(version: str, system: str, architecture: str, library: str) -> None:
    key = engine_key(version, Machine(system=system, architecture=architecture, c_library=library))
    assert set(key) <= set(string.ascii_letters + string.digits + "._-")
    assert re.search(r"[0-9a-f]{16}$", key)


def test_this_machine_is_known() -> None:
    machine = this_machine()
    assert machine == this_machine()
    assert machine.system in {"linux", "darwin"}
    assert machine.architecture
    assert machine.features
