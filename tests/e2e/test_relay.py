"""Calls of which no packet goes directly, in every way into the relay, and one whose relay dies."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright

from tests.e2e.conftest import launch, new_context
from tests.e2e.people import Expert, Guest, begin_call, timed
from tests.interop.coturn import SECRET, Coturn
from tests.sightline_server import BIN, SightlineServer

# A browser uses whichever relay suits it; these tests want to know of one. Where `wanted` fits none, all are taken.
ONLY = """
const wanted = new RegExp(%s);
const narrowed = (configuration) => {
  const fits = (server) => ({ ...server, urls: server.urls.filter((url) => wanted.test(url)) });
  const servers = configuration.iceServers.map(fits).filter((server) => server.urls.length);
  return servers.length ? { ...configuration, iceServers: servers } : configuration;
};
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration) { super(narrowed(configuration)); }
  setConfiguration(configuration) { super.setConfiguration(narrowed(configuration)); }
};
"""

# What the chosen pair of each link says of its relay.
RELAYED_BY = """async () => {
  for (const link of spiedLinks) {
    if (link.connectionState !== 'connected') continue;
    const reports = new Map();
    (await link.getStats()).forEach((report) => reports.set(report.id, report));
    for (const report of reports.values()) {
      const pair = report.type === 'transport' && reports.get(report.selectedCandidatePairId);
      const local = pair && reports.get(pair.localCandidateId);
      if (local) return [local.candidateType, local.relayProtocol, local.url];
    }
  }
  return null;
}"""

WAYS = {"udp": r"^turn:.*udp$", "tcp": r"^turn:.*tcp$", "tls": r"^turns:"}


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One that takes our own authority's certificate for TURN over TLS too: there a page's exception does not hold."""
    running = launch(playwright, "--ignore-certificate-errors")
    yield running
    running.close()


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    running = Coturn(tmp_path_factory.mktemp("coturn"), has_shared_secret=True)
    running.start()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, coturn: Coturn) -> Iterator[SightlineServer]:
    folder = tmp_path_factory.mktemp("server")
    settings = folder / "sightline.toml"
    settings.write_text(
        f"""
        [relay]
        only = true
        [[relays]]
        name = "away"
        kind = "shared_secret"
        urls = ["turn:127.0.0.1:{coturn.port}"]
        secret = "{SECRET}"
        """
    )
    running = SightlineServer(folder, "--config", str(settings))
    running.start()
    yield running
    assert running.stop() == 0, running.output
    assert "Traceback" not in running.output, running.output


class Pair:
    """An expert and a guest whose browsers know of the wanted relays only."""

    def __init__(self, browser: Browser, server: SightlineServer, password: str, wanted: str) -> None:
        self.contexts = [new_context(browser), new_context(browser, phone=True)]
        for context in self.contexts:
            context.add_init_script(ONLY % json.dumps(wanted))
        self.expert = Expert(self.contexts[0].new_page(), server)
        self.guest = Guest(self.contexts[1].new_page(), server)
        self.expert.sign_in("admin", password)

    def part(self) -> None:
        self.expert.clears_the_desk()
        assert not self.expert.faults + self.guest.faults
        for context in self.contexts:
            context.close()


def relays(server: SightlineServer) -> Any:
    command = [str(BIN / "sightline"), "relay", "status", "--format", "json", "--data", str(server.folder / "data")]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize("way", WAYS)
def test_a_call_through_our_relay(browser: Browser, server: SightlineServer, admin_password: str, way: str) -> None:
    # The other relay is spoken to over UDP: where that is wanted, it is told from ours by its port.
    wanted = WAYS["udp"].replace(".*", f".*:{server.port}.*") if way == "udp" else WAYS[way]
    pair = Pair(browser, server, admin_password, wanted)
    begin_call(pair.expert, pair.guest)
    pair.expert.sees_and_hears()
    pair.guest.sees_and_hears()
    for someone in (pair.expert, pair.guest):
        someone.sees_moving_picture(60)  # so that each allocation has carried its hundred packets
        assert someone.page.evaluate(RELAYED_BY)[:2] == ["relay", way]
    told = relays(server)
    assert {each["transport"] for each in told["allocations"]} == {way}
    carrying = [each for each in told["allocations"] if each["packets_to_peers"] > 100]
    assert len(carrying) >= 2, "both ends are relayed"
    assert {each["user"].partition(":")[2] for each in carrying} == {each["participant"] for each in told["handed_out"]}
    pair.part()


def test_the_relay_forgets_who_has_hung_up(browser: Browser, server: SightlineServer, admin_password: str) -> None:
    pair = Pair(browser, server, admin_password, WAYS["tcp"])
    begin_call(pair.expert, pair.guest)
    assert relays(server)["allocations"]
    pair.guest.tap("Leave")
    pair.expert.has_console()
    while relays(server)["allocations"]:
        pair.expert.page.wait_for_timeout(100)  # both browsers hang up on the relay, and the server takes it back
    pair.part()


def test_a_relay_that_dies_during_a_call_is_left_for_ours(
    browser: Browser, server: SightlineServer, admin_password: str, coturn: Coturn
) -> None:
    pair = Pair(browser, server, admin_password, rf":{coturn.port}\b")
    begin_call(pair.expert, pair.guest)
    pair.expert.sees_moving_picture()
    assert str(coturn.port) in pair.expert.page.evaluate(RELAYED_BY)[2]
    assert relays(server)["allocations"] == []
    links = (pair.expert.links(), pair.guest.links())
    coturn.kill()
    with timed("the other relay's death to a picture through ours"):
        for someone in (pair.expert, pair.guest):
            someone.page.wait_for_function(
                f"async () => {{ const it = await ({RELAYED_BY})(); return it && !it[2].includes(':{coturn.port}'); }}",
                timeout=90_000,
            )
        pair.expert.sees_and_hears()
        pair.guest.sees_and_hears()
    assert (pair.expert.links(), pair.guest.links()) == links, "the peer connections are those from before"
    told = relays(server)
    assert [each["is_alive"] for each in told["others"]] == [False]
    assert {relay for each in told["handed_out"] for relay in each["relays"]} == {"own"}
    assert len(told["allocations"]) >= 2
    pair.part()
