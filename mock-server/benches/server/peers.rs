//! Beside the servers that people would otherwise use: the same requests and the same body, in turns
//! with `pass-mock` and hyper alone.
//!
//! They give out one prepared answer to whatever fits a pattern, and note requests down as each does
//! unless told otherwise; they know nothing of devices, tokens or limits. Which are compared depends on
//! what `benches/get-peers` could get.

mod stubs;

use std::error::Error;
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::time::Duration;

use crate::Plan;
use crate::child::{Server, Workers};
use crate::load::{self, Connection};
use crate::rounds::{Contender, print, print_head};
use crate::world::{Case, World};

/// What the peers must know of the case to answer it.
pub(crate) struct Stub {
    /// A regular expression for the path.
    pattern: &'static str,
    body: String,
}

/// Who there is to compare with, and how it is started at an address with a folder for its files.
type Start = fn(&Stub, SocketAddr, &std::path::Path) -> Result<Option<Command>, Box<dyn Error>>;
const PEERS: [(&str, Start); 5] = [
    ("wiremock-rs", stubs::wiremock_rs),
    ("WireMock", stubs::wiremock),
    ("WireMock, forgetting", stubs::wiremock_that_forgets),
    ("Mockoon", stubs::mockoon),
    ("Prism", stubs::prism),
];

/// Compares what there is, and says what is not there.
pub(crate) async fn compare(plan: &Plan) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let own = Server::pass_mock(Workers::Default)?;
    let world = World::make(&own, plan.devices).await?;
    let requests = world.requests(Case::Poll, &own).await?;
    let mut connection = Connection::open(own.public).await?;
    let answer = connection.exchange(&requests[0]).await?;
    let body = String::from_utf8(answer.body.to_vec())?;
    let bare = Server::bare(Workers::Default, body.len())?;
    let stub = Stub { pattern: "/api/v2/REF30/profiles/code/[A-Z0-9]+", body };

    let mut contenders = vec![Contender::new("pass-mock", own, requests.clone())];
    for (name, start) in PEERS {
        // The port is free as far as anybody knows until the peer takes it.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let Some(command) = start(&stub, address, folder.path())? else {
            println!("{name} is not there: mock-server/benches/get-peers gets it");
            continue;
        };
        let server = Server::at(command, address).map_err(|error| format!("{name}: {error}"))?;
        // A virtual machine is quick only once it has seen some.
        let warm_up = if plan.rounds > 1 { Duration::from_secs(10) } else { plan.round };
        let warm_up = load::run(address, &requests, warm_up).await;
        warm_up.map_err(|error| format!("{name}: {error}"))?;
        contenders.push(Contender::new(name, server, requests.clone()));
    }
    contenders.push(Contender::new("bare hyper", bare, requests));
    for _ in 0..plan.rounds {
        for contender in &mut contenders {
            contender.play(plan.round).await?;
        }
    }
    println!();
    print_head();
    print("peers: polling", &contenders);
    Ok(())
}
