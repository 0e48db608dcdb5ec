"""The laboratory is what it says: each NAT translates as named, each firewall lets pass what it should, and nothing is
left behind. Needs root, as namespaces do.
"""
