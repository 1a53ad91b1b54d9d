"""The example client with one thing wrong, by name: `broken.py DEFECT`.

Each class is a mistake of its own. The client itself knows nothing of them.
"""

import os
import sys

ADAPTER = os.path.join(os.path.dirname(__file__), "../../../adapters/python")
sys.path.insert(0, ADAPTER)
sys.dont_write_bytecode = True

import client  # noqa: E402
import service  # noqa: E402
from service import Service, encode  # noqa: E402


class ForgetsCredentials(client.App):
    """Registers anew at every launch."""

    def launch(self, message):
        self.storage.put(credentials=None, token=None)
        super().launch(message)


class LoadsConfigurationAtLaunch(client.App):
    """Loads the list of providers whether or not one has to be picked."""

    def launch(self, message):
        self.load_configuration()
        super().launch(message)


class SkipsProfiles(client.App):
    """Opens a session without having asked for profiles."""

    def check_profiles(self):
        self.profiles_checked = True


class PollsAtOnce(client.App):
    """Polls while the browser is still at the login page."""

    def first_poll(self, browser):
        return self.clock.now()


class PlaysAnyway(client.App):
    """Plays what was denied."""

    def refuse(self, resource, error):
        self.start(resource)


class SkipsLogoutPage(client.App):
    """Leaves the MVPD's logout page unopened."""

    def finish_logout(self, step):
        pass


class PollsTooFast(client.App):
    """Polls every second."""

    def wait_for_login(self, *arguments):
        client.POLL_INTERVAL = 1
        return super().wait_for_login(*arguments)


class WithService(client.App):
    """An app whose calls have something wrong."""

    service_class = Service

    def __init__(self, hello, harness):
        super().__init__(hello, harness)
        self.service = self.service_class(hello, harness, self.clock, self.storage, self.partner)


class BareIdentifierService(Service):
    def device_identifier(self):
        return super().device_identifier().split()[1]


class BareIdentifier(WithService):
    """Sends the device identifier without its type."""

    service_class = BareIdentifierService


class FreshTokens(Service):
    def token(self):
        self.storage.put(token=None)
        return super().token()


class TokenPerCall(WithService):
    """Asks for a token before every call."""

    service_class = FreshTokens


class KeepsRefusedToken(client.App):
    """Tries a token that was refused once more."""

    def launch(self, message):
        put = self.storage.put
        self.storage.put = lambda token=True, **values: put(
            **values, **({} if token in (True, None) else {"token": token}))
        super().launch(message)


class PollsAfterSuccess(client.App):
    """Asks for the code's profile again although it is there."""

    def poll(self, mvpd, code):
        state = super().poll(mvpd, code)
        if state == "signed in":
            self.harness.pause(self.clock.real(client.POLL_INTERVAL))
            super().poll(mvpd, code)
        return state


class KeepsOldCode(client.App):
    """Polls for the old code as well as for the new one."""

    first_code = None

    def poll(self, mvpd, code):
        self.first_code = self.first_code or code
        if self.first_code != code:
            super().poll(mvpd, self.first_code)
        return super().poll(mvpd, code)


class AsksForAll(client.App):
    """Asks for the whole catalogue at once."""

    def browse(self, message):
        client.RESOURCES_PER_CALL = 100
        super().browse(message)


class ForgetsPermits(client.App):
    """Asks for the catalogue again whenever it is looked at."""

    def browse(self, message):
        self.permits.clear()
        super().browse(message)


class PlaysOnPreauthorization(client.App):
    """Takes a preauthorization for the permission to play."""

    def decide(self, kind, mvpd, resources):
        return super().decide("preauthorize", mvpd, resources)

    def is_genuine(self, resource, token):
        return True


class RetriesDenies(client.App):
    """Asks again until it hears a yes, or is tired of it."""

    def decide(self, kind, mvpd, resources):
        decisions = super().decide(kind, mvpd, resources)
        for decision in decisions if kind == "authorize" else []:
            if not decision.get("authorized"):
                decision["error"] = {**decision["error"], "action": "retry"}
        return decisions


class SignsOutAtDeny(client.App):
    """Thinks that who may not watch this is better signed out."""

    def refuse(self, resource, error):
        super().refuse(resource, error)
        self.sign_out({})


class KeepsProfile(client.App):
    """Goes on as if signed in after signing out."""

    def forget_provider(self):
        pass


class ThinDeviceInfo(Service):
    def device_info(self):
        return encode('{"model": "Box", "version": "1", "osName": "Linux"}')


class TellsLittle(WithService):
    """Leaves required keys out of the device information."""

    service_class = ThinDeviceInfo


class OldParameters(client.App):
    """Sends what the first version of the API wanted."""

    def session_form(self, mvpd):
        return {**super().session_form(mvpd), "ttl": "1800"}


class SingularPaths(Service):
    def post(self, path, purpose, **more):
        return super().post(path.replace("/decisions/auth", "/decision/auth"), purpose, **more)


class TakesCookbookAtItsWord(WithService):
    """Calls `/decision/authorize`, as a page of the documents has it."""

    service_class = SingularPaths


class AsksOnceMore(client.App):
    """Tries again where the viewer has to sign in."""

    def decide(self, kind, mvpd, resources):
        try:
            return super().decide(kind, mvpd, resources)
        except client.Failure:
            self.harness.pause(self.clock.real(2))
            return super().decide(kind, mvpd, resources)


class UnknownVisitor(client.App):
    """Does not say who a promotional trial is for."""

    def trial_identity(self, mvpd):
        return None


class LeavesSubjectOff(Service):
    def sign_on_headers(self, path):
        return {} if "/decisions/" in path else super().sign_on_headers(path)


class ForgetsSubject(WithService):
    """Sends the platform's identity with some calls only."""

    service_class = LeavesSubjectOff


class LeavesStatusOff(WithService):
    """Leaves the partner's status off calls that want it."""

    service_class = LeavesSubjectOff


class StatusOffRequest(Service):
    part = "/sessions/sso/"

    def sign_on_headers(self, path):
        return {} if self.part in path else super().sign_on_headers(path)


class LeavesStatusOffRequest(WithService):
    """Leaves the partner's status off the call that asks what to ask the partner."""

    service_class = StatusOffRequest


class StatusOffResponse(StatusOffRequest):
    part = "/profiles/sso/"


class LeavesStatusOffResponse(WithService):
    """Leaves the partner's status off the call that brings the partner's response."""

    service_class = StatusOffResponse


class StopsAtFallback(client.App):
    """Gives up where the partner's sign-in does not work."""

    def fall_back(self, answer, wanted):
        self.harness.tell("error", "Your TV provider cannot be used here.")


class UsesResponseTwice(client.App):
    """Makes the profile once more."""

    def make_profile(self, partner, response):
        super().make_profile(partner, response)
        return super().make_profile(partner, response)


class TrustsEveryToken(client.App):
    """Plays without a look at the media token."""

    def is_genuine(self, resource, token):
        return True


class HurriesAtPlay(client.App):
    """Asks again at once where its calls are refused, when something is played."""

    def play(self, message):
        service.PAUSES_AFTER_THROTTLING = [0.3] * 20
        super().play(message)


class EndsInSilence(client.App):
    """Says no when a trial is over, and nothing more."""

    def refuse(self, resource, error):
        super().refuse(resource, {**error, "action": "none"})


DEFECTS = {
    "token-per-call": TokenPerCall,
    "keeps-refused-token": KeepsRefusedToken,
    "polls-after-success": PollsAfterSuccess,
    "keeps-old-code": KeepsOldCode,
    "asks-for-all": AsksForAll,
    "forgets-permits": ForgetsPermits,
    "plays-on-preauthorization": PlaysOnPreauthorization,
    "retries-denies": RetriesDenies,
    "signs-out-at-deny": SignsOutAtDeny,
    "keeps-profile": KeepsProfile,
    "tells-little": TellsLittle,
    "old-parameters": OldParameters,
    "takes-cookbook-at-its-word": TakesCookbookAtItsWord,
    "asks-once-more": AsksOnceMore,
    "unknown-visitor": UnknownVisitor,
    "forgets-subject": ForgetsSubject,
    "leaves-status-off": LeavesStatusOff,
    "leaves-status-off-request": LeavesStatusOffRequest,
    "leaves-status-off-response": LeavesStatusOffResponse,
    "stops-at-fallback": StopsAtFallback,
    "uses-response-twice": UsesResponseTwice,
    "trusts-every-token": TrustsEveryToken,
    "hurries-at-play": HurriesAtPlay,
    "ends-in-silence": EndsInSilence,
    "forgets-credentials": ForgetsCredentials,
    "loads-configuration-at-launch": LoadsConfigurationAtLaunch,
    "skips-profiles": SkipsProfiles,
    "polls-at-once": PollsAtOnce,
    "plays-anyway": PlaysAnyway,
    "skips-logout-page": SkipsLogoutPage,
    "bare-identifier": BareIdentifier,
    "polls-too-fast": PollsTooFast,
}

if __name__ == "__main__":
    client.main(DEFECTS[sys.argv[1]])
