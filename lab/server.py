"""Sightline's server on a public machine of a room, as `sightline serve` starts it for daily use: port 443."""

from pathlib import Path

from lab.addresses import SERVER_IPV4, SERVER_IPV6, SERVER_NAME
from lab.room import INSIDE, Room
from tests.sightline_server import SightlineServer

NETWORK = "server"
CERTIFICATES = Path("sightline/data/certificates")


class PublicServer(SightlineServer):
    """Reached by its name alone. It ends with the room."""

    def __init__(self, room: Room, settings: str = "") -> None:
        super().__init__(INSIDE / "sightline")
        self.room, self.port, self.local_port = room, 443, 0
        folder = room.folder / "sightline"
        folder.mkdir()
        (folder / "sightline.toml").write_text(f"""
[listen]
public_url = "https://{SERVER_NAME}"
names = ["{SERVER_NAME}", "{SERVER_IPV4}", "{SERVER_IPV6}"]
{settings}
""")
        self.arguments = ("--config", str(INSIDE / "sightline" / "sightline.toml"))

    @property
    def local_url(self) -> str:
        """Nobody sits in front of this machine."""
        return self.https_url

    @property
    def https_url(self) -> str:
        return f"https://{SERVER_NAME}"

    @property
    def certificate(self) -> str:
        """Key and certificate in one file, as it is seen inside."""
        return str(INSIDE / CERTIFICATES / "server.pem")

    @property
    def authority(self) -> Path:
        """What a device has to trust, as it is seen from outside."""
        return self.room.folder / CERTIFICATES / "authority.crt"

    def command(self) -> list[str]:
        """It trusts its own authority, as everybody here does: coturn has a certificate of it, and is checked."""
        trust = f"SSL_CERT_FILE={INSIDE / CERTIFICATES / 'authority.crt'}"
        return self.room.command(["env", trust, *super().command()], NETWORK)

    def has_ended(self) -> None:
        """Called when the room is closed: what is left is to read what it said to the end."""
        assert self.process is not None, "it was started"
        self.process.wait()
        self._reader.join()
        assert self.process.stderr is not None, "it was asked for"
        self.process.stderr.close()
