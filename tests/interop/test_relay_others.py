"""Other relays, of which coturn is one: are they seen to live, and to die?"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from sightline.config import OtherRelay, Relay
from sightline.config.ice_url import ice_url
from sightline.errors import ServiceError
from sightline.relays.credentials import Credentials, time_limited
from sightline.server.relays import watch
from sightline.server.relays.check import check
from sightline.server.relays.desk import RelayDesk
from sightline.server.relays.providers import provider
from tests.interop.coturn import PASSWORD, SECRET, USER, Coturn
from tests.service.front_door.conftest import make_certificate
from tests.sightline_server import free_port

STATIC = Credentials(USER, PASSWORD)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("coturn")


@pytest.fixture(scope="module", params=[False, True], ids=["static", "shared_secret"])
def coturn(request: pytest.FixtureRequest, folder: Path) -> Iterator[Coturn]:
    certificate = make_certificate(folder)
    running = Coturn(folder / str(request.param), request.param, (certificate.chain, certificate.key))
    running.start()
    yield running
    running.kill()


def urls(coturn: Coturn) -> list[str]:
    return [
        f"stun:127.0.0.1:{coturn.port}",
        f"turn:127.0.0.1:{coturn.port}",
        f"turn:127.0.0.1:{coturn.port}?transport=tcp",
        f"turns:localhost:{coturn.tls_port}",
    ]


@pytest.mark.parametrize("way", range(4), ids=["stun", "udp", "tcp", "tls"])
async def test_a_relay_that_lives_answers_in_every_way(
    coturn: Coturn, folder: Path, way: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "localhost.crt"))
    made = time_limited(SECRET, "anna", asyncio.get_running_loop().time() + 2e9)
    assert await check(ice_url(urls(coturn)[way]), made if coturn.has_shared_secret else STATIC) > 0


@pytest.mark.parametrize("way", [1, 2], ids=["udp", "tcp"])
async def test_a_wrong_password_is_told_from_silence(coturn: Coturn, way: int) -> None:
    with pytest.raises(ServiceError, match="the credentials are refused"):
        await check(ice_url(urls(coturn)[way]), Credentials("ada", "wrong"))


async def test_a_certificate_that_browsers_would_refuse_is_refused(coturn: Coturn) -> None:
    with pytest.raises(ServiceError, match="TLS: CERTIFICATE_VERIFY_FAILED"):
        await check(ice_url(urls(coturn)[3]), STATIC)


async def test_a_plain_port_that_is_asked_for_tls_is_refused(coturn: Coturn) -> None:
    with pytest.raises(ServiceError):
        await check(ice_url(f"turns:localhost:{coturn.port}"), STATIC)


@pytest.mark.parametrize("url", ["turn:127.0.0.1:{}", "turn:127.0.0.1:{}?transport=tcp", "turns:127.0.0.1:{}"])
async def test_where_nobody_listens_nobody_lives(url: str) -> None:
    with pytest.raises(ServiceError, match="not reached"):
        await check(ice_url(url.format(free_port())), STATIC)


async def test_a_name_that_does_not_exist_is_not_reached() -> None:
    with pytest.raises(ServiceError, match=r"not reached|no answer"):
        await check(ice_url("turn:nobody.invalid"), STATIC)


async def test_a_name_that_cannot_exist_is_told() -> None:
    with pytest.raises(ServiceError, match="cannot be looked up"):
        await check(ice_url(f"turn:{'x' * 64}.example"), STATIC)


async def test_a_relay_that_dies_is_noticed_and_one_that_comes_back_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a quicker clock: the seconds between checks are those of `relays.health`."""
    monkeypatch.setattr("sightline.relays.health.EVERY_S", 0.05)
    monkeypatch.setattr("sightline.relays.health.AGAIN_AFTER_S", 0.05)
    monkeypatch.setattr(watch, "LOOK_S", 0.01)
    coturn = Coturn(folder / "mortal")
    coturn.start()
    away = OtherRelay(name="away", urls=(f"turn:127.0.0.1:{coturn.port}",), user=USER, secret=PASSWORD)
    desk = RelayDesk(Relay(), "own", [provider(away)])
    died = asyncio.Event()
    desk.on_death = lambda relay: died.set() if relay == "away" else None
    watching = asyncio.create_task(desk.watch.watch())
    try:
        async with asyncio.timeout(60):
            await until(desk, is_alive=True)
            assert not died.is_set()
            coturn.kill()
            await died.wait()
            assert desk.watch.state()[0].is_alive is False
            coturn.start()
            await until(desk, is_alive=True)
    finally:
        watching.cancel()
        coturn.kill()


async def until(desk: RelayDesk, *, is_alive: bool) -> None:
    while not any(each.is_alive is is_alive for each in desk.watch.state()):  # noqa: ASYNC110  only deaths are told
        await asyncio.sleep(0.01)
