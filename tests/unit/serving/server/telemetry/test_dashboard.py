"""The dashboard for Grafana shows metrics that are there."""

import json
import re
from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families

from olbuild.testing.serving import Served
from tests.tools import ROOT

DASHBOARD = ROOT / "docs" / "grafana" / "olbuild.json"
CHAT = {"model": "smol", "messages": [{"role": "user", "content": "Hi there you"}]}
_WORDS = re.compile(r"[a-z_][a-zA-Z0-9_]*")
_FUNCTIONS = {"sum", "by", "rate", "histogram_quantile", "label_values", "le", "le,"}


def metrics_of(expression: str) -> set[str]:
    """Return the names of metrics in an expression: what is neither a function, a label, nor within braces."""
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|by \([^)]*\)", " ", expression)
    if bare.startswith("label_values"):
        bare = bare.split(",")[0]
    return set(_WORDS.findall(bare)) - _FUNCTIONS


def labels_of(expression: str) -> set[str]:
    """Return the names of labels in an expression."""
    groups = re.findall(r"by \(([^)]*)\)", expression)
    matched = re.findall(r"[{,]\s*([a-z_]+)\s*=", expression)
    return {name.strip() for group in groups for name in group.split(",")} | set(matched)


def expressions() -> Iterator[str]:
    document = json.loads(DASHBOARD.read_text())
    for variable in document["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]
    for panel in document["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


def test_every_metric_and_every_label_is_there(server: Served) -> None:
    assert server.post("/v1/chat/completions", CHAT).status == 200
    text = server.ask("GET", "/metrics").data.decode()
    # A cancelled answer is counted once there is one, but its family is described from the beginning.
    samples = {sample.name: sample for family in text_string_to_metric_families(text) for sample in family.samples}
    described = {name for line in text.splitlines() if line.startswith("# TYPE ") for name in [line.split()[2]]}
    wanted = {name for expression in expressions() for name in metrics_of(expression)}
    assert len(wanted) > 15
    assert wanted <= set(samples) | described
    for expression in expressions():
        for name in metrics_of(expression) & set(samples):
            assert labels_of(expression) <= {*samples[name].labels, "le"}, expression


def test_every_metric_of_ours_is_shown() -> None:
    shown = {name for expression in expressions() for name in metrics_of(expression)}
    assert {"olbuild_requests_waiting", "olbuild_requests_running", "olbuild_kv_cache_usage_ratio"} <= shown


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert all(x < 24 for x, _ in cells)
        taken |= cells
