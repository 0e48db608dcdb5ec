#!/usr/bin/env bash
# Is what `make serve` needs on this machine, and new enough? If not: what, which version, and how to get it.
set -u
problems=0

# name, least version, what prints the version, how to get it
need() {
  local name=$1 least=$2 command=$3 remedy=$4 found
  found=$($command 2>/dev/null | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1)
  if [ -z "$found" ]; then
    printf '  %s %s or newer is needed and was not found.\n      %s\n' "$name" "$least" "$remedy" >&2
    problems=1
  elif [ "$(printf '%s\n%s\n' "$least" "$found" | sort -V | head -n 1)" != "$least" ]; then
    printf '  %s %s or newer is needed; this is %s.\n      %s\n' "$name" "$least" "$found" "$remedy" >&2
    problems=1
  fi
}

need python3 3.11 'python3 --version' 'Debian: apt-get install python3 python3-venv'
need node 20.19 'node --version' 'From nodejs.org, or your distribution if it has it (Debian 12 has 18: too old)'
need npm 10.0 'npm --version' 'It comes with Node.js; with Debian: apt-get install npm'
need cargo 1.88 'cargo --version' 'With rustup from rustup.rs (Debian 12 has 1.63: too old)'
need cc 1.0 'cc --version' 'Debian: apt-get install build-essential'

if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  printf '  python3 cannot make environments (ensurepip is missing).\n      Debian: apt-get install python3-venv\n' >&2
  problems=1
fi
[ $problems -eq 0 ] || { printf '\nInstall the above, then run the same command again.\n' >&2; exit 1; }
