//! Registration (dynamic client registration).

pub(super) mod credentials_kept;
pub(super) mod no_expired_token;
pub(super) mod refresh_before_retry;
pub(super) mod refresh_not_reregister;
pub(super) mod registration_well_formed;
pub(super) mod token_first;
pub(super) mod token_reused;

use crate::trace::Exchange;

/// Whether an answer says that the client must register anew: `invalid_client` from call 2, or any
/// error with the action `application-registration`.
fn asks_to_register(exchange: &Exchange) -> bool {
    exchange.error().is_some_and(|error| error.code == "invalid_client")
        || exchange.demands("application-registration")
}
