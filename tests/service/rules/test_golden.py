"""The rules of every target for every profile are those that were last reviewed."""

import pytest

from sightline.readiness.targets import TARGETS
from sightline.readiness.targets.target import Target
from tests.service.rules.golden import FOLDER, PROFILES, file_of, text


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
def test_the_rules_are_as_reviewed(target: Target, name: str) -> None:
    file = file_of(target, name)
    assert file.exists(), f"{file} is not there: run `make golden`, and read what it wrote"
    assert text(target, name) == file.read_text(), "the rules have changed: run `make golden`, and read the difference"


def test_no_reviewed_rules_are_left_of_targets_that_are_gone() -> None:
    assert {folder.name for folder in FOLDER.iterdir() if folder.is_dir()} == set(TARGETS)
