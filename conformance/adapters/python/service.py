"""The calls of REST API V2: headers, registration, what is kept, and what to do when a call fails."""

import base64
import http.client
import json
import os
import urllib.parse
import uuid

# In seconds of the client's own time.
TIMEOUT = 20
# In real seconds: less than that and a busy machine looks like a broken service.
SHORTEST_TIMEOUT = 5
PAUSES_AFTER_TROUBLE = [2, 4, 8]  # then it is given up
PAUSES_AFTER_THROTTLING = [2, 4, 8, 16, 32, 32]


class Failure(Exception):
    """A call did not come to anything; the text is for the viewer."""

    def __init__(self, text, error=None):
        super().__init__(text)
        self.error = error or {}


class Storage:
    """What survives a relaunch: one JSON file, replaced as a whole."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "pass.json")
        try:
            with open(self.path, encoding="utf-8") as file:
                self.kept = json.load(file)
        except (OSError, ValueError):
            self.kept = {}

    def get(self, key, default=None):
        return self.kept.get(key, default)

    def put(self, **values):
        self.kept.update(values)
        draft = self.path + ".tmp"
        with open(draft, "w", encoding="utf-8") as file:
            json.dump(self.kept, file)
        os.replace(draft, self.path)


class Service:
    """The calls of REST API V2: headers, registration, and what to do when a call fails."""

    def __init__(self, hello, harness, clock, storage, partner=None):
        self.hello = hello
        self.partner = partner
        self.harness = harness
        self.clock = clock
        self.storage = storage
        self.root = "/api/v2/" + quote(hello["service_provider"])
        # Credentials belong to a software statement and an environment.
        issuer = [hello["base_url"], hello["software_statement"]]
        if storage.get("issuer") != issuer:
            storage.put(issuer=issuer, credentials=None, token=None)

    # -- what is sent ------------------------------------------------------------------------

    def device_identifier(self):
        """Made once and kept: with another one the service would see another device."""
        if not self.storage.get("device_id"):
            self.storage.put(device_id=str(uuid.uuid4()))
        return "fingerprint " + encode(self.storage.get("device_id"))

    def device_info(self):
        return encode(json.dumps({
            "primaryHardwareType": "SetTopBox",
            "model": "Example Box",
            "version": "1.0",
            "manufacturer": "Example",
            "vendor": "Example",
            "osName": "Linux",
            "osFamily": "Linux",
            "osVersion": "6.1",
            "connectionType": "LAN",
            "connectionSecure": "true",
            "applicationId": self.hello["service_provider"],
        }))

    def headers(self, token):
        headers = {"Accept": "application/json", "User-Agent": "ExampleClient/1.0 (Linux)",
                   "X-Device-Info": self.device_info()}
        if token:
            headers["Authorization"] = "Bearer " + token
            headers["AP-Device-Identifier"] = self.device_identifier()
        return headers

    def sign_on_headers(self, path):
        """Who the viewer is beyond this device, for the calls that have a header for it. A subject:
        sessions, profiles (but not by code), decisions and logouts. A partner's status: the same
        without sessions and logouts, and the partner's own."""
        known = self.hello.get("single_sign_on") or {}
        if not path.startswith(self.root):
            return {}
        kind, _, rest = path[len(self.root) + 1:].partition("/")
        kind, headers = kind.partition("?")[0], {}
        with_partner = rest.startswith("sso/")
        if self.partner and (with_partner or kind in ("profiles", "decisions")):
            headers["AP-Partner-Framework-Status"] = self.partner.header()
        if rest.startswith("code/"):
            return {}
        if with_partner or kind not in ("sessions", "profiles", "decisions", "logout"):
            return headers
        if kind == "sessions" and rest:
            return headers
        if known.get("service_token"):
            headers["AD-Service-Token"] = known["service_token"]
        if known.get("platform_identity"):
            headers[known["platform_identity"]["header"]] = known["platform_identity"]["token"]
        return headers

    def send(self, method, path, form=None, body=None, token=None, headers=None):
        """One request. Returns status and JSON; status 0 stands for no usable answer."""
        headers = {**self.headers(token), **self.sign_on_headers(path), **(headers or {})}
        data = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            data = urllib.parse.urlencode(form)
        elif body is not None:
            headers["Content-Type"] = "application/json;charset=utf-8"
            data = json.dumps(body)
        base = urllib.parse.urlsplit(self.hello["base_url"])
        kind = http.client.HTTPSConnection if base.scheme == "https" else http.client.HTTPConnection
        # A connection takes real time, however fast the client's own runs.
        connection = kind(base.netloc, timeout=max(SHORTEST_TIMEOUT, self.clock.real(TIMEOUT)))
        try:
            connection.request(method, base.path.rstrip("/") + path, data, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict):
            # A refusal may come without JSON; a success may not.
            return (0, {}) if answer.status < 300 else (answer.status, {})
        return answer.status, parsed

    # -- registration ------------------------------------------------------------------------

    def token(self):
        """An access token that has not expired: the kept one while it lasts, else a fresh one."""
        token, now = self.storage.get("token"), self.clock.now()
        if token:
            life = token["expires"] - token["received"]
            if now < token["expires"] - min(60, life / 10):
                return token["value"]
        may_be_stale = bool(self.storage.get("credentials"))
        try:
            return self.fetch_token()
        except Failure as failure:
            # Credentials do not expire, but they can be revoked.
            if not may_be_stale or failure.error.get("error") != "invalid_client":
                raise
        self.storage.put(credentials=None)
        return self.fetch_token()

    def fetch_token(self):
        credentials = self.storage.get("credentials") or self.register()
        answer = self.call("POST", "/o/client/token", "register this app", protected=False,
                           needs="access_token", form={
                               "client_id": credentials["client_id"],
                               "client_secret": credentials["client_secret"],
                               "grant_type": "client_credentials"})
        now = self.clock.now()
        self.storage.put(
            token={"value": answer["access_token"], "received": now,
                   "expires": now + answer["expires_in"]},
            # How far the service's clock is ahead of ours; a TV's idea of the date is often wrong.
            ahead=answer.get("created_at", now * 1000) / 1000 - now)
        return answer["access_token"]

    def register(self):
        answer = self.call("POST", "/o/client/register", "register this app", protected=False,
                           needs="client_id",
                           body={"software_statement": self.hello["software_statement"]})
        credentials = {"client_id": answer["client_id"], "client_secret": answer["client_secret"]}
        self.storage.put(credentials=credentials)
        return credentials

    def service_time(self):
        """The service's present time in seconds, as well as this device knows it."""
        return self.clock.now() + self.storage.get("ahead", 0)

    # -- calls, and what becomes of those that fail --------------------------------------------

    def call(self, method, path, purpose, protected=True, needs=None, poll=False, **content):
        """Sends a call until it is answered, as often as makes sense, and returns the answer's
        JSON. `needs` is a field without which an answer is no answer. After trouble with a poll, the
        next poll is the repetition."""
        trouble = iter([] if poll else PAUSES_AFTER_TROUBLE)
        throttling = iter(PAUSES_AFTER_THROTTLING)
        renewed = set()
        while True:
            token = self.token() if protected else None
            status, answer = self.send(method, path, token=token, **content)
            action = answer.get("action")
            if 200 <= status < 300 and (needs is None or needs in answer):
                return answer
            if status == 429:
                # One request a second is always allowed: wait longer than that.
                pause = next(throttling, None)
            elif status == 401 and protected:
                # A new token; only where the error says so, a new registration. Once each.
                what = "registration" if action == "application-registration" else "token"
                pause = None if what in renewed else 0
                renewed.add(what)
                self.storage.put(token=None)
                if what == "registration":
                    self.storage.put(credentials=None)
            elif status < 300 or action == "retry" or (status >= 500 and action != "configuration"):
                pause = next(trouble, None)
            else:
                # Understood and refused: asking again would not help.
                words = answer.get("details") or answer.get("message") or ""
                raise Failure(f"We could not {purpose}. {words}".strip(), answer)
            if pause is None:
                raise Failure(f"We could not {purpose}. Please try again later.",
                              {"status": status, "unavailable": status != 401})
            self.harness.pause(self.clock.real(pause))

    def get(self, path, purpose, **more):
        return self.call("GET", self.root + path, purpose, **more)

    def post(self, path, purpose, **more):
        return self.call("POST", self.root + path, purpose, **more)


def quote(text):
    return urllib.parse.quote(text, safe="")


def encode(text):
    return base64.b64encode(text.encode()).decode()
