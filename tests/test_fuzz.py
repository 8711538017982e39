"""A short run of the fuzzer with a fixed seed; ``make fuzz`` runs longer."""

from __future__ import annotations

import itertools

from tests.fuzz_package import judged, variants


def test_mutated_files_cost_a_sentence_at_most() -> None:
    tally, bad = judged(itertools.islice(variants(seed=20), 400))
    assert bad == []
    assert {"refused", "converted", "marked", "read"} <= tally.keys()
