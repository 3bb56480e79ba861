"""The contract type `door` of import-linter: only one room may import a library."""

from typing import cast

from grimp import ImportGraph
from importlinter import ContractCheck
from importlinter.contracts.protected import ProtectedContract
from importlinter.domain.imports import ModuleExpression


class DoorContract(ProtectedContract):
    """A protected contract that also holds while nobody imports the library, or before the room is built.

    import-linter itself takes either for a spelling mistake and stops.
    """

    type_name = "door"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 (import-linter's signature)
        """Check the door in a graph that knows both of its sides."""
        # import-linter turns these fields into sets of expressions when it reads them, which their types do not say.
        for side in (self.protected_modules, self.allowed_importers):
            for expression in cast("list[ModuleExpression]", side):
                if expression.expression not in graph.modules:
                    graph.add_module(expression.expression)
        return super().check(graph, verbose)
