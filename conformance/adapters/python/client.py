#!/usr/bin/env python3
"""A small client of REST API V2, driven over standard input and output.

It is an example of two things: of an app that follows the cookbook, and of an adapter for
pass-conformance. Python 3.9 or newer, standard library only. Try it with

    pass-conformance run --client "python3 conformance/adapters/python/client.py"

    adapter.py   the conversation with the harness; use it as it is
    service.py   the calls of REST API V2; an app that has a client library uses that instead
    client.py    what the app does when the user does something
    partner.py, media_token.py    what an app has a framework and a backend for
"""

import urllib.parse

import media_token
from adapter import PROTOCOL, Clock, Harness, Quit
from partner import Partner
from service import Failure, Service, Storage, encode, quote

CAPABILITIES = ["browser", "second_screen", "picker", "preauthorize", "temp_pass", "degradation",
                "service_token", "platform_sso", "apple_sso", "media_token_check", "clock_speed"]

# In seconds of the client's own time.
POLL_INTERVAL = 15  # the older cookbook's recommendation; the newer one asks for three or more
CODE_LIFE = 30 * 60  # nobody polls for a code longer than this
CONFIGURATION_LIFE = 3 * 60
PAUSES_BETWEEN_DECISIONS = [2, 4]  # for single items whose error says "retry"
RESOURCES_PER_CALL = 5


class App:
    """What the app does when the user does something."""

    def __init__(self, hello, harness):
        self.hello = hello
        self.harness = harness
        self.storage = Storage(hello["storage_dir"])
        self.clock = Clock(hello.get("clock_speed", 1), hello.get("now"))
        partner = (hello.get("single_sign_on") or {}).get("partner")
        self.partner = Partner(partner) if partner else None
        self.service = Service(hello, harness, self.clock, self.storage, self.partner)
        if self.storage.get("service_provider") != hello["service_provider"]:
            self.storage.put(service_provider=hello["service_provider"], mvpd=None, profiles={})
        # What is known only as long as the app runs:
        self.profiles_checked = False
        self.configuration = None  # (when loaded, list of MVPDs)
        self.permits = set()  # preauthorized resources: for the catalogue, never for playing
        self.playing = None
        self.trial_ends = None  # by the service's clock, while a trial plays

    def serve(self):
        actions = {
            "launch": self.launch, "sign_in": self.sign_in, "switch_provider": self.sign_in,
            "request_new_code": self.request_new_code, "browse": self.browse, "play": self.play,
            "stop": self.stop, "foreground": self.foreground, "sign_out": self.sign_out,
        }
        while True:
            message = self.harness.next(timeout=self.trial_lasts())
            if message is None:
                self.end_trial()
                continue
            if message.get("type") != "do":
                continue  # news of a browser that nobody waits for any more
            id, action = message["id"], message.get("action")
            if action == "quit":
                self.harness.done(id)
                return
            if action not in actions:
                self.harness.send(type="unsupported", id=id)
                continue
            try:
                actions[action](message)
            except Failure as failure:
                self.explain(failure)
            self.harness.done(id)

    def explain(self, failure):
        if failure.error.get("action") == "authentication":
            self.lose_profile()
            self.harness.tell("sign_in_offered", f"{failure} Please sign in again.")
        else:
            self.harness.tell("error", str(failure))

    # -- who is signed in ----------------------------------------------------------------------

    def launch(self, _):
        """Before anything else: is somebody signed in?"""
        self.check_profiles()
        if self.signed_in_with():
            self.harness.show("signed_in", mvpd=self.signed_in_with())

    def foreground(self, _):
        """The viewer may have signed in or out elsewhere meanwhile."""
        before = self.signed_in_with()
        if before or self.hello.get("single_sign_on"):
            self.check_profiles()
            if before and not self.signed_in_with():
                self.harness.tell("sign_in_offered", "You are signed out. Sign in to go on.")
            elif self.signed_in_with() and not before:
                self.harness.show("signed_in", mvpd=self.signed_in_with())

    def check_profiles(self):
        mvpd = self.storage.get("mvpd")
        purpose = "check whether you are signed in"
        try:
            path = "/profiles/" + quote(mvpd) if mvpd else "/profiles"
            found = self.service.get(path, purpose, needs="profiles")["profiles"]
        except Failure as failure:
            if "code" in failure.error:  # the provider is not to be had any more
                self.forget_provider()
            raise
        self.profiles_checked = True
        known = self.storage.get("profiles")
        before = known.get(mvpd)
        profiles = {**{other: known[other] for other in known if mvpd and other != mvpd}, **found}
        if not mvpd and profiles:
            # Nobody has chosen one: the profile that lasts longest.
            mvpd = max(profiles, key=lambda one: profiles[one].get("notAfter", 0))
        self.storage.put(profiles=profiles, mvpd=mvpd)
        if profiles.get(mvpd) != before:
            self.permits.clear()

    def has_valid_profile(self, mvpd):
        profile = self.storage.get("profiles").get(mvpd)
        if not profile:
            return False
        end = profile.get("notAfter")
        return end is None or self.service.service_time() < int(end) / 1000

    def signed_in_with(self):
        mvpd = self.storage.get("mvpd")
        return mvpd if mvpd and self.has_valid_profile(mvpd) else None

    def use_profile(self, mvpd, profile):
        profiles = {**self.storage.get("profiles"), mvpd: profile}
        if mvpd != self.storage.get("mvpd"):
            self.permits.clear()
        self.storage.put(profiles=profiles, mvpd=mvpd)
        self.harness.show("signed_in", mvpd=mvpd)

    def lose_profile(self):
        """The profile is of no use any more. The provider stays remembered, so that signing in
        again need not begin with the picker."""
        mvpd = self.storage.get("mvpd")
        rest = {one: p for one, p in self.storage.get("profiles").items() if one != mvpd}
        self.storage.put(profiles=rest)
        self.permits.clear()

    def forget_provider(self):
        self.lose_profile()
        self.storage.put(mvpd=None)

    # -- signing in ----------------------------------------------------------------------------

    def sign_in(self, message):
        if not self.profiles_checked:
            self.check_profiles()
        wanted = message.get("mvpd") or self.hello.get("mvpd") or self.signed_in_with()
        if not self.has_valid_profile(wanted) and self.sign_in_with_partner(wanted):
            return
        # A provider that is known needs no picker, only the viewer's confirmation. Should they be
        # signed in already, the session's answer will say so.
        known = wanted == self.storage.get("mvpd") or self.has_valid_profile(wanted)
        if wanted and not known and not self.pick(wanted):
            return
        self.log_in(wanted)

    def pick(self, wanted):
        offered = [mvpd["id"] for mvpd in self.load_configuration() if not mvpd.get("isTempPass")]
        self.harness.show("picker_shown", mvpds=offered)
        if wanted in offered:
            return True
        self.harness.tell("error", "This provider is not available here.")
        return False

    def load_configuration(self):
        now = self.clock.now()
        if not self.configuration or now - self.configuration[0] >= CONFIGURATION_LIFE:
            answer = self.service.get("/configuration", "load the list of providers",
                                      needs="requestor")
            self.configuration = (now, answer["requestor"].get("mvpds", []))
        return self.configuration[1]

    def sign_in_with_partner(self, wanted):
        """Signs in with what the partner's framework knows. True when there is nothing left to do."""
        if not self.partner or not self.partner.may_sign_in(self.service.service_time()):
            return False
        partner = quote(self.partner.name)
        answer = self.service.post("/sessions/sso/" + partner, "start signing in",
                                   form=self.session_form(None), needs="actionName")
        if answer["actionName"] == "partner_profile":
            response = self.partner.respond(answer.get("authenticationRequest"))
            return bool(response) and self.make_profile(partner, response)
        if answer["actionName"] == "authorize":
            self.adopt(answer.get("mvpd") or wanted)
            return True
        # It does not work with the partner; what we were given instead is an ordinary session.
        self.fall_back(answer, wanted)
        return True

    def make_profile(self, partner, response):
        """Makes a profile of what the provider answered: once, the ordinary calls tell of it from
        then on."""
        try:
            answer = self.service.post("/profiles/sso/" + partner, "sign in",
                                       form={"SAMLResponse": response}, needs="profiles")
        except Failure as failure:
            if failure.error.get("unavailable"):
                raise
            return False
        for mvpd, profile in answer["profiles"].items():
            self.use_profile(mvpd, profile)
        return bool(answer["profiles"])

    def fall_back(self, answer, wanted):
        mvpd = answer.get("mvpd") or wanted
        if answer["actionName"] == "resume" and "mvpd" in answer.get("missingParameters", []):
            if not mvpd:
                self.log_in(None, answer)  # it is picked where the code is typed in
                return
            if not self.pick(mvpd):
                return
            answer = self.service.post("/sessions/" + quote(answer["code"]), "start signing in",
                                       form=self.session_form(mvpd), needs="actionName")
        self.log_in(mvpd, answer)

    def log_in(self, mvpd, answer=None):
        """One session after the other, until the viewer is signed in or turns away; the first may
        be there already."""
        asked_by = None  # the request_new_code that the next session answers
        while True:
            try:
                answer = answer or self.open_session(mvpd)
                code = answer.get("code")
                if answer.get("actionName") == "authorize":
                    return self.adopt(answer.get("mvpd") or mvpd)
                if not code:
                    raise Failure("We could not start signing in. Please try again later.")
                browser = self.show_login(answer)
            finally:
                if asked_by is not None:
                    self.harness.done(asked_by)
            ended, asked_by = self.wait_for_login(mvpd, code, self.deadline(answer), browser)
            answer = None
            if ended:
                return None
            if asked_by is None:
                self.harness.tell("info", "That took long. Let us start anew.")

    def open_session(self, mvpd):
        return self.service.post("/sessions", "start signing in", form=self.session_form(mvpd),
                                 needs="actionName")

    def session_form(self, mvpd):
        form = {"mvpd": mvpd, "domainName": self.hello["domain_name"],
                "redirectUrl": self.hello["redirect_url"]}
        return {name: value for name, value in form.items() if value}

    def deadline(self, answer):
        """When a code ends, by this device's clock: what counts is how long it lives."""
        try:
            life = (int(answer["notAfter"]) - int(answer["notBefore"])) / 1000
        except (KeyError, TypeError, ValueError):
            life = CODE_LIFE
        return self.clock.now() + min(life, CODE_LIFE)

    def show_login(self, answer):
        """Shows where to sign in. True when it is in a browser of this device."""
        in_browser = self.hello["flow"] == "browser" and answer.get("url")
        if in_browser:
            self.harness.show("open_url", url=self.resolve(answer["url"]))
        else:
            self.harness.show("code_shown", code=answer["code"])
        return bool(in_browser)

    def resolve(self, url):
        return urllib.parse.urljoin(self.hello["base_url"], url)

    def first_poll(self, browser):
        """In a browser of our own, polling starts when it has come to its end; where the code is
        typed in elsewhere, at once."""
        return None if browser else self.clock.now()

    def wait_for_login(self, mvpd, code, deadline, browser):
        """Waits for the viewer. Returns whether signing in has ended, and the request for a new
        code if that is what ended the wait."""
        next_poll = self.first_poll(browser)
        while True:
            polls = next_poll is not None and next_poll + 1 < deadline
            wait = (next_poll if polls else deadline) - self.clock.now()
            message = self.harness.next(timeout=self.clock.real(wait))
            if message is None and not polls:
                return self.expire()
            if message is None:
                state = self.poll(mvpd, code)
                if state == "signed in":
                    return True, None
                if state == "gone":
                    self.harness.pause(self.clock.real(POLL_INTERVAL))
                    return False, None
                next_poll = self.clock.now() + POLL_INTERVAL
            elif message.get("type") == "browser":
                if message.get("event") == "reached":
                    next_poll = self.clock.now()
                elif message.get("event") == "closed":
                    if self.poll(mvpd, code) != "signed in":
                        self.harness.tell("info", "Signing in was cancelled.")
                    return True, None
                else:
                    self.harness.tell("error", "The sign-in page could not be opened.")
                    return True, None
            elif message.get("action") == "request_new_code":
                return False, message["id"]
            elif message.get("action") == "foreground":
                next_poll = None if next_poll is None else self.clock.now()
                self.harness.done(message["id"])
            elif message.get("type") == "do":
                self.harness.put_back(message)  # the viewer turned elsewhere
                return True, None

    def expire(self):
        return False, None

    def poll(self, mvpd, code):
        try:
            path = "/profiles/code/" + quote(code)
            answer = self.service.get(path, "check whether you are signed in", poll=True,
                                      needs="profiles")
        except Failure as failure:
            if failure.error.get("code") in ("invalid_authentication_session",
                                             "invalid_parameter_code"):
                return "gone"
            if failure.error.get("unavailable"):
                return "not yet"  # the next poll may fare better
            raise
        found = answer["profiles"]
        if mvpd is None and found:
            mvpd = next(iter(found))
        if mvpd not in found:
            return "not yet"
        self.use_profile(mvpd, found[mvpd])
        return "signed in"

    def adopt(self, mvpd):
        """Signed in already, says the session: fetch the profile, once; no browser, no polling."""
        answer = self.service.get("/profiles/" + quote(mvpd), "check whether you are signed in",
                                  needs="profiles")
        if mvpd in answer["profiles"]:
            self.use_profile(mvpd, answer["profiles"][mvpd])
        else:
            self.harness.tell("error", "Your sign-in could not be confirmed. Please try again.")

    def request_new_code(self, _):
        self.harness.tell("info", "There is no code on the screen.")

    # -- catalogue and playing -------------------------------------------------------------------

    def browse(self, message):
        mvpd = self.signed_in_with()
        if not mvpd:
            self.harness.tell("sign_in_offered", "Sign in to see what you can watch.")
            return
        resources = list(dict.fromkeys(message["resources"]))
        unknown = [resource for resource in resources if resource not in self.permits]
        texts = {}
        for start in range(0, len(unknown), RESOURCES_PER_CALL):
            if self.signed_in_with():
                self.preauthorize(mvpd, unknown[start:start + RESOURCES_PER_CALL], texts)
        available = [resource for resource in resources if resource in self.permits]
        locked = [resource for resource in resources if resource not in self.permits]
        for resource in locked:
            texts.setdefault(resource, "Not available")
        self.harness.show("catalogue", available=available, locked=locked, texts=texts)
        if not self.signed_in_with():
            self.harness.tell("sign_in_offered", "Please sign in again.")

    def preauthorize(self, mvpd, resources, texts):
        for pause in PAUSES_BETWEEN_DECISIONS + [None]:
            undecided = []
            for decision in self.decide("preauthorize", mvpd, resources):
                resource, error = decision.get("resource"), decision.get("error") or {}
                if decision.get("authorized"):
                    self.permits.add(resource)
                    texts.pop(resource, None)
                    continue
                texts[resource] = words(error) or "Not available"
                if error.get("action") == "retry":
                    undecided.append(resource)
                elif error.get("action") == "authentication":
                    self.lose_profile()
            if not undecided or pause is None:
                return
            self.harness.pause(self.clock.real(pause))
            resources = undecided

    def decide(self, kind, mvpd, resources):
        path = f"/decisions/{kind}/{quote(mvpd)}"
        headers = self.trial_identity(mvpd) if kind == "authorize" else None
        return self.service.post(path, "check what you may watch", body={"resources": resources},
                                 needs="decisions", headers=headers)["decisions"]

    def play(self, message):
        """Every play asks for itself: no earlier permit, and no preauthorization, will do."""
        self.stop(message)
        resource, mvpd = message["resource"], self.signed_in_with()
        # A trial is for who is not signed in: it needs no session, only the decision.
        trial = (self.hello.get("temp_pass") or {}).get("mvpd") if not mvpd else None
        mvpd = mvpd or trial
        if not mvpd:
            self.harness.tell("sign_in_offered", "Sign in to watch.")
            return
        for pause in PAUSES_BETWEEN_DECISIONS + [None]:
            decisions = self.decide("authorize", mvpd, [resource])
            decision = next((d for d in decisions if d.get("resource") == resource), {})
            error = decision.get("error") or {}
            if error.get("action") != "retry" or pause is None:
                break
            self.harness.pause(self.clock.real(pause))
        if not decision.get("authorized"):
            self.refuse(resource, error)
        elif not self.is_genuine(resource, decision.get("token") or {}):
            self.refuse(resource, {"message": "This stream could not be verified."})
        else:
            self.start(resource)
            if trial:
                self.look_up_trial(trial)

    def is_genuine(self, resource, token):
        key = self.hello.get("media_token_key")
        if not key:
            return True
        valid = media_token.is_valid(token.get("serializedToken"), resource, key,
                                     self.service.service_time())
        self.harness.show("token_checked", resource=resource, valid=valid)
        return valid

    def start(self, resource):
        self.playing = resource
        self.harness.show("playing", resource=resource)

    def refuse(self, resource, error):
        message = words(error) or "You cannot watch this."
        self.harness.show("refused", resource=resource, message=message)
        if error.get("action") == "authentication":
            self.lose_profile()
            self.harness.tell("sign_in_offered", "Please sign in again.")

    def stop(self, _, reason="user"):
        if self.playing:
            self.harness.show("stopped", resource=self.playing, reason=reason)
            self.playing = None
        self.trial_ends = None

    # -- temporary access ------------------------------------------------------------------------

    def trial_identity(self, mvpd):
        """Who the viewer says they are, where that is what a trial goes by."""
        trial = self.hello.get("temp_pass") or {}
        if mvpd != trial.get("mvpd") or not trial.get("identity"):
            return None
        return {"AP-TempPass-Identity": encode(trial["identity"])}

    def look_up_trial(self, mvpd):
        """When the trial ends: nobody but the app can stop what plays already."""
        try:
            answer = self.service.get("/profiles/" + quote(mvpd), "look up your preview",
                                      needs="profiles", headers=self.trial_identity(mvpd))
        except Failure:
            return  # this was its last item, which may be watched to its end
        end = (answer["profiles"].get(mvpd) or {}).get("notAfter")
        self.trial_ends = int(end) / 1000 if end is not None else None

    def trial_lasts(self):
        """How long what plays may go on, in real seconds; None for as long as it likes."""
        if self.trial_ends is None:
            return None
        return self.clock.real(self.trial_ends - self.service.service_time())

    def end_trial(self):
        self.stop(None, reason="ended")
        self.harness.tell("sign_in_offered", "Your preview is over. Sign in to go on watching.")

    # -- signing out -----------------------------------------------------------------------------

    def sign_out(self, message):
        self.stop(message)
        mvpd = self.signed_in_with()
        if not mvpd:
            self.harness.tell("info", "Nobody is signed in.")
            return
        query = urllib.parse.urlencode({"redirectUrl": self.hello["redirect_url"]})
        answer = self.service.get(f"/logout/{quote(mvpd)}?{query}", "sign out", needs="logouts")
        self.forget_provider()
        self.finish_logout(answer["logouts"].get(mvpd) or {})
        self.harness.show("signed_out", mvpd=mvpd)

    def finish_logout(self, step):
        """Does what the answer says is left to do."""
        if step.get("actionName") == "partner_logout":
            text = "Sign out of your TV provider in this device's settings, too."
            self.harness.tell("partner_settings", text)
        elif step.get("url") and self.hello["flow"] == "browser":
            self.harness.show("open_url", url=self.resolve(step["url"]))
            message = self.harness.next(timeout=self.clock.real(60))
            if message and message.get("type") == "do":
                self.harness.put_back(message)
        elif step.get("url"):
            self.harness.show("url_shown", url=self.resolve(step["url"]))


def words(error):
    """What to show of an error: the provider's own words where there are some."""
    return error.get("details") or error.get("message")


def main(app=App):
    harness = Harness()
    try:
        hello = harness.next()
        harness.send(type="ready", protocol=PROTOCOL, client="python-example", version="1.0",
                     capabilities=CAPABILITIES)
        app(hello, harness).serve()
    except Quit:
        pass


if __name__ == "__main__":
    main()
