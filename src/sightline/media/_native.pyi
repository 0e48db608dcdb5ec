"""The Rust data plane, as Python sees it. Only `sightline.media` imports it.

Settings go in and counters come out as JSON, so that both sides have one frozen value and no thirty-argument call.
Every call that waits releases the interpreter's lock.
"""

class FrontDoor:
    @staticmethod
    def open(settings: bytes) -> FrontDoor:
        """Bind every listener and start serving. `settings` is `media.front_door.Settings` as JSON.

        Raises ValueError that names the field, or OSError whose `filename` is the address that could not be bound.
        Nothing stays bound when it raises. TLS connections are refused until `set_certificates` is called."""

    def addresses(self) -> bytes:
        """What was bound, as JSON: [{"transport": "tcp"|"udp", "address": "[::]:8443", "is_local": false}]."""

    def set_certificates(self, chains: list[tuple[bytes, bytes]]) -> None:
        """Serve these (certificate chain PEM, private key PEM) from the next handshake on; chosen by SNI, the first
        one when no name matches. Raises ValueError that says what is wrong; then the old ones stay in use."""

    def obtain_certificate(self, request: bytes) -> bytes:
        """Get a certificate by ACME with TLS-ALPN-01 answered on our own listeners; blocks for up to a minute or so.

        `request`: {"directory": url, "directory_ca_pem": str|null, "names": [...], "contact": ["mailto:…"],
        "account": str|null}. Answer: {"account": str, "chain_pem": str, "key_pem": str}; the account is to be stored
        and given again next time. Raises OSError (not reached) or ValueError (refused: the server's own words)."""

    def counters(self) -> bytes:
        """Everything counted since the start, as one flat JSON object of name -> integer."""

    def relay_status(self) -> bytes:
        """Every allocation of the relay as JSON: a list of `media.front_door.Allocation`. Blocks for a moment."""

    def revoke_relay(self, user: str) -> int:
        """End every allocation of that user (a USERNAME, or its part after the timestamp); how many there were."""

    def next_event(self, timeout_s: float) -> bytes | None:
        """The next thing worth a log line, as JSON {"event": str, …}, or None. Events beyond 1,024 waiting are
        dropped and counted."""

    def close(self, grace_s: float) -> None:
        """Stop listening, let open connections finish for `grace_s`, then drop them. May be called twice."""
