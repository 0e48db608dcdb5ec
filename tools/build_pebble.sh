#!/bin/sh
# Build Pebble, Let's Encrypt's small ACME server, and its DNS server for tests into .build/bin.
set -eu
cd "$(dirname "$0")/.."

if ! command -v go >/dev/null; then
    echo "error: building Pebble needs Go 1.19 or newer" >&2
    echo >&2
    echo "hint: sudo apt-get install golang-go" >&2
    exit 69
fi

# Debian 12 has Go 1.19, which 2.4.0 is the last to build with; linkers since Go 1.23 refuse what 2.4.0 stands on.
minor=$(go env GOVERSION | sed -E 's/^go1\.([0-9]+).*/\1/')
if [ "$minor" -lt 21 ]; then version=v2.4.0; else version=v2.5.1; fi

mkdir -p .build/bin
GOBIN="$PWD/.build/bin" GOFLAGS=-buildvcs=false go install \
    "github.com/letsencrypt/pebble/v2/cmd/pebble@$version" \
    "github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv@$version"
