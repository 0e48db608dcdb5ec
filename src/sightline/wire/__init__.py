"""Bytes and text to values and back: signalling, HTTP bodies, STUN, the PROXY header.

Pure: opens no socket, reads no clock, logs nothing, rolls no dice. What a peer sends becomes a frozen value
or a `ProtocolError`; nothing else leaves a decoder.

Start at `signalling.py` (what browser and server say to each other) or `api.py` (bodies of the HTTP API).
The TypeScript types in `web/src/signalling/types.ts` are generated from both; a test fails when they lag.
"""
