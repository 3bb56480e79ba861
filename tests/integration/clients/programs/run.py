"""Does the checks of a program beside it: ``run.py PROGRAM URL MODEL`` prints what each of them returned, as JSON."""

import json
import runpy
import sys
from collections.abc import Callable


def result(check: Callable[[], object]) -> object:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - the test says what it expected
        return f"{type(error).__name__}: {error}"


sys.argv = sys.argv[1:]
checks: list[Callable[[], object]] = runpy.run_path(sys.argv[0])["CHECKS"]
print(json.dumps({check.__name__: result(check) for check in checks}))
