"""Signing in through a partner's framework, such as that of Apple's devices: the viewer has named
their TV provider in the system settings, and the framework asks it on the app's behalf.

On a device the status and the responses come from the framework; here `hello` brings them.
"""

import base64
import json


class Partner:
    def __init__(self, known):
        self.name = known["name"]
        self.status = known["framework_status"]
        self.responses = list(known.get("saml_responses") or [])

    def header(self):
        """What the framework says, for the calls that want to know."""
        return base64.b64encode(json.dumps(self.status).encode()).decode()

    def may_sign_in(self, now):
        """Whether there is anything to ask the service for: the viewer lets the app know of a
        provider, and is still signed in with it. `now` is in seconds."""
        permission = self.status.get("frameworkPermissionInfo") or {}
        provider = self.status.get("frameworkProviderInfo") or {}
        if permission.get("accessStatus") != "granted" or not provider.get("id"):
            return False
        return now < int(provider.get("expirationDate") or 0) / 1000

    def respond(self, request):
        """What the provider answers to an authentication request: something else each time, and
        None when it does not answer."""
        return self.responses.pop(0) if self.responses else None
