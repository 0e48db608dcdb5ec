#!/usr/bin/env bash
# Fuzz every target of rust/fuzz, or those named, for so many seconds each, from the seeds that are kept beside them.
#
#     tools/fuzz.sh [SECONDS] [TARGET…]
set -eu
seconds=${1:-60}
cd "$(dirname "$0")/../rust/fuzz"
if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
  printf 'Fuzzing needs a nightly toolchain and cargo-fuzz:\n\n    rustup toolchain install nightly && cargo install cargo-fuzz --locked\n' >&2
  exit 1
fi
[ $# -gt 1 ] && targets="${*:2}" || targets=$(cargo +nightly fuzz list --fuzz-dir .)
said=$(mktemp)
trap 'rm -f "$said"' EXIT
for target in $targets; do
  echo "── $target, $seconds s"
  mkdir -p "corpus/$target"
  # Into a file and not a pipe: it is cargo's own status that counts, whatever grep finds in what it said.
  if ! cargo +nightly fuzz run --fuzz-dir . "$target" "corpus/$target" "seeds/$target" -- -max_total_time="$seconds" -print_final_stats=1 \
    >"$said" 2>&1; then
    tail -n 40 "$said" >&2
    printf '\n%s failed; what made it fail, if it was an input, lies in rust/fuzz/artifacts/%s.\n' "$target" "$target" >&2
    exit 1
  fi
  grep -E 'stat::' "$said" || true
done
