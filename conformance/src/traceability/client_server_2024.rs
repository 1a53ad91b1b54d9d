//! The client-to-server cookbook of 2024-10.

use super::{Document, Section, partly, section, tested, untestable};
use crate::rules::documents::OCT_COOKBOOK;
use crate::verdict::Edition;

pub(super) static DOCUMENT: Document = Document {
    edition: Edition::Oct2024,
    title: "the cookbook (client-to-server)",
    path: OCT_COOKBOOK,
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
        "Step 1: Register your application",
        &[
            tested("Every call needs an access token.", &["REG-1"]),
            tested(
                "The token comes from dynamic client registration, step by step as its own page has it.",
                &["REG-7", "REG-2", "REG-3", "REG-6"],
            ),
        ],
    ),
    section(
        "Step 2: Check for existing authenticated profiles",
        &[
            tested("The app first asks for the profiles that there are.", &["AUT-1"]),
            tested(
                "Without a profile, an app that offers TempPass follows the pages about temporary access.",
                &["TMP-1", "TMP-2"],
            ),
            tested(
                "Without a profile, an app that lets viewers sign in retrieves the service provider's MVPDs.",
                &["CFG-1"],
            ),
            untestable(
                "The app may show only some of those MVPDs.",
                "A permission: which of them a picker shows is the app's choice.",
            ),
            tested("The app shows a picker and the viewer picks an MVPD of the list.", &["CFG-3"]),
            tested("The app opens a session, for which there is a code and a URL.", &["AUT-3"]),
            tested(
                "Where there is a profile, the app goes on to preauthorization or authorization.",
                &["AUT-2", "AUT-5", "DEC-1"],
            ),
        ],
    ),
    section(
        "Step 3: Authenticate the user",
        &[
            tested("An app that has a browser opens the session's URL in it.", &["AUT-6"]),
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
                &["AUT-6", "AUT-4"],
            ),
        ],
    ),
    section(
        "Step 4: Check for authenticated profiles",
        &[
            tested("The app polls every 15 s.", &["POL-1"]),
            tested("It polls for the profile of the MVPD that was picked.", &["POL-2"]),
            tested("Where the MVPD is picked on the second screen, it polls by code.", &["POL-2"]),
            tested("It polls no longer than 30 min.", &["POL-3"]),
            tested(
                "When these are over and the app is still in use, it opens a new session, for a new code and URL.",
                &["POL-4", "POL-6"],
            ),
            tested("The answer with the profile is the end of the login.", &["POL-5"]),
            tested("Then the app goes on to preauthorization or authorization.", &["DEC-1"]),
        ],
    ),
    section(
        "Step 5: Check for preauthorized resources",
        &[
            untestable(
                "Preauthorization is there for apps that filter their catalogue; others leave it out.",
                "A permission: a client says by its capabilities whether it does.",
            ),
            tested("It is a call to the preauthorize decisions.", &["HDR-8", "HDR-5", "PRE-1"]),
        ],
    ),
    section(
        "Step 6: Check for authorized resources",
        &[
            tested("Every start of playback is authorized.", &["AZN-1"]),
            partly(
                "It is a call to the authorize decisions.",
                &["HDR-8", "HDR-5", "AZN-5"],
                "The page misspells the path; the reference page's spelling is judged.",
            ),
            partly(
                "After a permit the stream starts.",
                &["AZN-1"],
                "A client that says it cannot play at all fails; whether a video then runs is the player's doing.",
            ),
            tested("After a deny the viewer is told that there is no access.", &["AZN-2"]),
        ],
    ),
    section(
        "Step 7: Logout",
        &[
            tested(
                "A viewer's wish to sign out becomes a call to logout for the MVPD.",
                &["LGO-1", "LGO-6"],
            ),
            tested(
                "An interactive answer with a URL is finished by opening it, in a browser or on the second screen.",
                &["LGO-2"],
            ),
        ],
    ),
];
