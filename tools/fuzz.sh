#!/usr/bin/env bash
# Fuzz every target of rust/fuzz for so many seconds each, from the seeds that are kept beside them.
set -eu
seconds=${1:-60}
cd "$(dirname "$0")/../rust/fuzz"
if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
  printf 'Fuzzing needs a nightly toolchain and cargo-fuzz:\n\n    rustup toolchain install nightly && cargo install cargo-fuzz --locked\n' >&2
  exit 1
fi
for target in $(cargo +nightly fuzz list); do
  echo "── $target, $seconds s"
  mkdir -p "corpus/$target"
  cargo +nightly fuzz run "$target" "corpus/$target" "seeds/$target" -- -max_total_time="$seconds" -print_final_stats=1 2>&1 |
    grep -E 'stat::|panicked|ERROR|SUMMARY' || true
  [ "${PIPESTATUS[0]}" -eq 0 ]
done
