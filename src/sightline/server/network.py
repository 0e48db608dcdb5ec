"""What this server knows of networks' needs: its own, and the profiles that come with it."""

from dataclasses import dataclass, field

from sightline.errors import RefusedError
from sightline.readiness.manifest import Manifest
from sightline.store.profiles import profiles


@dataclass(frozen=True, slots=True)
class NetworkNeeds:
    """`is_public`: the server's own may be seen without an account, as it is what a customer's IT is sent to."""

    own: Manifest
    is_public: bool = True
    others: dict[str, Manifest] = field(default_factory=profiles)

    def of(self, service: str) -> Manifest:
        """One service's. Raises RefusedError."""
        if service == self.own.service:
            return self.own
        if service in self.others:
            return self.others[service]
        known = ", ".join((self.own.service, *self.others))
        raise RefusedError("unknown_service", "There is no such service.", hint=f"There are: {known}.")
