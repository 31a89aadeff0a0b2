"""What modules make when they are loaded is not walked again and again."""

import gc

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
