"""What keeps names' addresses in nftables' sets: a shell script, and a systemd timer that runs it."""

from dataclasses import dataclass

from sightline.readiness.targets.target import File


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A name whose addresses belong into a set."""

    version: int
    set: str
    name: str


def refresher(stem: str, table: str, names: tuple[Refreshed, ...]) -> tuple[File, ...]:
    """The script, its service and its timer. They go beside the rules into /etc/sightline and to systemd."""
    if not names:
        return ()
    listed = "\n".join(f"{one.version} {one.set} {one.name}" for one in names)
    script = _SCRIPT.format(stem=stem, table=table, names=listed, kept_s=_KEPT_S)
    return (
        File(
            f"{stem}-names.sh",
            script,
            f"Looks names up and fills the sets. Put it beside {stem}.nft, into /etc/sightline.",
        ),
        File(
            f"{stem}-names.service",
            _SERVICE.format(stem=stem),
            "Runs the script. Put it into /etc/systemd/system.",
        ),
        File(
            f"{stem}-names.timer",
            _TIMER.format(stem=stem, every_s=_EVERY_S),
            f"Runs it every {_EVERY_S} s: systemctl enable --now {stem}-names.timer",
        ),
    )


_EVERY_S = 300  # Guess: many CDNs' names live for 60 to 300 s; faster would load the resolver for little
_KEPT_S = 3600  # Guess: longer than resolvers and clients keep an answer, so that nobody uses an address that is gone

# An element that is there already keeps its old timeout on Linux before 6.12; hence added, deleted and added anew, all
# in one transaction, in which no packet sees it missing. `getent ahostsv6` gives an IPv4 address of a name without
# IPv6 as ::ffff:…, which belongs into no set. A name that cannot be looked up now keeps the addresses it had.
_SCRIPT = """\
#!/bin/sh
# Puts the addresses of names into the sets of table inet {table}, each for {kept_s} s.
set -u
nft list table inet {table} >/dev/null 2>&1 || nft -f "$(dirname "$0")/{stem}.nft" || exit 1
failed=0
while read -r version set name; do
  found=$(getent "ahostsv$version" "$name" | cut -d ' ' -f 1 | sort -u)
  elements=
  for address in $found; do
    case "$version $address" in
      *[!0-9a-f:.\\ ]* | "6 ::ffff:"*) ;;
      "4 "*.* | "6 "*:*) elements="$elements $address" ;;
    esac
  done
  if [ -z "$elements" ]; then
    if [ "$version" = 4 ]; then
      echo "no address: $name" >&2
    fi
    continue
  fi
  for address in $elements; do
    printf 'add element inet {table} %s {{ %s }}\\n' "$set" "$address"
    printf 'delete element inet {table} %s {{ %s }}\\n' "$set" "$address"
    printf 'add element inet {table} %s {{ %s timeout {kept_s}s }}\\n' "$set" "$address"
  done | nft -f - || failed=1
done <<'NAMES'
{names}
NAMES
exit "$failed"
"""

_SERVICE = """\
[Unit]
Description=Addresses of names for {stem}
Wants=network-online.target
After=network-online.target nftables.service

[Service]
Type=oneshot
ExecStart=/bin/sh /etc/sightline/{stem}-names.sh
"""

_TIMER = """\
[Unit]
Description=Addresses of names for {stem}

[Timer]
OnActiveSec=0
OnBootSec=10
OnUnitActiveSec={every_s}

[Install]
WantedBy=timers.target
"""
