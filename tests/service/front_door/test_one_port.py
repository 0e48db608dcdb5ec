"""Everything is answered on the same port number: other people's programs ask."""

import asyncio
import json
import socket
import ssl

import pytest
from websockets.asyncio.client import connect

from tests.service import stun_client
from tests.service.front_door.conftest import Running, make_certificate

FINGERPRINT_AND_UNKNOWN = b"\x7f\x01\x00\x04abcd"  # a comprehension-required attribute that nobody knows


async def run(*command: str, stdin: bytes = b"") -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(stdin), 20)
    assert process.returncode is not None
    return process.returncode, output.decode(errors="replace")


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
async def test_openssl_shakes_hands(running: Running, version: str) -> None:
    _, output = await run(
        "openssl", "s_client", version, "-connect", f"127.0.0.1:{running.port}", "-servername", "localhost",
        "-CAfile", str(running.certificate.chain), "-verify_return_error", "-brief",
    )  # fmt: skip
    assert "Verification: OK" in output
    assert f"TLSv1.{version[-1]}" in output


async def test_openssl_is_refused_an_old_tls(running: Running) -> None:
    code, output = await run(
        "openssl", "s_client", "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0", "-connect", f"127.0.0.1:{running.port}"
    )
    assert code != 0, output


async def test_curl_gets_a_page_over_tls(running: Running) -> None:
    code, output = await run(
        "curl", "-sS", "--cacert", str(running.certificate.chain), f"https://localhost:{running.port}/",
        "--resolve", f"localhost:{running.port}:127.0.0.1",
    )  # fmt: skip
    assert code == 0, output
    told = json.loads(output)
    assert told["scheme"] == "https"
    assert told["client"][0] == "127.0.0.1"
    assert told["server"] == ["127.0.0.1", running.port]


async def test_curl_gets_a_page_over_plain_http(running: Running) -> None:
    code, output = await run("curl", "-sS", f"http://127.0.0.1:{running.port}/")
    assert code == 0, output
    assert json.loads(output)["scheme"] == "http"


async def test_a_websocket_client_is_answered(running: Running) -> None:
    async with connect(f"wss://localhost:{running.port}/", ssl=running.tls, host="127.0.0.1") as socket_:
        await socket_.send("is anybody there")
        assert await socket_.recv() == "is anybody there"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_stun_is_answered(running: Running, transport: str, host: str) -> None:
    request = stun_client.binding_request()
    answer, own = await asyncio.to_thread(ask, running, transport, request, host)
    assert stun_client.mapped_address(request, answer) == own


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_an_unknown_attribute_is_named(running: Running, transport: str) -> None:
    request = stun_client.binding_request(FINGERPRINT_AND_UNKNOWN)
    answer, _ = await asyncio.to_thread(ask, running, transport, request)
    assert answer[:2] == b"\x01\x11"
    attributes = stun_client.attributes_of(answer)
    assert attributes[0x0009][2:4] == bytes([4, 20])
    assert attributes[0x000A][:2] == b"\x7f\x01"


def ask(running: Running, transport: str, request: bytes, host: str = "127.0.0.1") -> tuple[bytes, tuple[str, int]]:
    address = (host, running.port if host == "127.0.0.1" else running.port_ipv6)
    if transport == "udp":
        return stun_client.ask_udp(address, request)
    return stun_client.ask_tcp(address, request, running.tls if transport == "tls" else None)


async def test_stun_inside_tls_is_told_from_http_whatever_alpn_says(running: Running) -> None:
    """Firefox behind a proxy offers http/1.1 for TURN over TLS; browsers offer nothing for it when direct."""
    running.tls.set_alpn_protocols(["http/1.1"])
    request = stun_client.binding_request()
    answer, own = await asyncio.to_thread(ask, running, "tls", request)
    assert stun_client.mapped_address(request, answer) == own


async def test_a_client_hello_in_pieces_is_waited_for(running: Running) -> None:
    def shake_hands_slowly() -> str | None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = running.tls.wrap_bio(incoming, outgoing, server_hostname="localhost")
        with socket.create_connection(("127.0.0.1", running.port), timeout=10) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                try:
                    tls.do_handshake()
                    return tls.version()
                except ssl.SSLWantReadError:
                    for byte in outgoing.read():
                        plain.send(bytes([byte]))
                    incoming.write(plain.recv(65536))

    assert await asyncio.to_thread(shake_hands_slowly) == "TLSv1.3"


async def test_a_new_certificate_is_served_without_a_restart(running: Running) -> None:
    renewed = make_certificate(running.certificate.chain.parent, "renewed.test")
    running.door.set_certificates([renewed.pair()])
    pem = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", running.port))
    assert pem.strip() == renewed.chain.read_text().strip()


async def test_a_key_that_does_not_fit_is_refused_and_the_old_one_stays(running: Running) -> None:
    other = make_certificate(running.certificate.chain.parent, "other.test")
    with pytest.raises(ValueError, match="key"):
        running.door.set_certificates([(other.chain.read_bytes(), running.certificate.key.read_bytes())])
    pem = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", running.port))
    assert pem.strip() == running.certificate.chain.read_text().strip()
