"""How a NAT behaves (RFC 5780), asked by coturn's own program: it needs a second address and a second port."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.interop.coturn import program
from tests.interop.relay_server import RelayServer, relay_server
from tests.service.stun_client import ask_udp, attributes_of, binding_request
from tests.sightline_server import free_port

OTHER_ADDRESS = 0x802C


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayServer]:
    settings = f'second_address = "127.0.0.2"\nsecond_port = {free_port()}'
    with relay_server(tmp_path_factory.mktemp("relay"), settings) as running:
        yield running


def test_the_other_address_is_told(server: RelayServer) -> None:
    answer, _ = ask_udp(("127.0.0.1", server.port), binding_request())
    assert attributes_of(answer)[OTHER_ADDRESS][4:] == bytes([127, 0, 0, 2])


def test_no_nat_is_found_where_there_is_none(server: RelayServer) -> None:
    command = [program("turnutils_natdiscovery"), "-m", "-f", "-p", str(server.port), "127.0.0.1"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    assert "Endpoint Independent Mapping" in told, told
    assert "Endpoint Independent Filtering" in told, told
