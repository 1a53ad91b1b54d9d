//! The rows of the table, a few areas a file.

mod rights;
mod server;
mod traffic;
mod viewers;

use http::Method;

use super::operation::Operation;

const GET: Method = Method::GET;
const PUT: Method = Method::PUT;
const POST: Method = Method::POST;
const DELETE: Method = Method::DELETE;

/// Every operation, in the order of the document.
pub(super) fn operations() -> Vec<Operation> {
    let areas = [
        server::whole_area(),
        server::clock_area(),
        viewers::session_area(),
        viewers::profile_area(),
        viewers::device_area(),
        rights::decision_area(),
        rights::degradation_area(),
        rights::temp_pass_area(),
        traffic::fault_area(),
        rights::media_token_area(),
        rights::user_metadata_area(),
        rights::sso_area(),
        viewers::client_area(),
        server::throttle_area(),
        traffic::journal_area(),
    ];
    areas.into_iter().flatten().collect()
}
