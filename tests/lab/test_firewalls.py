"""What each firewall lets pass and what not, with plain sockets, before any browser looks at it."""

import base64
import socket
import ssl
import subprocess

import pytest

from lab.addresses import NAT64_PREFIX, SERVER_IPV4, SERVER_NAME
from lab.programs import PROXY_PASSWORD, PROXY_USER
from lab.topology import Box, Side, Topology
from tests.lab.conftest import Build
from tests.lab.plain_sockets import ADDRESS, Sockets, sockets, waiting

TCP_PORTS = {22, 80, 443, 3478, 5060, 5223, 5349, 7400, 24000}
UDP_PORTS = {53, 443, 3478, 4201, 5060, 24000, 50000}


@pytest.mark.parametrize(
    ("topology", "tcp", "udp"),
    [
        ("open", TCP_PORTS, UDP_PORTS),
        ("port-restricted", TCP_PORTS, UDP_PORTS),
        ("udp-blocked", TCP_PORTS, set()),
        ("only-443", {443}, {443}),
        ("only-tcp-443", {443}, set()),
        ("proxy", set(), set()),
        ("proxy-password", set(), set()),
        ("inspected", {443}, set()),
        ("eschat", {80, 443, 7400, 5223}, {4201}),
        ("glarassist", {80, 443}, {3478}),
        ("remotespark", {443, 3478, 5349}, {3478}),
        ("whereby", {443}, UDP_PORTS - {53}),
        ("worklink", {80, 443, 3478, 5060, 5349, 24000}, {443, 3478, 5060, 24000, 50000}),
    ],
)
def test_a_firewall_lets_pass_this_and_nothing_else(build: Build, topology: str, tcp: set[int], udp: set[int]) -> None:
    built = build(topology)
    with sockets(built.room) as net:
        assert passing_udp(net, udp) == udp
        assert passing_tcp(net, tcp) == tcp


def passing_udp(net: Sockets, expected: set[int]) -> set[int]:
    """Those that should arrive are waited for; by then the others would be there too."""
    receivers = {port: net.udp("server", port) for port in UDP_PORTS}
    for port in UDP_PORTS - expected:
        net.udp("worker").sendto(b"?", (SERVER_IPV4, port))
    for port in expected:
        net.udp("worker").sendto(b"?", (SERVER_IPV4, port))
    arrived = {port for port in expected if receivers[port].recv(10)}
    return arrived | {port for port, receiver in receivers.items() if waiting(receiver)}


def passing_tcp(net: Sockets, expected: set[int]) -> set[int]:
    """The same with connections."""
    listeners = {port: net.listening("server", port) for port in TCP_PORTS}
    for port in [*(TCP_PORTS - expected), *expected]:
        attempt = net.tcp("worker")
        attempt.setblocking(False)
        attempt.connect_ex((SERVER_IPV4, port))
    arrived = {port for port in expected if net.accepted(listeners[port])}
    return arrived | {port for port, listener in listeners.items() if has_arrived(listener)}


def has_arrived(listener: socket.socket) -> bool:
    listener.setblocking(False)
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def test_deep_inspection_lets_tls_through_and_resets_everything_else(build: Build) -> None:
    built = build("inspected")
    with sockets(built.room) as net:
        listener = net.listening("server", 443)
        worker = net.tcp("worker")
        worker.connect((SERVER_IPV4, 443))
        server = net.accepted(listener)
        worker.sendall(b"\x16\x03\x01\x00\x05hello")
        assert server.recv(100) == b"\x16\x03\x01\x00\x05hello"
        server.sendall(b"\x16\x03\x03answer")
        assert worker.recv(100) == b"\x16\x03\x03answer"
        worker.sendall(b"\x00what follows is encrypted and looks like anything")
        assert server.recv(100).startswith(b"\x00what")

        for first_bytes in (b"GET / HTTP/1.1\r\n", b"\x00\x03\x00\x08\x21\x12\xa4\x42"):
            worker = net.tcp("worker")
            worker.connect((SERVER_IPV4, 443))
            worker.sendall(first_bytes)
            with pytest.raises(ConnectionResetError):
                worker.recv(100)


def test_the_proxy_tunnels_to_443_and_nowhere_else(build: Build) -> None:
    built = build("proxy")
    with sockets(built.room) as net:
        listener = net.listening("server", 443)
        assert asked(net, built.worker.first.proxy, f"CONNECT {SERVER_NAME}:22 HTTP/1.1\r\n\r\n")[1] == "403"
        worker, status = asked(net, built.worker.first.proxy, f"CONNECT {SERVER_NAME}:443 HTTP/1.1\r\n\r\n")
        assert status == "200"
        worker.sendall(b"through")
        assert net.accepted(listener).recv(10) == b"through"


def test_the_proxy_with_a_password_wants_it(build: Build) -> None:
    built = build("proxy-password")
    connect = f"CONNECT {SERVER_NAME}:443 HTTP/1.1\r\n"
    credentials = base64.b64encode(f"{PROXY_USER}:{PROXY_PASSWORD}".encode()).decode()
    with sockets(built.room) as net:
        net.listening("server", 443)
        assert asked(net, built.worker.first.proxy, f"{connect}\r\n")[1] == "407"
        told = f"{connect}Proxy-Authorization: Basic {credentials}\r\n\r\n"
        assert asked(net, built.worker.first.proxy, told)[1] == "200"


def asked(net: Sockets, proxy: str | None, request: str) -> tuple[socket.socket, str]:
    """The connection and the status that came back."""
    assert proxy is not None, "this topology has one"
    host, port = proxy.rsplit(":", 1)
    worker = net.tcp("worker")
    worker.connect((host, int(port)))
    worker.sendall(request.encode())
    return worker, worker.recv(4096).split()[1].decode()


def test_intercepted_tls_bears_the_companys_certificate_and_carries_what_is_not_http(build: Build) -> None:
    built = build("intercepted")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={SERVER_NAME}"]
    files = ["-keyout", "/run/lab/key.pem", "-out", "/run/lab/cert.pem"]
    built.room.run([*made, *files])
    with sockets(built.room) as net:
        listener = net.listening("server", 443)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(built.room.folder / "cert.pem", built.room.folder / "key.pem")
        # Another program is the worker: two ends of one handshake in one thread would wait for each other.
        asks = ["openssl", "s_client", "-connect", f"{SERVER_NAME}:443", "-servername", SERVER_NAME, "-ign_eof"]
        worker = built.room.start(
            asks, "worker", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        server = context.wrap_socket(net.accepted(listener), server_side=True)
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write("\x00\x03 not HTTP at all\n")
        worker.stdin.flush()
        assert server.recv(100) == b"\x00\x03 not HTTP at all\n"
        server.sendall(b"nor is this\n")
        said = ""
        for line in worker.stdout:
            said += line
            if "nor is this" in line:
                break
        server.close()
    assert "CN = mitmproxy" in said


def test_a_narrowed_rule_in_mid_call_bites_and_can_be_taken_back(build: Build) -> None:
    built = build("port-restricted")
    with sockets(built.room) as net:
        server, worker = net.udp("server", 443), net.udp("worker")
        worker.sendto(b"before", server.getsockname())
        built.forbid(built.worker.first, "meta l4proto udp drop")
        worker.sendto(b"forbidden", server.getsockname())
        built.allow_again(built.worker.first)
        worker.sendto(b"after", server.getsockname())
        assert server.recv(10) == b"before"
        assert server.recv(10) == b"after"


def test_an_ipv6_only_machine_reaches_ipv4_through_nat64_alone(build: Build) -> None:
    for name, reaches in (("nat64", True), ("ipv6-only", False)):
        built = build(name)
        with sockets(built.room) as net:
            listener = net.listening("server", 443)
            worker = net.tcp("worker", socket.AF_INET6)
            if not reaches:
                worker.settimeout(1)  # nobody answers, or a router says that there is no way: both are a refusal
                with pytest.raises(OSError, match=r"timed out|unreachable"):
                    worker.connect((NAT64_PREFIX + SERVER_IPV4, 443))
                continue
            worker.connect((NAT64_PREFIX + SERVER_IPV4, 443))
            assert net.accepted(listener).getpeername()[0].startswith("11."), "it comes from the box's IPv4 address"


def test_a_spare_uplink_carries_on_when_the_first_goes_down(build: Build) -> None:
    built = build("handover")
    with sockets(built.room) as net:
        server = net.udp("server", 4001)
        net.udp("worker").sendto(b"by Wi-Fi", server.getsockname())
        text, wifi = server.recvfrom(10)
        built.cut(built.worker.first, built.worker)
        net.udp("worker").sendto(b"by mobile", server.getsockname())
        text, mobile = server.recvfrom(10)
        assert text == b"by mobile"
        assert mobile[0] != wifi[0]


def test_the_rules_of_a_topology_of_ones_own(build: Build) -> None:
    """As the README says: a box, a side, a topology."""
    box = Box("firewall: only DNS", may_leave=(f"ip daddr {ADDRESS['other']} udp dport 53 accept",))
    built = build(Topology("mine", "only DNS", Side((box,))))
    with sockets(built.room) as net:
        assert passing_udp(net, set()) == set()
        other = net.udp("other", 53)
        net.udp("worker").sendto(b"?", other.getsockname())
        assert other.recv(10) == b"?"
