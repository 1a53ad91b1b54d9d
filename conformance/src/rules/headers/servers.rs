//! Clients that are servers and call on behalf of devices.

use crate::rules::Findings;
use crate::trace::Context;

/// Whether the client declared that it is one, and acts for a device here; notes why a rule does not
/// apply where it does not. A capture declares nothing. Whoever is told what the user does is told the
/// device's address, too, or else acts for none.
pub(super) fn declared(context: &Context, findings: &mut Findings) -> bool {
    let capabilities = context.capabilities.as_ref();
    let declared = capabilities.is_some_and(|all| all.contains("server_to_server"));
    let acts = declared && (context.device_ip.is_some() || !context.has_events);
    if !acts {
        let reason = match declared {
            false => "the client does not declare that it calls on behalf of devices",
            true => "the client was told of no device to act for",
        };
        findings.not_applicable = Some(reason.into());
    }
    acts
}
