//! Sessions and logins.

use std::time::Duration;

use http::Method;
use pass_mock::domain::{ErrorCode, When};
use pass_mock::http::Request;

use super::bench::{Bench, assert_error, json_of};
use super::model::{Login, Model, Session, integrated};
use super::step::{MVPDS, PROVIDERS, Subject, Who};

const FORM: &str = "application/x-www-form-urlencoded";

fn complete(mvpd: usize) -> String {
    format!("mvpd={}&domainName=a.b&redirectUrl=https%3A%2F%2Fa.b", MVPDS[mvpd])
}

impl Bench {
    pub(super) fn create(&mut self, who: Who, mvpd: Option<usize>, subject: Subject) {
        let form = mvpd.map_or("domainName=a.b".to_owned(), complete);
        let request = self.call_as((who, subject), Method::POST, "sessions");
        let answer = self.send(request.with_body(FORM, form));
        if mvpd.is_some_and(|mvpd| !integrated(who, mvpd)) {
            return assert_error(&answer, ErrorCode::InvalidIntegration);
        }
        let answer = json_of(&answer);
        let now = self.now();
        if let Some(reason) = mvpd.and_then(|mvpd| self.direct(who, mvpd, subject)) {
            assert_eq!(answer["reasonType"], reason);
            assert!(answer.get("code").is_none() && answer.get("notAfter").is_none());
            return;
        }
        let action = if mvpd.is_some() { "authenticate" } else { "resume" };
        assert_eq!(answer["actionName"], action);
        let code = answer["code"].as_str().unwrap().to_owned();
        let sessions = &mut self.model.sessions;
        assert!(sessions.iter().all(|session| session.code != code), "codes differ");
        for session in sessions.iter_mut() {
            session.superseded |= session.who == who;
        }
        sessions.push(Session {
            code,
            who,
            subject,
            mvpd,
            complete: mvpd.is_some(),
            not_after: now.after(Duration::from_secs(1800)),
            superseded: false,
            login: Login::Open,
            bound: None,
        });
    }

    /// Why nobody needs to sign in.
    fn direct(&self, who: Who, mvpd: usize, subject: Subject) -> Option<&'static str> {
        if self.model.signs_in(who.provider, mvpd, self.now()).is_some() {
            return Some("degraded");
        }
        let (_, own) = self.model.seen(who, mvpd, subject, self.now()).ok()?;
        Some(if own { "authenticated" } else { "authenticatedSSO" })
    }

    pub(super) fn resume(&mut self, client: usize, ago: usize, mvpd: usize) {
        let Some(index) = self.model.session(ago) else { return };
        let who = Who { client, ..self.model.sessions[index].who };
        let path = format!("sessions/{}", self.model.sessions[index].code);
        let request = self.call(who, Method::POST, &path);
        let answer = self.send(request.with_body(FORM, complete(mvpd)));
        if !integrated(who, mvpd) {
            return assert_error(&answer, ErrorCode::InvalidIntegration);
        }
        let session = self.model.sessions[index].clone();
        let shortcut = self.direct(session.who, mvpd, None);
        let used = session.login == Login::Done && shortcut.is_none();
        if !Model::is_live(&session, self.now()) || used {
            return assert_error(&answer, ErrorCode::InvalidAuthenticationSession);
        }
        let answer = json_of(&answer);
        let session = &mut self.model.sessions[index];
        (session.mvpd, session.complete) = (Some(mvpd), true);
        if let Some(reason) = shortcut {
            assert_eq!(answer["reasonType"], reason);
            session.bound = Some(mvpd);
        } else {
            assert_eq!(answer["actionName"], "authenticate");
            assert_eq!(answer["code"], session.code.as_str());
        }
        // A login that waited for the MVPD's name has one now.
        self.model.settle(self.clock.now());
    }

    pub(super) fn open(&mut self, ago: usize) {
        let Some(index) = self.model.session(ago) else { return };
        let session = &self.model.sessions[index];
        let provider = PROVIDERS[session.who.provider];
        let path = format!("/api/v2/authenticate/{provider}/{}", session.code);
        let answer = self.send(Request::new(Method::GET, &path));
        let session = &self.model.sessions[index];
        let open = !matches!(session.login, Login::Done | Login::Denied);
        let leads_on = Model::is_live(session, self.now()) && session.complete && open;
        assert_eq!(answer.status, if leads_on { 302 } else { 400 }, "{session:?}");
    }

    pub(super) fn login(&mut self, ago: usize, user: &'static str, delay: u64) {
        let Some(index) = self.model.session(ago) else { return };
        let (now, session) = (self.now(), self.model.sessions[index].clone());
        // When others see a login that comes later, is for its own device to bring about.
        let delay = Duration::from_secs(if session.subject.is_some() { 0 } else { delay });
        let fixtures = self.app.fixtures.load();
        let who = fixtures.user(user).unwrap();
        let done =
            self.app.domain.complete_login(&fixtures, &session.code, who, When::After(delay), now);
        let open = matches!(session.login, Login::Open | Login::Due { .. });
        let expected = Model::is_live(&session, now) && session.mvpd.is_some() && open;
        assert_eq!(done.is_ok(), expected, "{done:?} for {session:?}");
        if expected {
            self.model.sessions[index].login = Login::Due { user, at: now.after(delay) };
            self.model.settle(now);
        }
    }

    pub(super) fn deny(&mut self, ago: usize) {
        let Some(index) = self.model.session(ago) else { return };
        let now = self.now();
        let live = Model::is_live(&self.model.sessions[index], now);
        let session = &mut self.model.sessions[index];
        let denied = self.app.domain.deny_login(&self.app.fixtures.load(), &session.code, now);
        assert_eq!(denied.is_ok(), live && session.login != Login::Done);
        if denied.is_ok() {
            session.login = Login::Denied;
        }
    }

    pub(super) fn poll(&mut self, client: usize, ago: usize) {
        let Some(index) = self.model.session(ago) else { return };
        let who = Who { client, ..self.model.sessions[index].who };
        let path = format!("profiles/code/{}", self.model.sessions[index].code);
        let request = self.call(who, Method::GET, &path);
        let answer = self.send(request);
        let session = self.model.sessions[index].clone();
        if !Model::is_live(&session, self.now()) {
            return assert_error(&answer, ErrorCode::InvalidAuthenticationSession);
        }
        let provider = session.who.provider;
        let waits =
            session.mvpd.filter(|m| self.model.signs_in(provider, *m, self.now()).is_some());
        match session.bound.or(waits) {
            Some(mvpd) => self.assert_profile(session.who, mvpd, None, &json_of(&answer)),
            None => assert_eq!(json_of(&answer)["profiles"], serde_json::json!({})),
        }
    }
}
