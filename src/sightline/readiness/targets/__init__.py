"""One file per firewall: `render(requirements) -> Rules`, each escaping its own syntax and declaring its losses.

Pure, like all of `readiness`; a target knows nothing of another target.
"""
