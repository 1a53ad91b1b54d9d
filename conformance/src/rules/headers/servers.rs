//! Clients that are servers and call on behalf of devices.

use crate::rules::Findings;
use crate::trace::Context;

/// Whether the client declared that it is one; notes why a rule does not apply where it did not. A
/// capture declares nothing.
pub(super) fn declared(context: &Context, findings: &mut Findings) -> bool {
    let capabilities = context.capabilities.as_ref();
    let declared = capabilities.is_some_and(|all| all.contains("server_to_server"));
    if !declared {
        let reason = "the client does not declare that it calls on behalf of devices";
        findings.not_applicable = Some(reason.into());
    }
    declared
}
