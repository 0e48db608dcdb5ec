"""Firefox through our relay: two links of one page that may use nothing but it, and the frames that arrive."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.coturn import PASSWORD, USER
from tests.interop.firefox import Firefox, firefox
from tests.interop.relay_server import RelayServer, relay_server

# Draws a picture that changes, sends it from one link to the other, and waits until frames of it were decoded.
CALL = """
const [urls, username, credential] = args;
const configuration = { iceServers: [{ urls, username, credential }], iceTransportPolicy: 'relay' };
const links = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)];
const gathered = [];
links.forEach((link, index) => {
  link.onicecandidate = ({ candidate }) => {
    if (candidate?.candidate) gathered.push(candidate.candidate);
    links[1 - index].addIceCandidate(candidate ?? undefined).catch(() => {});
  };
});
const canvas = document.createElement('canvas');
const context = canvas.getContext('2d');
let number = 0;
const drawing = setInterval(() => {
  context.fillStyle = `hsl(${number++ * 20} 90% 50%)`;
  context.fillRect(0, 0, 300, 150);
}, 40);
for (const track of canvas.captureStream(25).getTracks()) links[0].addTrack(track);
await links[0].setLocalDescription();
await links[1].setRemoteDescription(links[0].localDescription);
await links[1].setLocalDescription();
await links[0].setRemoteDescription(links[1].localDescription);
let decoded = 0;
const until = performance.now() + 90000;
while (decoded < 20 && performance.now() < until) {
  await new Promise((done) => setTimeout(done, 200));
  (await links[1].getStats()).forEach((report) => {
    if (report.type === 'inbound-rtp') decoded = report.framesDecoded ?? 0;
  });
}
clearInterval(drawing);
const states = links.map((link) => link.iceConnectionState);
links.forEach((link) => link.close());
return { decoded, gathered, states };
"""

WAYS = {
    "udp": "turn:127.0.0.1:{}?transport=udp",
    "tcp": "turn:127.0.0.1:{}?transport=tcp",
    "tls": "turns:localhost:{}?transport=tcp",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayServer]:
    with relay_server(tmp_path_factory.mktemp("relay"), opens_loopback=False) as running:
        yield running


@pytest.fixture(scope="module")
def page(server: RelayServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    authority: Path = server.folder / "data" / "certificates" / "authority.crt"
    with firefox(tmp_path_factory.mktemp("firefox"), authority) as running:
        running.opens(server.local_url)
        yield running


@pytest.mark.parametrize("way", WAYS)
def test_frames_arrive_that_can_only_have_come_through_the_relay(server: RelayServer, page: Firefox, way: str) -> None:
    before = server.counters()
    told = page.runs(CALL, [WAYS[way].format(server.port)], USER, PASSWORD)
    assert told.get("decoded", 0) >= 20, told
    assert all(" relay " in f"{candidate} " for candidate in told["gathered"]), told
    after = server.counters()
    assert after["relay_packets_to_client"] - before["relay_packets_to_client"] > 20
    assert after["relay_allocations_made"] - before["relay_allocations_made"] >= 2
