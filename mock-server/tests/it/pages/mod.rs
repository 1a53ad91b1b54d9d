//! The pages in a real browser.

mod activate;
mod console;
mod login;
mod provider;
mod security;

use crate::device::Device;
use crate::harness::Mock;

/// A session of a device with a provider, which leads back to an address.
async fn begin(device: &Device<'_>, mvpd: &str, redirect_url: &str) -> String {
    let wanted = [("mvpd", mvpd), ("domainName", "adobe.com"), ("redirectUrl", redirect_url)];
    device.session(&wanted).await
}

/// Where a user agent begins with a code.
fn authenticate(mock: &Mock, code: &str) -> String {
    format!("{}/api/v2/authenticate/REF30/{code}", mock.server.base_url())
}
