//! A login that is half done: the password was right, and the parental PIN is still to come.
//!
//! It is in a signed cookie of the user agent that gave the password, for one code, and for a few
//! minutes. Nothing of it is in an address, so that none can be passed on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{FORM_COOKIE, Memory, Purpose, cookies, login_path};
use crate::clock::Timestamp;
use crate::http::Request;

/// For how long a PIN can be given after the password.
const PATIENCE: Duration = Duration::from_secs(600);

/// Whose login is half done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::mvpd) struct Half {
    /// With which provider.
    pub(in crate::mvpd) mvpd: String,
    /// For which code.
    pub(in crate::mvpd) code: String,
    /// Who gave the password.
    pub(in crate::mvpd) user: String,
    /// Whether to remember who signed in; as it was before when absent.
    pub(in crate::mvpd) remember: Option<bool>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    half: Half,
    /// The form cookie of the user agent that gave the password.
    form: String,
    until: Timestamp,
    epoch: u64,
}

impl Memory {
    /// The `Set-Cookie` by which a provider waits for the PIN, in the user agent with a form cookie.
    pub(in crate::mvpd) fn await_pin(&self, half: &Half, form: &str, now: Timestamp) -> String {
        let sealed = Sealed {
            half: half.clone(),
            form: form.to_owned(),
            until: now.after(PATIENCE),
            epoch: self.epoch(),
        };
        let value = self.seal(Purpose::Half, &sealed);
        let (name, path) = (half_cookie(&half.code), login_path(&half.mvpd));
        let age = PATIENCE.as_secs();
        format!("{name}={value}; Path={path}; Max-Age={age}; HttpOnly; SameSite=Lax")
    }

    /// Whose login waits for the PIN in the user agent that sent a request.
    pub(in crate::mvpd) fn half(
        &self,
        request: &Request,
        mvpd: &str,
        code: &str,
        now: Timestamp,
    ) -> Option<Half> {
        cookies(request, &half_cookie(code)).find_map(|value| {
            let sealed: Sealed = self.open(Purpose::Half, value)?;
            let half = sealed.half;
            let same_agent = cookies(request, FORM_COOKIE).any(|form| form == sealed.form);
            let known = half.mvpd == mvpd
                && half.code == code
                && same_agent
                && now <= sealed.until
                && sealed.epoch == self.epoch();
            known.then_some(half)
        })
    }

    /// The `Set-Cookie` that ends the wait for the PIN.
    pub(in crate::mvpd) fn end_wait(mvpd: &str, code: &str) -> String {
        let (name, path) = (half_cookie(code), login_path(mvpd));
        format!("{name}=; Path={path}; HttpOnly; SameSite=Lax; Max-Age=0")
    }
}

/// Each code has a cookie of its own, so that two windows do not get into each other's way. A code
/// that a session has is made of letters and digits.
fn half_cookie(code: &str) -> String {
    format!("pass_mock_pin_{code}")
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::ids::Ids;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn half() -> Half {
        let (mvpd, code, user) = ("Dish".into(), "ABC1234".into(), "pin".into());
        Half { mvpd, code, user, remember: Some(true) }
    }

    fn request(cookies: &[&str]) -> Request {
        let pairs: Vec<&str> = cookies.iter().map(|set| set.split(';').next().unwrap()).collect();
        Request::new(Method::GET, "/").with_header("cookie", &pairs.join("; "))
    }

    #[test]
    fn only_the_same_user_agent_goes_on_and_only_for_a_while() {
        let memory = Memory::new(&Ids::seeded(1));
        let set = memory.await_pin(&half(), "agent", NOW);
        let agent = request(&[&set, "pass_mock_form=agent"]);
        let found = |request: &Request, mvpd, code, at| memory.half(request, mvpd, code, at);
        assert_eq!(found(&agent, "Dish", "ABC1234", NOW), Some(half()));
        assert_eq!(found(&agent, "Dish", "ABC1234", NOW.after(PATIENCE)), Some(half()));
        let late = NOW.after(PATIENCE + Duration::from_millis(1));
        assert_eq!(found(&agent, "Dish", "ABC1234", late), None);
        assert_eq!(found(&agent, "Spectrum", "ABC1234", NOW), None);
        assert_eq!(found(&agent, "Dish", "ZZZ9999", NOW), None);
        assert_eq!(found(&request(&[&set]), "Dish", "ABC1234", NOW), None);
        let thief = request(&[&set, "pass_mock_form=thief"]);
        assert_eq!(found(&thief, "Dish", "ABC1234", NOW), None);
        let other_code = set.replace("ABC1234=", "ZZZ9999=");
        let renamed = request(&[&other_code, "pass_mock_form=agent"]);
        assert_eq!(found(&renamed, "Dish", "ZZZ9999", NOW), None);
        memory.forget_all();
        assert_eq!(found(&agent, "Dish", "ABC1234", NOW), None);
    }

    #[test]
    fn a_half_login_is_no_login() {
        let memory = Memory::new(&Ids::seeded(1));
        let set = memory.await_pin(&half(), "agent", NOW);
        let renamed = set.replace("pass_mock_pin_ABC1234", "pass_mock_login_Dish");
        assert_eq!(memory.recall(&request(&[&renamed]), "Dish", NOW), None);
    }
}
