"""What modules make when they are loaded is not walked again and again."""

import gc
import subprocess
import sys
from pathlib import Path

from gateway_graphql.cli.garbage import all_is_kept


def test_what_is_made_while_modules_are_loaded_is_never_walked():
    gc.unfreeze()
    try:
        with all_is_kept():
            was_enabled = gc.isenabled()
            made = [[]]
        walked = any(one is made for one in gc.get_objects())
    finally:
        gc.unfreeze()

    assert (False, True, False) == (was_enabled, gc.isenabled(), walked)


def test_the_collector_stays_off_where_it_was():
    gc.disable()
    try:
        with all_is_kept():
            pass

        assert not gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()


WORKER = """
import gc
from gateway_graphql.cli.worker import create_in_worker
walks = []
gc.callbacks.append(
    lambda phase, told: phase == "stop" and walks.append(told["generation"])
)
create_in_worker()
print(walks.count(2), gc.get_freeze_count() > 20 * len(gc.get_objects()))
"""


def test_a_worker_walks_what_it_has_made_once_and_never_again():
    supergraph = Path(__file__).parents[2] / "data" / "shop.graphql"
    told = subprocess.run(
        [sys.executable, "-c", WORKER],
        env={"GATEWAY_SUPERGRAPH": str(supergraph)},
        check=True,
        capture_output=True,
        text=True,
    )

    assert "1 True" == told.stdout.strip()
