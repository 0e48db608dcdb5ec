"""What the targets for Linux write is what nft, iptables-restore and sh take, whatever the manifest says; and the
kernel has it as it was meant."""

import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network

import pytest

from lab.room import Room, missing
from sightline.readiness.compile import rendered
from sightline.readiness.rulesets import nftables
from sightline.readiness.rulesets.containment import excess
from sightline.readiness.rulesets.verdict import Judge
from sightline.readiness.targets import TARGETS
from sightline.readiness.targets.losses import described
from sightline.readiness.targets.target import Order
from tests.service.rules.cases import cases

pytestmark = pytest.mark.skipif(missing() is not None, reason=f"NO RULES ARE LOADED HERE: {missing()}")

CASES = [case for case in cases(150) if not case.order.widen]


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with Room() as room:
        room.add_network("firewall")
        yield room


def test_the_kernel_has_nftables_rules_as_the_manifest_meant_them(room: Room) -> None:
    loaded = 0
    for case in CASES:
        rules = rendered(case.order, TARGETS["nftables"])
        if not rules.files:
            continue
        # So that the list of the kernel says by itself what passes.
        text = rules.files[0].text.replace('define otherwise = "accept"', 'define otherwise = "drop"')
        room.load_rules("firewall", text)
        room.load_rules("firewall", text)
        ruleset = nftables.read(room.run(["nft", "-j", "list", "ruleset"], "firewall"))
        room.load_rules("firewall", "flush ruleset\n")
        assert list(excess(ruleset, case.order.permits, case.order.site)) == [], f"{case}\n{text}"
        lost = {(loss.requirement, loss.what) for loss in rules.losses if loss.effect != "not_enforced"}
        judge = Judge(ruleset, case.order.site)
        for permit in case.order.permits:
            is_network = isinstance(permit.remote, IPv4Network | IPv6Network)
            if is_network and (permit.requirement.id, described(permit)) not in lost:
                assert judge.verdict(permit).outcome == "allowed", f"{case}: {described(permit)}\n{text}"
                loaded += 1
    assert loaded > 0


def test_loading_nftables_rules_twice_changes_nothing(room: Room) -> None:
    made = (rendered(case.order, TARGETS["nftables"]).files for case in CASES)
    text = next(files for files in made if files)[0].text
    room.load_rules("firewall", text)
    once = room.run(["nft", "list", "ruleset"], "firewall")
    room.load_rules("firewall", text)
    assert room.run(["nft", "list", "ruleset"], "firewall") == once
    assert "table inet sightline_" in once
    room.load_rules("firewall", "flush ruleset\n")


def test_the_shell_takes_the_refreshers_scripts() -> None:
    scripts = [
        file.text
        for case in CASES
        for file in rendered(case.order, TARGETS["nftables"]).files
        if file.name.endswith(".sh")
    ]
    assert scripts
    for script in scripts:
        done = subprocess.run(["sh", "-n"], input=script, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), script


def test_iptables_restore_takes_every_file(room: Room) -> None:
    tested = 0
    for case in CASES:
        for file in rendered(case.order, TARGETS["iptables"]).files:
            program = "iptables" if ".v4." in file.name else "ip6tables"
            room.run([f"{program}-restore", "--noflush", "--test"], "firewall", given=file.text)
            tested += 1
    assert tested > 0


def test_the_audit_sees_through_the_mark_that_the_customers_table_accepts(room: Room) -> None:
    made = next(case for case in CASES if "flags interval" in _nftables(case.order))
    customers = """
    table inet customer {
      chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        ct mark and 0x10000000 != 0 accept
      }
    }
    """
    room.load_rules("firewall", _nftables(made.order) + customers)
    both = nftables.read(room.run(["nft", "-j", "list", "ruleset"], "firewall"))
    room.load_rules("firewall", f"flush ruleset\n{customers}")
    theirs_alone = nftables.read(room.run(["nft", "-j", "list", "ruleset"], "firewall"))
    room.load_rules("firewall", "flush ruleset\n")
    assert both.then
    assert list(excess(both.then, made.order.permits, made.order.site)) == []
    networks = [one for one in made.order.permits if isinstance(one.remote, IPv4Network | IPv6Network)]
    assert {Judge(both, made.order.site).verdict(one).outcome for one in networks} == {"allowed"}
    assert {Judge(theirs_alone, made.order.site).verdict(one).outcome for one in networks} == {"undecidable"}


def _nftables(order: Order) -> str:
    files = rendered(order, TARGETS["nftables"]).files
    return files[0].text if files else ""
