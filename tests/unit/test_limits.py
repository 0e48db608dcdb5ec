"""What is said twice, for people and for the front door, is the same."""

from dataclasses import asdict

import msgspec

from sightline import config
from sightline.media import front_door


def test_the_limits_of_the_settings_are_those_of_the_front_door() -> None:
    assert asdict(config.settings.Limits()) == msgspec.to_builtins(front_door.Limits())
