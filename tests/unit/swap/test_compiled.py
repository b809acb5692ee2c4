"""Loops are compiled even where the machine code can't be kept."""

from studio.swap.multigrid.compiled import compiled


def test_a_loop_without_a_place_for_its_machine_code_is_compiled_all_the_same():
    names = {}
    # Code that lies in no file has no cache folder, as an installation that can't be written to has none.
    exec("def double(number):\n    return 2 * number", names)
    loop = compiled(names["double"])
    assert loop(21) == 42
    assert loop.nopython_signatures
