//! All defects, in the order of the rules they break.

use super::About;
use crate::verdict::Edition::{self, Apr2025, Oct2024};

const BOTH: &[Edition] = &[Oct2024, Apr2025];
const OLD: &[Edition] = &[Oct2024];
const NEW: &[Edition] = &[Apr2025];

macro_rules! defects {
    ($($name:ident $id:literal $rule:literal $editions:ident: $description:literal;)*) => {
        /// A mistake that the reference client can be made to make.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Defect {
            $(#[doc = $description] $name,)*
        }

        const ALL: &[Defect] = &[$(Defect::$name,)*];

        impl Defect {
            /// What there is to know about it.
            pub const fn about(self) -> About {
                match self {
                    $(Self::$name => About {
                        id: $id,
                        rule: $rule,
                        editions: $editions,
                        description: $description,
                    },)*
                }
            }
        }
    };
}

/// Every defect, in the order of the rules.
pub fn all() -> impl Iterator<Item = Defect> {
    ALL.iter().copied()
}

defects! {
    FirstCallWithoutToken "first-call-without-token" "REG-1" BOTH:
        "Sends the first protected call of a run without an access token.";
    CredentialsNotKept "credentials-not-kept" "REG-2" BOTH:
        "Forgets its client credentials when it ends, and registers anew at every launch.";
    TokenNotKept "token-not-kept" "REG-3" BOTH:
        "Forgets its access token when it ends, and asks for another at every launch.";
    TokenPerSession "token-per-session" "REG-3" BOTH:
        "Asks for a new access token before every authentication session.";
    NeverChecksExpiry "never-checks-expiry" "REG-4" BOTH:
        "Uses its access token until the service refuses it, however long it has expired.";
    RepeatsRefusedToken "repeats-refused-token" "REG-5" BOTH:
        "Repeats a call that was answered 401 with the token that was refused.";
    RegistersAtSignIn "registers-at-sign-in" "REG-6" BOTH:
        "Registers again whenever the viewer signs in.";
    TokenRequestAsJson "token-request-as-json" "REG-7" BOTH:
        "Asks for access tokens in JSON, as it asks for everything else.";

    ConfigurationAtLaunch "configuration-at-launch" "CFG-1" BOTH:
        "Fetches the list of MVPDs at every launch, whether or not one has to be picked.";
    ConfigurationNotKept "configuration-not-kept" "CFG-2" NEW:
        "Fetches the list of MVPDs whenever the picker opens.";
    OwnListOfMvpds "own-list-of-mvpds" "CFG-3" BOTH:
        "Looks for profiles of the MVPDs on a list of its own.";

    NeverChecksProfiles "never-checks-profiles" "AUT-1" BOTH:
        "Creates sessions without ever having asked for profiles.";
    SessionAtLaunch "session-at-launch" "AUT-2" BOTH:
        "Creates a session at launch although the viewer's profile is valid.";
    SessionWithoutDomain "session-without-domain" "AUT-3" BOTH:
        "Leaves `domainName` out of a session whose MVPD was picked in the app.";
    OpensWithoutResuming "opens-without-resuming" "AUT-4" BOTH:
        "As the second screen, opens the login of a session that still misses parameters.";
    BrowserAfterDirect "browser-after-direct" "AUT-5" BOTH:
        "Opens a browser though the session's answer says that none is needed.";
    WrongAuthenticateUrl "wrong-authenticate-url" "AUT-6" BOTH:
        "Builds the login's address itself, and wrongly.";
    OpensUncheckedCode "opens-unchecked-code" "AUT-7" NEW:
        "As the second screen, opens the login of whatever code was typed, and looks it up later.";

    PollTooFast "poll-too-fast" "POL-1" BOTH:
        "Polls every two seconds.";
    PollEveryFiveSeconds "poll-every-five-seconds" "POL-1" OLD:
        "Polls every five seconds, which only the newer edition allows.";
    PollsAllProfiles "polls-all-profiles" "POL-2" BOTH:
        "Polls for all profiles instead of the one that the code stands for.";
    PollsByMvpd "polls-by-mvpd" "POL-2" NEW:
        "Polls by MVPD, which only the older edition allows, and only with the MVPD picked.";
    PollsPastDeadline "polls-past-deadline" "POL-3" BOTH:
        "Tells the viewer that the code has expired, and goes on polling for it.";
    SilentAtDeadline "silent-at-deadline" "POL-4" BOTH:
        "Stops polling when the code expires, and leaves the dead code on the screen.";
    PollsAfterSuccess "polls-after-success" "POL-5" BOTH:
        "Polls once more after it has got the profile.";
    KeepsOldCode "keeps-old-code" "POL-6" BOTH:
        "Goes on polling for the old code beside the new one.";
    PollsBeforeBrowserReturns "polls-before-browser-returns" "POL-7" NEW:
        "Polls from the moment it opens the browser.";
    FirstPollLate "first-poll-late" "POL-7" NEW:
        "Shows the code for forty seconds before it polls for the first time.";

    LooksUpBeforeCatalogue "looks-up-before-catalogue" "PRF-1" NEW:
        "Looks the profile up again before it shows a catalogue.";
    AsksForAllAtLaunch "asks-for-all-at-launch" "PRF-2" NEW:
        "Asks for all profiles at every launch, whoever signed in.";
    PickerAtEveryLaunch "picker-at-every-launch" "PRF-2" NEW:
        "Begins every run with the picker, also while the viewer's profile is valid.";
    LostWithTwoProfiles "lost-with-two-profiles" "PRF-3" NEW:
        "Does not know which of two profiles to play with, and does nothing.";

    DecisionBeforeProfile "decision-before-profile" "DEC-1" BOTH:
        "Asks for decisions before the viewer has signed in.";
    WholeCatalogueAtOnce "whole-catalogue-at-once" "PRE-1" BOTH:
        "Preauthorizes all of a catalogue in one call, however long it is.";
    PermitsNotKept "permits-not-kept" "PRE-2" NEW:
        "Preauthorizes everything again whenever the catalogue is opened.";
    AsksDeniedItemsAgain "asks-denied-items-again" "PRE-3" BOTH:
        "Asks once more for items of the catalogue that were denied for good.";
    RetriesItemsForEver "retries-items-for-ever" "PRE-3" BOTH:
        "Asks for an item every two seconds until the MVPD decides.";
    RetriesWholeList "retries-whole-list" "PRE-4" BOTH:
        "Repeats the whole list where only some items were to be tried again.";
    LocksUnexplained "locks-unexplained" "PRE-5" NEW:
        "Locks items of the catalogue and does not say why.";
    PlaysOnPreauthorization "plays-on-preauthorization" "AZN-1" BOTH:
        "Plays what was preauthorized without an authorization.";
    PlaysOnOldPermit "plays-on-old-permit" "AZN-1" BOTH:
        "Plays again on the authorization of the time before.";
    PlaysAnyway "plays-anyway" "AZN-2" BOTH:
        "Plays although the decision was a deny.";
    DeniesInSilence "denies-in-silence" "AZN-2" BOTH:
        "Does not tell the viewer that playing was denied.";
    AsksDeniedPlayAgain "asks-denied-play-again" "AZN-3" BOTH:
        "Asks once more for an authorization that was denied for good.";
    AuthorizesForEver "authorizes-for-ever" "AZN-3" BOTH:
        "Asks for an authorization every two seconds until the MVPD decides.";
    StopsAtTokenExpiry "stops-at-token-expiry" "AZN-4" NEW:
        "Stops what is playing when the media token expires.";
    AuthorizesTwoAtOnce "authorizes-two-at-once" "AZN-5" BOTH:
        "Authorizes the next resource along with the one to be played.";
    PlaysUnverified "plays-unverified" "AZN-6" NEW:
        "Verifies media tokens, and plays whatever comes of it.";
    RefusesUnexplained "refuses-unexplained" "AZN-7" NEW:
        "Refuses to play without the words that the decision came with.";

    ForgetsInsteadOfLogout "forgets-instead-of-logout" "LGO-1" BOTH:
        "Forgets the profile when the viewer signs out, and does not tell the service.";
    SkipsLogoutPage "skips-logout-page" "LGO-2" BOTH:
        "Leaves the MVPD's logout page unopened.";
    PartnerLogoutUntold "partner-logout-untold" "LGO-3" NEW:
        "Does not tell the viewer that they are still signed in with the partner.";
    LogsOutTwice "logs-out-twice" "LGO-4" BOTH:
        "Calls logout once more after it was complete.";
    LogsOutOnDeny "logs-out-on-deny" "LGO-5" NEW:
        "Signs the viewer out when playing is denied.";
    DecisionAfterLogout "decision-after-logout" "LGO-6" BOTH:
        "Asks for a decision once more after the logout.";

    NoDeviceIdentifier "no-device-identifier" "HDR-1" BOTH:
        "Leaves out `AP-Device-Identifier`.";
    BareDeviceIdentifier "bare-device-identifier" "HDR-1" BOTH:
        "Sends `AP-Device-Identifier` without the word `fingerprint`.";
    DeviceIdentifierPerLaunch "device-identifier-per-launch" "HDR-2" BOTH:
        "Makes up a new device identifier at every launch.";
    NoDeviceInfo "no-device-info" "HDR-3" BOTH:
        "Leaves out `X-Device-Info`.";
    MadeUpOsName "made-up-os-name" "HDR-4" BOTH:
        "Describes the device with an `osName` that is none of the documented ones.";
    DecisionsAsText "decisions-as-text" "HDR-5" BOTH:
        "Sends the JSON of decision calls as `text/plain`.";
    UnknownParameter "unknown-parameter" "HDR-6" NEW:
        "Sends a parameter of the older API when it opens a session.";
    NoForwardedFor "no-forwarded-for" "HDR-7" BOTH:
        "As a server, does not tell the address of the device it acts for.";
    SingularDecisionPath "singular-decision-path" "HDR-8" BOTH:
        "Calls `/decision/authorize/`, a slip of the older cookbook that the service never had.";
    ConnectionUntold "connection-untold" "HDR-9" NEW:
        "As a server, leaves the device's own connection out of `X-Device-Info`.";

    RetriesThrottledAtOnce "retries-throttled-at-once" "THR-1" BOTH:
        "Repeats a throttled call after a tenth of a second.";
    GivesUpWhenThrottled "gives-up-when-throttled" "THR-2" BOTH:
        "Drops what it was doing when it is throttled, without a word.";
    CountsDownAtService "counts-down-at-service" "THR-3" BOTH:
        "Asks the service twice a second how long the code on the screen is still good.";
    InsistsWithoutSignIn "insists-without-sign-in" "ERR-1" BOTH:
        "Repeats a call that asks for a sign-in, before it offers one.";
    OldTokenAfterRegistering "old-token-after-registering" "ERR-2" BOTH:
        "Registers anew when it is told to, and goes on with the token of the old registration.";
    RepeatsRefusedCalls "repeats-refused-calls" "ERR-3" NEW:
        "Repeats calls that were refused for what they are, in case it helps.";
    HammersWhenDown "hammers-when-down" "ERR-4" NEW:
        "Repeats a call every two seconds until the service is back.";
    SilentWhenGarbled "silent-when-garbled" "ERR-5" BOTH:
        "Drops what it was doing when it cannot read an answer, without a word.";
    CrashesWhenGarbled "crashes-when-garbled" "ERR-5" BOTH:
        "Ends when it cannot read an answer.";
    TokenAfterToken "token-after-token" "ERR-6" NEW:
        "Gets token after token for a call that is refused with each of them.";

    NoTrialIdentity "no-trial-identity" "TMP-1" BOTH:
        "Does not tell to whom a promotional temporary access is to be granted.";
    TriesUsedUpTrialAgain "tries-used-up-trial-again" "TMP-2" BOTH:
        "Asks a temporary access again that has just said that it is used up.";
    TrialEndsWithoutOffer "trial-ends-without-offer" "TMP-2" BOTH:
        "Tells the viewer that a temporary access is over, and offers no sign-in.";
    SignsInDegraded "signs-in-degraded" "DEG-1" BOTH:
        "Asks the viewer to sign in again while degradation lets everybody in.";
    LogsOutWithoutSubject "logs-out-without-subject" "SSO-1" BOTH:
        "Leaves the subject of single sign-on off the logout.";
    AsksDespiteSignOn "asks-despite-sign-on" "SSO-2" BOTH:
        "Asks for a sign-in at launch although single sign-on has brought a profile.";
    StopsAtFallback "stops-at-fallback" "SSO-3" BOTH:
        "Gives up signing in where the partner's single sign-on is not to be had.";
    PartnerProfileAgain "partner-profile-again" "SSO-4" BOTH:
        "Sends the partner's response once more to see whether the viewer is still signed in.";
    NoPartnerStatus "no-partner-status" "SSO-5" BOTH:
        "Leaves the partner's status off the calls for decisions.";
    NoStatusForPartner "no-status-for-partner" "SSO-5" BOTH:
        "Leaves the partner's status off the partner's own calls.";
}
