//! The secrets of an exchange, and its texts without them.
//!
//! A value is a secret by the name it stands under (headers, cookies, members, parameters, inputs of
//! a page) or by its looks (JSON web tokens), and is then hidden wherever else in the exchange it
//! occurs. In its place stands a pseudonym that is the same for the same value all over one server,
//! so that "the same token again" stays visible. What is hidden is numbered in the order in which
//! it is met, which is always the same: by the number it is asked for.
//!
//! | module | what it is |
//! | --- | --- |
//! | `secrets` | the secrets of one exchange, and texts split around them |
//! | `places` | which headers, parameters and members hold them |
//! | `scan` | where they stand in any text |
//! | `texts` | texts as they may be shown |

mod places;
mod scan;
mod secrets;
mod texts;

#[cfg(test)]
mod tests;

pub(super) use places::is_form;
pub(super) use secrets::{BODY, Piece, Secret, Secrets, plain};
pub(super) use texts::shown;
