//! Who knows the viewer beyond this app and this device: an identity service, the platform, or a
//! partner's framework. What they say goes into headers, in one place for all calls that specify them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::api::Call;
use super::app::App;
use super::device::{ANDROID_TV, APPLE_TV, Platform};
use crate::defects::Defect;

impl App {
    /// The headers of single sign-on for a call.
    pub(super) fn sign_on_headers(&self, call: &Call) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        let Some(known) = &self.settings.single_sign_on else { return headers };
        if call.takes.subject && !self.leaves_subject_off(call) {
            let token = known.service_token.iter();
            headers.extend(token.map(|token| ("ad-service-token".to_owned(), token.clone())));
            let identity = known.platform_identity.iter();
            headers.extend(identity.map(|it| (it.header.to_ascii_lowercase(), it.token.clone())));
        }
        let takes_status = call.takes.partner_status && !self.leaves_status_off(call);
        if let Some(partner) = known.partner.as_ref().filter(|_| takes_status) {
            let status = STANDARD.encode(partner.framework_status.to_string());
            headers.push(("ap-partner-framework-status".to_owned(), status));
        }
        headers
    }

    fn leaves_subject_off(&self, call: &Call) -> bool {
        self.breaks(Defect::LogsOutWithoutSubject) && call.path.contains("/logout/")
    }

    fn leaves_status_off(&self, call: &Call) -> bool {
        self.breaks(Defect::NoPartnerStatus) && call.path.contains("/decisions/")
            || self.breaks(Defect::NoStatusForPartner) && call.path.contains("/sso/")
    }

    /// What the app runs on: partners have platforms of their own.
    pub(super) fn platform(&self) -> &'static Platform {
        let known = self.settings.single_sign_on.as_ref();
        match known.is_some_and(|known| known.partner.is_some()) {
            true => &APPLE_TV,
            false => &ANDROID_TV,
        }
    }
}
