//! The checklist of 2025-04.

use super::{Document, Section, partly, section, tested, untestable};
use crate::rules::documents::APR_CHECKLIST;
use crate::verdict::Edition;

pub(super) static DOCUMENT: Document = Document {
    edition: Edition::Apr2025,
    title: "the checklist",
    path: APR_CHECKLIST,
    sections: SECTIONS,
};

const ADVICE: &str = "Advice about how to develop; what reaches production in spite of it is what the other rules find.";
const ENVIRONMENTS: &str = "Which of Adobe's environments a client was tested in cannot be seen from its calls to another service.";
const ON_SCREEN: &str = "It shows on the screen only, and what else a client stores is never sent.";

const SECTIONS: &[Section] = &[
    section(
        "Mandatory Requirements, 1. Registration Phase: Registered Application Scoping",
        &[untestable(
            "The registered application has the scope of REST API v2.",
            "The harness hands out the software statement; the scope of a real one is set where the application is registered.",
        )],
    ),
    section(
        "Mandatory Requirements, 1. Registration Phase: Client Credentials Caching",
        &[tested(
            "Client credentials are stored persistently, and every token is requested with them.",
            &["REG-2", "REG-6"],
        )],
    ),
    section(
        "Mandatory Requirements, 1. Registration Phase: Access Tokens Caching",
        &[
            tested("Access tokens are stored persistently and used until they expire.", &["REG-3"]),
            tested(
                "No token is requested for each call: only one that has expired is replaced.",
                &["REG-3"],
            ),
        ],
    ),
    section(
        "Mandatory Requirements, 2. Configuration Phase: Configuration Retrieval",
        &[
            tested(
                "The configuration is retrieved only when a viewer is to be asked for the provider before signing in.",
                &["CFG-1"],
            ),
            tested("It is not needed for a viewer who is signed in already.", &["CFG-1"]),
            untestable(
                "It is not needed for a viewer who is offered temporary access.",
                "Whether there is a trial to offer stands in the configuration, and a viewer with a trial may want to sign in all the same: no call tells these apart.",
            ),
            untestable(
                "It is not needed when a sign-in expired and the viewer can confirm the provider of before.",
                "A possibility (the viewer may as well be asked to pick); while the sign-in is valid, PRF-2 judges it.",
            ),
        ],
    ),
    section(
        "Mandatory Requirements, 2. Configuration Phase: TV Provider Selection Caching",
        &[
            tested(
                "The picked MVPD's id is stored persistently and used from then on.",
                &["PRF-2"],
            ),
            untestable("The picked MVPD's display name is stored.", ON_SCREEN),
            untestable("The picked MVPD's logo URL is stored.", ON_SCREEN),
        ],
    ),
    section(
        "Mandatory Requirements, 3. Authentication Phase: Polling Mechanism Starting",
        &[
            tested(
                "Signing in within the app: polling starts when the browser has loaded the redirect URL.",
                &["POL-7"],
            ),
            tested(
                "Signing in on a second screen: polling starts right after the session was opened and the code shown.",
                &["POL-7"],
            ),
        ],
    ),
    section(
        "Mandatory Requirements, 3. Authentication Phase: Polling Mechanism Stopping",
        &[
            tested("Polling ends with the answer that holds the profile.", &["POL-5"]),
            tested("Polling for a code ends at once when session and code expire.", &["POL-3"]),
            tested("The viewer then has to start anew.", &["POL-4"]),
            tested(
                "When the viewer asks for a new code, the old one is polled no more.",
                &["POL-6"],
            ),
        ],
    ),
    section(
        "Mandatory Requirements, 3. Authentication Phase: Polling Mechanism Configuring",
        &[
            tested(
                "Signing in within the app: one poll every 3 to 5 s, or fewer.",
                &["POL-1", "THR-3"],
            ),
            partly(
                "Signing in on a second screen: one poll every 3 to 5 s.",
                &["POL-1", "THR-3"],
                "Only the lower end is judged: the cookbook of the same edition lets it be more there, too.",
            ),
        ],
    ),
    section(
        "Mandatory Requirements, 3. Authentication Phase: Profiles Caching",
        &[
            partly(
                "Parts of the profile are stored persistently, to save calls.",
                &["PRF-1", "PRF-2"],
                "Judged by the calls that are made: what is stored otherwise is never sent.",
            ),
            tested("The profile's MVPD is remembered and used for decisions.", &["PRF-2", "DEC-1"]),
            untestable(
                "After the profile's expiry the viewer can be asked to confirm the remembered MVPD.",
                "A possibility, not an obligation.",
            ),
            untestable("Attributes personalise what the viewer sees.", ON_SCREEN),
            tested(
                "User metadata is part of the profile and is not asked for elsewhere.",
                &["HDR-8"],
            ),
            tested(
                "Metadata may change with an authorization, after which the profile may be retrieved again.",
                &["PRF-1"],
            ),
        ],
    ),
    section(
        "Mandatory Requirements, 4. (Optional) Preauthorization Phase: Preauthorization Decisions Retrieval",
        &[tested(
            "Preauthorization filters content; whether something plays is never decided by it.",
            &["AZN-1"],
        )],
    ),
    section(
        "Mandatory Requirements, 4. (Optional) Preauthorization Phase: Preauthorization Decisions Retrieval Retry",
        &[
            tested(
                "What to do about an error is read from its action.",
                &["PRE-3", "ERR-1", "ERR-2"],
            ),
            tested("Only few errors are worth a retry.", &["PRE-3", "PRE-4"]),
            tested("Retries come to an end, after two or three.", &["PRE-3"]),
        ],
    ),
    section(
        "Mandatory Requirements, 4. (Optional) Preauthorization Phase: Preauthorization Decisions Caching",
        &[tested("Permits are kept in memory while the app runs.", &["PRE-2"])],
    ),
    section(
        "Mandatory Requirements, 5. Authorization Phase: Authorization Decisions Retrieval",
        &[
            tested(
                "An authorize decision is obtained before playback, preauthorized or not.",
                &["AZN-1"],
            ),
            tested("A stream goes on when its media token expires.", &["AZN-4"]),
            tested(
                "The next play, of the same or another resource, has a new decision with a fresh token.",
                &["AZN-1"],
            ),
            untestable(
                "Long live streams may ask for another decision after pauses, breaks or changed metadata.",
                "A permission; no rule objects.",
            ),
        ],
    ),
    section(
        "Mandatory Requirements, 5. Authorization Phase: Authorization Decisions Retrieval Retry",
        &[
            tested(
                "What to do about an error is read from its action.",
                &["AZN-3", "ERR-1", "ERR-2"],
            ),
            tested("Only few errors are worth a retry.", &["AZN-3"]),
            tested("Retries come to an end, after two or three.", &["AZN-3"]),
        ],
    ),
    section(
        "Mandatory Requirements, 6. Logout Phase: Logout Support",
        &[
            tested("Viewers can sign out, which ends their profile.", &["LGO-1", "LGO-6"]),
            tested("The action of each removed profile is followed.", &["LGO-2", "LGO-3", "LGO-4"]),
            tested("Where the MVPD has a logout of its own, the URL is opened.", &["LGO-2"]),
            tested(
                "With an Apple profile the viewer is led to the system settings, to sign out there too.",
                &["LGO-3"],
            ),
        ],
    ),
    section(
        "Mandatory Requirements, 7. Parameters and Headers: Send Authorization Header",
        &[tested("Every call carries `Authorization`.", &["REG-1"])],
    ),
    section(
        "Mandatory Requirements, 7. Parameters and Headers: Send AP-Device-Identifier Header",
        &[
            tested("Every call carries `AP-Device-Identifier`.", &["HDR-1"]),
            partly(
                "A server sends the identifier of the streaming device, not one of its own.",
                &["HDR-1", "HDR-2"],
                "A value is opaque: that it is the device's own cannot be seen, that it changes can.",
            ),
        ],
    ),
    section(
        "Mandatory Requirements, 7. Parameters and Headers: Send X-Device-Info Header",
        &[
            partly(
                "Every call carries `X-Device-Info`.",
                &["HDR-3", "HDR-4"],
                "Judged where the reference page of the call has the header; elsewhere it would be no documented one.",
            ),
            partly(
                "A server describes the streaming device, not itself.",
                &["HDR-9", "HDR-4"],
                "That a description is true cannot be seen.",
            ),
            tested(
                "Some features need the device's `connectionIp` and `connectionPort`.",
                &["HDR-9"],
            ),
        ],
    ),
    section(
        "Mandatory Requirements, 7. Parameters and Headers: Stable Device Identifier",
        &[
            partly(
                "The device identifier is stored and survives updates and reboots.",
                &["HDR-2"],
                "Relaunches over one storage are judged; an update of the app is not played.",
            ),
            tested("Where the hardware has none, one is made up once and stored.", &["HDR-2"]),
        ],
    ),
    section(
        "Mandatory Requirements, 7. Parameters and Headers: Follow APIs References",
        &[tested(
            "Only parameters and headers are sent that REST API v2 knows.",
            &["HDR-6", "HDR-8", "HDR-5"],
        )],
    ),
    section(
        "Mandatory Requirements, 8. Error Handling: Enhanced Error Code Handling Support",
        &[
            tested(
                "What to do about an enhanced error is read from its action.",
                &["ERR-1", "ERR-2", "TMP-2"],
            ),
            tested("Only few errors are worth a retry.", &["PRE-3", "AZN-3", "ERR-3"]),
            untestable("Most of these errors can be ruled out during development.", ADVICE),
        ],
    ),
    section(
        "Mandatory Requirements, 8. Error Handling: HTTP Error Handling Support",
        &[
            tested(
                "Errors of HTTP are told from successes that hold an error.",
                &["ERR-3", "ERR-5", "THR-2"],
            ),
            tested("Only few statuses are worth a retry.", &["ERR-3", "ERR-4", "THR-1"]),
            untestable("Most of these errors can be ruled out during development.", ADVICE),
        ],
    ),
    section(
        "Mandatory Requirements, 9. Testing: Lifecycle Testing",
        &[
            untestable(
                "The app is developed and tested in the environments before production.",
                ENVIRONMENTS,
            ),
            untestable("Quality assurance there comes before the launch.", ENVIRONMENTS),
            untestable(
                "Nothing goes to production that was not validated end to end.",
                ENVIRONMENTS,
            ),
        ],
    ),
    section(
        "Recommended Practices, 1. Registration Phase: Access Tokens Validation",
        &[
            tested("A token's validity is checked before it is used.", &["REG-4"]),
            tested(
                "After a 401 the token is replaced before the call is repeated.",
                &["REG-5", "ERR-6"],
            ),
        ],
    ),
    section(
        "Recommended Practices, 2. Configuration Phase: Configuration Caching",
        &[tested("The configuration is kept for a few minutes.", &["CFG-2"])],
    ),
    section(
        "Recommended Practices, 3. Authentication Phase: Authentication Code Validation (2nd screen authentication)",
        &[
            tested(
                "A typed code is validated before the authenticate URL is opened: by resuming the session, where the MVPD is known.",
                &["AUT-7"],
            ),
            tested("Where it is not, by retrieving the session.", &["AUT-7", "AUT-4"]),
            tested("A code that is wrong or expired is answered with an error.", &["ERR-3"]),
        ],
    ),
    section(
        "Recommended Practices, 3. Authentication Phase: Multiple Profiles Support",
        &[tested("Of several profiles the viewer picks one, or the app does.", &["PRF-3"])],
    ),
    section(
        "Recommended Practices, 3. Authentication Phase: (Optional) Non-Basic Flows Support",
        &[
            tested("Where the business asks for it: degraded access.", &["DEG-1"]),
            tested("Where the business asks for it: temporary access.", &["TMP-1", "TMP-2"]),
            tested(
                "Where the business asks for it: single sign-on.",
                &["SSO-1", "SSO-2", "SSO-3", "SSO-4", "SSO-5"],
            ),
        ],
    ),
    section(
        "Recommended Practices, 4. (Optional) Preauthorization Phase: User Experience",
        &[tested("A denied item says why, in the MVPD's or Adobe's words.", &["PRE-5"])],
    ),
    section(
        "Recommended Practices, 5. Authorization Phase: Media Tokens Validation",
        &[tested("Media tokens are verified.", &["AZN-6"])],
    ),
    section(
        "Recommended Practices, 5. Authorization Phase: User Experience",
        &[tested("A denied play says why, in the MVPD's or Adobe's words.", &["AZN-7"])],
    ),
    section(
        "Recommended Practices, 6. Logout Phase: User Experience",
        &[tested("Logout is called when the viewer asks for it, not after a deny.", &["LGO-5"])],
    ),
    section(
        "Recommended Practices, 7. Parameters and Headers: Reuse Code",
        &[
            tested(
                "Code of the older API may be used again, without its parameters and headers.",
                &["HDR-6", "HDR-8"],
            ),
            untestable(
                "Code for registration may be used again.",
                "A permission about source code.",
            ),
        ],
    ),
    section(
        "Recommended Practices, 8. Testing: Test Coverage",
        &[
            untestable(
                "Signing in both ways, preauthorization, authorization, logout and the other flows in use are tested.",
                "It asks for tests, which the scenarios are; a report says what was not exercised.",
            ),
            untestable(
                "Tests cover all platforms and the most used MVPDs.",
                "A run judges one client on one platform with a simulated provider.",
            ),
        ],
    ),
    section(
        "Recommended Practices, 8. Testing: Test Tools",
        &[untestable("Adobe's site for developers is used.", "No call of the client tells.")],
    ),
];
