#!/usr/bin/env bash
# Debian packages that only tests and measurements use. As root they are installed; otherwise the exact command is printed.
set -u
declare -A command_of=([chromium]=chromium [openssl]=openssl [curl]=curl [golang-go]=go [coturn]=turnserver [iptables]=iptables [nftables]=nft)
missing=()
for package in "${!command_of[@]}"; do
  command -v "${command_of[$package]}" >/dev/null || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  echo "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null && exit 0
  echo "apt-get could not install them." >&2
fi
printf 'The tests need %s. Install with:\n\n    sudo apt-get update && sudo apt-get install %s\n\n' \
  "${missing[*]}" "${missing[*]}" >&2
exit 1
