//! The client-to-server cookbook of 2025-04.

use super::{Document, Section, partly, section, tested, untestable};
use crate::rules::documents::APR_COOKBOOK;
use crate::verdict::Edition;

pub(super) static DOCUMENT: Document = Document {
    edition: Edition::Apr2025,
    title: "the cookbook (client-to-server)",
    path: APR_COOKBOOK,
    sections: SECTIONS,
};

const SECTIONS: &[Section] = &[
    section(
        "REST API V2 Cookbook (Client-to-Server)",
        &[tested(
            "A client keeps to the limits of the throttling page.",
            &["THR-1", "THR-2", "THR-3"],
        )],
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
            tested("Credentials come from call 1.", &["REG-7"]),
            tested("They are stored and used for every token from then on.", &["REG-2", "REG-6"]),
            tested("A token comes from call 2.", &["REG-7"]),
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
            tested("The app first asks for the profiles that there are.", &["AUT-1"]),
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
            tested("The app retrieves the list of MVPDs.", &["CFG-1", "CFG-3"]),
            untestable(
                "The app may show only some of them.",
                "A permission: which of them a picker shows is the app's choice.",
            ),
            tested("The app opens a session.", &["AUT-3", "AUT-5"]),
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
            tested("The app polls for the profile of the code.", &["POL-2"]),
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
        "D. Authorization Phase",
        &[tested("Nothing plays before the MVPD was asked.", &["AZN-1"])],
    ),
    section(
        "Step 6: Check for authorized resources",
        &[
            partly(
                "It is a call to the authorize decisions.",
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
            tested("A stream goes on when its media token expires.", &["AZN-4"]),
            tested("The next play has a new decision with a new media token.", &["AZN-1"]),
            tested("One call asks for a limited number of resources, usually 1.", &["AZN-5"]),
        ],
    ),
    section(
        "E. Logout Phase",
        &[tested("Viewers can sign out, which ends their profile.", &["LGO-1", "LGO-6"])],
    ),
    section(
        "Step 7: Logout",
        &[
            tested("It is a call to logout for the MVPD.", &["LGO-1"]),
            tested("The answer's action name and type are followed.", &["LGO-2", "LGO-3", "LGO-4"]),
            tested("Interactive, with a browser: the `url` is loaded.", &["LGO-2"]),
            tested("Interactive, without a browser: the logout may end there.", &["LGO-2"]),
        ],
    ),
];
