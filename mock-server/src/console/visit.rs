//! What a page is rendered from: the service, and what the address says.

use std::sync::Arc;

use crate::app::App;
use crate::control::Control;
use crate::http::{Form, Request};

/// One request for a page.
pub(super) struct Visit<'a> {
    pub app: &'a Arc<App>,
    pub request: &'a Request,
    /// The parameters of the address.
    pub query: Form,
}

impl<'a> Visit<'a> {
    pub(super) fn new(app: &'a Arc<App>, request: &'a Request) -> Self {
        Self { app, request, query: request.query_form() }
    }

    /// The control API, to read from.
    pub(super) fn control(&self) -> Control<'a> {
        self.app.control()
    }

    /// A parameter of the address; empty when it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.query.get(name).unwrap_or_default().trim()
    }

    /// The service's time in milliseconds.
    pub(super) fn now(&self) -> i64 {
        self.app.clock.now().millis()
    }

    /// What every form carries.
    pub(super) fn form_token(&self) -> &'a str {
        self.app.console.form_token()
    }

    /// The address of this page with some parameters changed; those set to nothing are left out.
    pub(super) fn address(&self, changes: &[(&str, &str)]) -> String {
        let changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
        let kept = self.query.pairs().iter().filter(|(name, _)| name != "said" && !changed(name));
        let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs: Vec<_> =
            kept.chain(changes.iter().copied()).filter(|(_, value)| !value.is_empty()).collect();
        if pairs.is_empty() {
            return self.request.path.clone();
        }
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("{}?{query}", self.request.path)
    }
}
