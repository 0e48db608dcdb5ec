#!/usr/bin/env bash
# Debian packages that only tests and measurements use. As root they are installed; otherwise the exact command is printed.
set -u
declare -A command_of=([chromium]=chromium [firefox-esr]=firefox-esr [openssl]=openssl [curl]=curl [golang-go]=go [coturn]=turnserver
  [iptables]=iptables [nftables]=nft [iproute2]=ip [procps]=sysctl [libnss3-tools]=certutil [mitmproxy]=mitmdump [squid]=squid [tayga]=tayga)
missing=()
for package in "${!command_of[@]}"; do
  command -v "${command_of[$package]}" >/dev/null || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  echo "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null && {
    # The programs are wanted, not the services that Debian starts with them.
    for service in coturn squid tayga; do
      [[ " ${missing[*]} " == *" $service "* ]] && systemctl disable --quiet --now "$service" 2>/dev/null
    done
    exit 0
  }
  echo "apt-get could not install them." >&2
fi
printf 'The tests need %s. Install with:\n\n    sudo apt-get update && sudo apt-get install %s\n\n' \
  "${missing[*]}" "${missing[*]}" >&2
exit 1
