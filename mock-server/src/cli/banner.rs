//! What a person sees when the server has started.

use std::fmt::Write as _;
use std::path::Path;

use super::environment::Environment;
use crate::app::App;
use crate::clock::Mode;

const TITLE: &str =
    "\npass-mock: a stand-in for the Adobe Pass REST API V2 (not an Adobe product)\n\n";

/// Where things are and what to try, in a few lines.
pub(super) fn banner(app: &App, clock: Mode, environment: &Environment) -> String {
    let get = |name| environment.get(name);
    let (base, control) = (get("PASS_BASE_URL"), get("PASS_CONTROL_URL"));
    let fixtures = app.fixtures.load();
    let providers: Vec<&str> = fixtures.service_providers.iter().map(|sp| &*sp.id).collect();
    let throttle = app.throttle.settings();
    let limit = match throttle.enabled {
        true => {
            format!("{} call(s) a second and device, {} more once", throttle.rate, throttle.burst)
        }
        false => "off".to_owned(),
    };
    let clock = match clock {
        Mode::Real => "real time".to_owned(),
        Mode::Scaled(factor) => format!("{factor} times faster than real time"),
        Mode::Manual => "stands still until the control API advances it".to_owned(),
    };
    let token = app.access.token();
    let console = match token {
        Some(token) => format!("{control}/console/?token={token}"),
        None => format!("{control}/console/   (open it in a browser)"),
    };
    let rows = [
        ("service", base.to_owned()),
        ("second screen", format!("{base}/activate   (type the code that your TV shows)")),
        ("console", console),
        ("control API", format!("{control}   (described at {control}/openapi.json)")),
        ("service providers", providers.join(", ")),
        (
            "test user",
            format!(
                "{} / {}   with {}",
                get("PASS_USERNAME"),
                get("PASS_PASSWORD"),
                get("PASS_MVPD")
            ),
        ),
        ("throttle", limit),
        ("clock", clock),
    ];
    let token = token.map(|it| ("control token", format!("{it}   (as Authorization: Bearer)")));
    let kept = app.store.as_ref().map(|store| ("state", kept(app, store.folder())));
    let mut text = TITLE.to_owned();
    for (name, value) in rows.into_iter().chain(kept).chain(token) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {name:<18} {value}");
    }
    if let Some(authority) = &app.authority {
        text.push_str(&trust(&authority.file.display().to_string(), control));
    }
    text.push_str(
        "\n  Point your app at the service; `pass-mock --print-env` prints what it needs to know.\n  \
         The README walks through all calls with curl. Ctrl-C stops.\n\n",
    );
    text
}

/// Where the state is kept, and what there is of it.
fn kept(app: &App, folder: &Path) -> String {
    let (domain, folder) = (&app.domain, folder.display());
    match (domain.clients.clients().len(), domain.profiles.len()) {
        (0, 0) => format!("kept in {folder}"),
        (clients, devices) => {
            format!("kept in {folder}: {clients} client(s), {devices} device(s) signed in")
        }
    }
}

/// How to make clients accept what a certificate authority of this machine issued.
fn trust(file: &str, control: &str) -> String {
    format!(
        "\n  Certificates are issued by a local authority that clients have to trust first:\n    \
         {file}   (also at {control}/ca.pem)\n  \
         curl --cacert FILE; Node NODE_EXTRA_CA_CERTS=FILE; Python SSL_CERT_FILE=FILE; on phones and\n  \
         TVs, in browsers and in the system's settings import it as a certificate authority.\n"
    )
}
