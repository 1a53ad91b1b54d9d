//! A sitting with real devices: a page and an HTTP API that lead a person, or a script, through
//! scenarios.
//!
//! The stories are told by the [runner](crate::runner) as they are to any client; the devices call
//! the service at [doors](crate::stage::Door) that stay where they are; what is asked of them and
//! heard from them goes through the seats of the [driver](crate::driver::attach).
//!
//! | file | what it is |
//! | --- | --- |
//! | `sitting` | what is going on: watches the stories, has a say in what is played |
//! | `view` | the same as data, for the page and for scripts |
//! | `board` | the rules as they are exercised, kept and violated |
//! | `words` | what a person is asked to do, in words |
//! | `answers` | what a person can answer, as the messages that a script would send |
//! | `site` | the page and the API on one listener |
//! | `messages` | what is handed in, by a form or as JSON |
//! | `page` | the page |
//! | `openapi` | the API, described |
//! | `access` | who may use them |
//! | `hosting` | the threads and ports of a sitting |

mod access;
mod answers;
mod board;
mod hosting;
mod messages;
mod openapi;
mod page;
mod site;
mod sitting;
mod view;
mod words;

pub use hosting::{Addresses, Hosting, HostingError};
pub use sitting::{Settings, Sitting};
pub use view::View;
