"""A proxy auto-configuration file: these hosts directly, everything else through the proxy as before.

The browser's own `shExpMatch` lets `*` match dots and `isInNet` asks the DNS, so neither is used: hosts are compared
label by label, addresses number by number. What is data is one JSON literal.
"""

import json
import re
from collections.abc import Iterator

from sightline.readiness.permit import Name, Wildcard
from sightline.readiness.targets.bundles import Bundle, Member, Naming, bundled
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.proxied import anybody, carried, for_every_client
from sightline.readiness.targets.target import File, Order, Rules, Target

NAMING = Naming(names=True, wildcards=frozenset({"one_label", "subtree", "subtree_and_apex"}))


def render(order: Order) -> Rules:
    """The file of one order."""
    asked, losses = carried(order)
    found = bundled(anybody(asked), NAMING, _NAME_MOST)
    losses = (*losses, *found.losses, *for_every_client(asked))
    if not found.bundles:
        return Rules((), losses, found.too_wide)
    data = ",\n".join("  " + json.dumps(_rule(one)) for one in found.bundles)
    values = {"TITLE": comment(order.title, 60), "RULES": f"[\n{data}\n]", "PROXY_HERE": _proxy(order)}
    # At once: a title may be called RULES.
    text = re.sub("|".join(values), lambda found: values[found[0]], _PROGRAM)
    purpose = "Serve it to the browsers as application/x-ns-proxy-autoconfig, or merge its function into yours."
    return Rules((File(f"{order.service}.pac", text, purpose),), losses, found.too_wide)


def _rule(bundle: Bundle) -> dict[str, object]:
    return {
        "requirement": bundle.requirement.id,
        "ports": bundle.ports.ranges,
        "hosts": [item for each in bundle.members for item in _host(each)],
    }


def _host(member: Member) -> Iterator[dict[str, object]]:
    match member:
        case Name(text):
            yield {"name": text}
        case Wildcard(base, match):
            yield {"below": base, "match": match}
        case network:
            yield {"first": _words(network[0].packed), "last": _words(network[-1].packed)}


def _words(packed: bytes) -> list[int]:
    """Sixteen bits each, two for IPv4 and eight for IPv6: JavaScript's numbers hold no more than 53."""
    return [int.from_bytes(packed[at : at + 2], "big") for at in range(0, len(packed), 2)]


def _proxy(order: Order) -> str:
    # A host and a port have no quotes; JSON would escape them if they had.
    return json.dumps(f"PROXY {order.site.proxy}" if order.site.proxy else "PROXY proxy.invalid:8080")


_PROGRAM = """\
// TITLE: what it needs, past the proxy. Everything else goes where it went before:
var otherwise = PROXY_HERE;

var rules = RULES;

function FindProxyForURL(url, host) {
  return isDirect(url, host) ? "DIRECT" : otherwise;
}

function isDirect(url, host) {
  var port = portOf(url);
  var name = host.toLowerCase().replace(/^\\[|\\]$/g, "").replace(/\\.$/, "");
  var address = wordsOf(name);
  for (var i = 0; i < rules.length; i++) {
    if (isAmong(port, rules[i].ports)) {
      for (var j = 0; j < rules[i].hosts.length; j++) {
        if (isHost(rules[i].hosts[j], name, address)) return true;
      }
    }
  }
  return false;
}

function isHost(wanted, name, address) {
  if (wanted.first) return address !== null && isBetween(wanted.first, address, wanted.last);
  if (address !== null) return false;
  if (wanted.name) return name === wanted.name;
  if (name === wanted.below) return wanted.match === "subtree_and_apex";
  var tail = "." + wanted.below;
  var at = name.length - tail.length;
  if (at < 1 || name.indexOf(tail, at) !== at) return false;
  return wanted.match !== "one_label" || name.slice(0, at).indexOf(".") < 0;
}

function isAmong(port, ranges) {
  for (var i = 0; i < ranges.length; i++) {
    if (ranges[i][0] <= port && port <= ranges[i][1]) return true;
  }
  return false;
}

function isBetween(first, words, last) {
  return words.length === first.length && compared(first, words) <= 0 && compared(words, last) <= 0;
}

function compared(a, b) {
  for (var i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return 0;
}

function portOf(url) {
  var found = /^([a-z]+):\\/\\/[^\\/?#]*?(?::([0-9]+))?(?:[\\/?#]|$)/.exec(url.toLowerCase());
  if (!found) return 0;
  if (found[2]) return parseInt(found[2], 10);
  return found[1] === "http" || found[1] === "ws" ? 80 : found[1] === "https" || found[1] === "wss" ? 443 : 0;
}

function wordsOf(host) {
  var four = /^([0-9]{1,3})\\.([0-9]{1,3})\\.([0-9]{1,3})\\.([0-9]{1,3})$/.exec(host);
  if (four) {
    for (var i = 1; i < 5; i++) if (parseInt(four[i], 10) > 255) return null;
    return [four[1] * 256 + +four[2], four[3] * 256 + +four[4]];
  }
  if (host.indexOf(":") < 0 || !/^[0-9a-f:]+$/.test(host)) return null;
  var halves = host.split("::");
  var before = halves[0] ? halves[0].split(":") : [];
  var after = halves[1] ? halves[1].split(":") : [];
  var missing = 8 - before.length - after.length;
  if (halves.length > 2 || missing < 0 || (halves.length === 1 && missing > 0)) return null;
  var words = [];
  for (var b = 0; b < before.length; b++) words.push(parseInt(before[b], 16));
  for (var m = 0; m < missing; m++) words.push(0);
  for (var a = 0; a < after.length; a++) words.push(parseInt(after[a], 16));
  return words;
}
"""
_NAME_MOST = 60  # unused in the file; the rules are told apart by requirement and ports

TARGET = Target(
    "pac",
    "PAC file (proxy auto-configuration)",
    render,
    "Sends the service's hosts past the proxy. The firewall has to let them pass then: choose it as a target too. "
    "Browsers ask it for pages and WebSockets, and for TURN over TCP and TLS, never for UDP.",
    has_clients=False,
)
