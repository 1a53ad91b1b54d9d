//! The server-to-server cookbook of 2025-04.

use super::{Document, Section, partly, section, tested, untestable};
use crate::rules::documents::APR_SERVER_COOKBOOK;
use crate::verdict::Edition;

pub(super) static DOCUMENT: Document = Document {
    edition: Edition::Apr2025,
    title: "the cookbook (server-to-server)",
    path: APR_SERVER_COOKBOOK,
    sections: SECTIONS,
};

const BETWEEN: &str = "Between the app and its own server: Adobe's service sees none of it.";
const OPERATION: &str = "It is about how the server is operated.";

const SECTIONS: &[Section] = &[
    section(
        "REST API V2 Cookbook (Server-to-Server)",
        &[tested(
            "A client keeps to the limits of the throttling page.",
            &["THR-1", "THR-2", "THR-3"],
        )],
    ),
    section(
        "Requirements",
        &[
            untestable(
                "App and server have a protocol by which the server speaks for the app.",
                BETWEEN,
            ),
            partly(
                "The server passes a unique identifier of the device on.",
                &["HDR-1", "HDR-2"],
                "A value is opaque: that it is the device's own cannot be seen.",
            ),
            partly(
                "The server passes true information about the device on, with its source port.",
                &["HDR-3", "HDR-4", "HDR-9"],
                "That a description is true cannot be seen.",
            ),
            tested("The server passes the device's address on in `X-Forwarded-For`.", &["HDR-7"]),
            partly(
                "Device id, client id and secret are stored safely, in the app or on the server.",
                &["REG-2", "HDR-2"],
                "That they are kept shows; how safely does not.",
            ),
            partly(
                "Data have the form that MVPDs and integrated apps ask for: address, port, device, MRSS, optional identifiers.",
                &["HDR-4", "HDR-5", "HDR-7", "HDR-9"],
                "What a particular MVPD asks for beyond the reference pages is between it and the programmer.",
            ),
            untestable("Certificates for encrypted user metadata are managed safely.", OPERATION),
            tested(
                "What is cached is used no longer than it is valid, or until it is withdrawn.",
                &["REG-4", "AZN-1", "LGO-6", "ERR-1"],
            ),
            partly(
                "The server returns decisions and what follows from them to the app.",
                &["AZN-2"],
                "Judged by what the app then plays or refuses.",
            ),
        ],
    ),
    section(
        "Environments",
        &[
            untestable("There are an environment for production and one for staging.", OPERATION),
            untestable(
                "Production is highly available, scaled for peaks and close to Adobe's data centers.",
                OPERATION,
            ),
            untestable("Production's public addresses are told to Adobe.", OPERATION),
            untestable(
                "Answers of DNS are kept for no longer than 30 s.",
                "The harness is reached by its address, without DNS.",
            ),
            untestable(
                "Staging is like production, tests releases, and reaches Adobe's test environments.",
                OPERATION,
            ),
        ],
    ),
    section(
        "A. Registration Phase",
        &[
            tested(
                "Credentials and a token are obtained by dynamic client registration.",
                &["REG-1", "REG-7"],
            ),
            tested(
                "The phase may be left out only with credentials and a token that are still valid.",
                &["REG-1", "REG-4"],
            ),
        ],
    ),
    section(
        "Step 1: Register your application",
        &[
            tested("The server obtains credentials with call 1.", &["REG-7"]),
            tested("They are stored and used for every token from then on.", &["REG-2", "REG-6"]),
            tested("It obtains a token with call 2.", &["REG-7"]),
            tested("It is stored and used until it expires, then replaced.", &["REG-3", "REG-4"]),
        ],
    ),
    section(
        "B. Authentication Phase",
        &[tested("Signing in comes before preauthorization and authorization.", &["DEC-1"])],
    ),
    section(
        "Step 2: Check for existing authenticated profiles",
        &[
            tested("The server first asks for the profiles that there are.", &["AUT-1"]),
            tested(
                "With a profile it goes on to preauthorization or authorization.",
                &["AUT-2", "DEC-1"],
            ),
            tested("Without a profile the viewer signs in.", &["DEC-1"]),
            tested("Without a profile the viewer may be given a trial.", &["TMP-1", "TMP-2"]),
        ],
    ),
    section(
        "Step 3: Authenticate the user",
        &[
            tested("The server retrieves the list of MVPDs.", &["CFG-1", "CFG-3"]),
            untestable("The server may pass only some of them on.", "A permission."),
            tested("The server opens a session.", &["AUT-3", "AUT-5"]),
            untestable("The server returns code and URL to the app.", BETWEEN),
            tested("An app that has a browser loads the session's `url` in it.", &["AUT-6"]),
            untestable(
                "The viewer gives name and password at the MVPD's page and ends at a page that tells of success.",
                "That is between the viewer and the provider, both played by the harness.",
            ),
            partly(
                "An app without a browser shows the code.",
                &["AUT-6"],
                "A code that is never shown can be typed nowhere: nobody signs in, and the scenario does not come to its end.",
            ),
            tested(
                "A separate web application asks for the code and opens the authenticate URL made of it.",
                &["AUT-6", "AUT-7", "AUT-4"],
            ),
        ],
    ),
    section(
        "Step 4: Check for authenticated profiles",
        &[
            tested("The server polls for the profile of the code.", &["POL-2"]),
            tested(
                "Signing in within the app: polling starts when the browser has loaded the redirect URL.",
                &["POL-7"],
            ),
            tested(
                "Signing in on a second screen: polling starts right after the session was opened and the code shown.",
                &["POL-7"],
            ),
            tested("Polling ends with the answer that holds the profile.", &["POL-5"]),
            tested(
                "Polling for a code ends at the session's `notAfter`, and the viewer starts anew.",
                &["POL-3", "POL-4"],
            ),
            tested(
                "When the viewer asks for a new code, the old one is polled no more.",
                &["POL-6"],
            ),
            tested(
                "One poll every 3 to 5 s, or fewer, signing in within the app.",
                &["POL-1", "THR-3"],
            ),
            tested("The same, signing in on a second screen.", &["POL-1", "THR-3"]),
            tested(
                "Parts of the profile are stored persistently, to save calls.",
                &["PRF-1", "PRF-2"],
            ),
        ],
    ),
    section(
        "C. (Optional) Preauthorization Phase",
        &[untestable(
            "An app that does not filter its catalogue may leave preauthorization out.",
            "A permission: a client says by its capabilities whether it does.",
        )],
    ),
    section(
        "Step 5: Check for preauthorized resources",
        &[
            tested("It is a call to the preauthorize decisions.", &["HDR-8", "HDR-5"]),
            partly(
                "The server passes permits and denies on to the app.",
                &["PRE-5"],
                "Judged by the catalogue that the viewer sees.",
            ),
            tested("Permits are kept in memory; they need not be stored.", &["PRE-2"]),
            tested("Why something is denied stands in the error's code and message.", &["PRE-5"]),
            tested("Retries come to an end, after a reasonable number.", &["PRE-3"]),
            tested("A denial is told to the viewer clearly.", &["PRE-5"]),
            tested("One call asks for a limited number of resources, usually 5.", &["PRE-1"]),
            untestable(
                "The limit can be changed after an agreement with the MVPDs.",
                "That is done in Adobe's dashboard; the harness takes the integration's own limit.",
            ),
        ],
    ),
    section(
        "D. Authorization phase",
        &[tested("Nothing plays before the MVPD was asked.", &["AZN-1"])],
    ),
    section(
        "Step 6: Check for authorized resources",
        &[
            partly(
                "It is a call to the authorize decisions, for the resource that the app passes.",
                &["AZN-1", "HDR-8", "HDR-5"],
                "The page misspells the path; the reference page's spelling is judged.",
            ),
            untestable(
                "Authorization decisions need not be stored.",
                "A permission; that an old one is no reason to play is AZN-1's.",
            ),
            tested("Why something is denied stands in the error's code and message.", &["AZN-7"]),
            tested("Retries come to an end, after a reasonable number.", &["AZN-3"]),
            tested("A denial is respected and told to the viewer.", &["AZN-2", "AZN-7"]),
            untestable(
                "The server may apply rules of its own to the decision.",
                "A permission; to play after a deny is none (AZN-2).",
            ),
            tested("A stream goes on when its media token expires.", &["AZN-4"]),
            tested("The next play has a new decision with a new media token.", &["AZN-1"]),
            tested("One call asks for a limited number of resources, usually 1.", &["AZN-5"]),
        ],
    ),
    section(
        "E. Logout phase",
        &[tested("Viewers can sign out, which ends their profile.", &["LGO-1", "LGO-6"])],
    ),
    section(
        "Step 7: Logout",
        &[
            tested("It is a call to logout for the MVPD, when the app asks for it.", &["LGO-1"]),
            untestable(
                "The server may remove what it stores about the viewer.",
                "A permission; that the profile is used no more is LGO-6's.",
            ),
            tested("The answer's action name and type are followed.", &["LGO-2", "LGO-3", "LGO-4"]),
            partly(
                "Interactive: the server returns the `url` to the app.",
                &["LGO-2"],
                "Judged by the app's opening it.",
            ),
            tested("Interactive, with a browser: the `url` is loaded.", &["LGO-2"]),
            tested("Interactive, without a browser: the logout may end there.", &["LGO-2"]),
        ],
    ),
];
