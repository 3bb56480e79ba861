"""No module imports itself in a circle, imports for type checkers included."""

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest


def test_modules_import_in_no_circle() -> None:
    graph = grimp.build_graph("olbuild", cache_dir=None, exclude_type_checking_imports=False)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail("imported in a circle: " + " <- ".join(error.args[1]))
