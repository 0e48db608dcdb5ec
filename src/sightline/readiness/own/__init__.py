"""What this Sightline itself needs of a network: computed from its settings, so that it cannot lag behind them.

`deployment.py` is what is known of the running server, `requirements.py` makes the manifest of it, `words.py` says in
five languages what people notice when something is blocked.
"""

from sightline.readiness.own.deployment import Deployment, OtherServer
from sightline.readiness.own.requirements import own_manifest

__all__ = ["Deployment", "OtherServer", "own_manifest"]
