"""The steps that tests count grow as the work does."""

import re

from tests.counting import instructions, regex_steps


def test_instructions_grow_with_the_work():
    def work(size):
        return instructions(lambda: [n for n in range(size)])  # noqa: C416

    assert 3.5 < (work(4000) - work(0)) / (work(1000) - work(0)) < 4.5


def test_steps_of_a_regular_expression_show_that_it_goes_back():
    plain, backwards = re.compile("[a-z]+"), re.compile("([a-z]+)?[a-z]+[0-9]")

    def growth(pattern):
        return regex_steps(pattern, "a" * 400) / regex_steps(pattern, "a" * 100)

    assert growth(plain) < 4.1
    assert growth(backwards) > 12
