"""The example client with one thing wrong, by name: `broken.py DEFECT`.

Each class is a mistake of its own. The client itself knows nothing of them.
"""

import os
import sys

ADAPTER = os.path.join(os.path.dirname(__file__), "../../../adapters/python")
sys.path.insert(0, ADAPTER)
sys.dont_write_bytecode = True

import client  # noqa: E402
from service import Service  # noqa: E402


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


class BareIdentifierService(Service):
    def device_identifier(self):
        return super().device_identifier().split()[1]


class BareIdentifier(client.App):
    """Sends the device identifier without its type."""

    def __init__(self, hello, harness):
        super().__init__(hello, harness)
        self.service = BareIdentifierService(hello, harness, self.clock, self.storage)


class PollsTooFast(client.App):
    """Polls every second."""

    def wait_for_login(self, *arguments):
        client.POLL_INTERVAL = 1
        return super().wait_for_login(*arguments)


DEFECTS = {
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
