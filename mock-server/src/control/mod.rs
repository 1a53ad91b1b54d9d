//! The control API: what a tester, a harness or the console changes from outside.
//!
//! It has its own listener, loopback by default, and is described by the OpenAPI document that it
//! serves itself. Every operation is also a method of [`Control`], for who runs the service in the
//! same process: the HTTP side only reads and prints.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`ops`] | the operations, an area a file: their bodies, their answers, what they do |
//! | `areas` | the rows of the one table of all operations |
//! | `routes` | the table: it routes, and it describes itself |
//! | `operation` | one row of that table; reading queries and bodies |
//! | `order` | a call made within the process: path, method, body |
//! | `openapi` | the table as an OpenAPI document, and as a short index |
//! | `stream` | the journal as it grows |
//! | `events` | what streams have in common |
//! | `access` | who may call: hosts, origins, the token |

mod access;
mod areas;
mod error;
pub(crate) mod events;
mod openapi;
mod operation;
pub mod ops;
mod order;
mod routes;
mod stream;

use std::sync::Arc;

use crate::app::App;
use crate::console;
use crate::http::{Reply, Request};

pub use access::Access;
pub use error::{ControlError, Kind};
pub use ops::Control;
pub(crate) use order::{Order, carry_out, read};

/// Answers a request to the control listener: to the API, or to the console.
pub async fn serve(app: Arc<App>, request: Request) -> Reply {
    if console::is_meant(&request) {
        return console::serve(app, request).await;
    }
    if let Err(refused) = app.access.check(&request) {
        return refused.into();
    }
    match order::answer(app, request).await {
        Ok(reply) => reply,
        Err(error) => error.into(),
    }
}
