"""The laboratory: networks in namespaces, with firewalls, NATs and proxies in front of real browsers.

`topologies` names the networks and is pure; `room` is the sealed place they are built in, `network` builds them,
`call` makes a call through one, `grid` writes down how all of them went. Start reading in `topology`.

It may import `sightline` and the people of `tests/e2e`, never the reverse.
"""
