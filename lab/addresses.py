"""Who is where in the laboratory's internet, and by which name.

The addresses are taken from blocks that the real internet uses too: a relay refuses those that are kept for
documentation and tests, and nothing leaves a room.
"""

SERVER_NAME = "assist.example"
SERVER_IPV4, SERVER_IPV6 = "11.0.0.2", "2a0a:0:0:1::2"
OTHER_IPV4 = ("11.0.1.2", "11.0.2.2")
"""Other public machines, for whatever needs some."""
NAT64_PREFIX = "64:ff9b::"  # RFC 6052 §2.1
