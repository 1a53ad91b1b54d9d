//! Signing in, in which the app and the viewer both have their part.

use std::time::Duration;

use super::app::name_of;
use super::viewer::FETCH_THE_PHONE;
use super::{Director, Stop, unfinished};
use crate::protocol::Action;
use crate::runner::device::{Device, Intent, SignIn};
use crate::scenario::{EnterCode, PickedIn, SignIn as HowToSignIn, USUAL_LOGIN, Viewer};

impl Director<'_> {
    pub(super) async fn sign_in(&mut self, action: Action, how: &HowToSignIn) -> Result<(), Stop> {
        let intent = self.intent(how);
        let name = name_of(&action);
        self.device_mut().clear_screen();
        // The intent is known before the app can show anything.
        let id = self.device().last_action + 1;
        self.device_mut().sign_in = Some(SignIn { action: id, intent, doing: None });
        self.begin(action);
        self.see_sign_in_through(id, &name, how).await
    }

    pub(super) async fn finish_sign_in(&mut self, how: &HowToSignIn) -> Result<(), Stop> {
        let intent = self.intent(how);
        let device = self.device_mut();
        let Some(sign_in) = &mut device.sign_in else {
            self.log.note("the sign-in was over before the viewer could finish it");
            return Ok(());
        };
        sign_in.intent = intent;
        let id = sign_in.action;
        match (device.code.clone(), device.open_page.take()) {
            (_, Some(page)) => self.open_in_app(&page),
            (Some(code), None) => self.use_code(&code),
            (None, None) => {}
        }
        self.see_sign_in_through(id, "sign_in", how).await
    }

    async fn see_sign_in_through(
        &mut self,
        id: u64,
        name: &str,
        how: &HowToSignIn,
    ) -> Result<(), Stop> {
        let patience = how.patience.unwrap_or(self.scenario.file.patience).0;
        if how.viewer == Viewer::DoesNothing {
            let there = |device: &Device| device.is_through(id) || device.login_is_there();
            return match self.until(there, patience).await? {
                true => Ok(()),
                false => Err(unfinished("it offered nothing to sign in with", patience)),
            };
        }
        let login = how.takes.map_or(USUAL_LOGIN, Duration::from);
        let login = login + FETCH_THE_PHONE + self.scenario.file.server.login_delay.0;
        self.finish(id, name, login + patience).await
    }

    pub(super) async fn enter_code(&mut self, how: &EnterCode) -> Result<(), Stop> {
        let picked_here = self.scenario.file.picked_in == PickedIn::SecondScreen;
        let mvpd = self.scenario.file.mvpd.clone();
        let tv = self.stage.application(self.here);
        let session = tv.create_session((!picked_here).then_some(&mvpd)).await;
        let session = session.map_err(|error| Stop::Harness(format!("the TV: {error}")))?;
        let code = match how.mistyped {
            true => self.stage.ids().code().to_string(),
            false => session.code.unwrap_or_default(),
        };
        let intent = self.intent(&HowToSignIn {
            viewer: how.viewer,
            user: how.user.clone(),
            takes: how.takes,
            ..HowToSignIn::default()
        });
        self.device_mut().clear_screen();
        let id = self.device().last_action + 1;
        self.device_mut().sign_in = Some(SignIn { action: id, intent, doing: None });
        let mvpd = picked_here.then_some(mvpd);
        self.begin(Action::EnterCode { code, mvpd });
        let login = how.takes.map_or(USUAL_LOGIN, Duration::from);
        self.finish(id, "enter_code", login + self.scenario.file.patience.0).await
    }

    fn intent(&self, how: &HowToSignIn) -> Intent {
        Intent {
            viewer: how.viewer,
            who: self.stage.credentials(how.user.as_deref()),
            mvpd: how.mvpd.clone().unwrap_or_else(|| self.scenario.file.mvpd.clone()),
            takes: how.takes.map_or(USUAL_LOGIN, Duration::from),
        }
    }
}
