//! Logouts.

use http::Method;
use pass_mock::config::UrlForm;

use super::{BACK, assert_like, assert_sample, logout_sample, with};
use crate::application::Application;
use crate::harness::Mock;

#[tokio::test]
async fn logout() {
    let mock = Mock::start().await;
    let app = Application::register(&mock).await;
    let logout = |mvpd: &'static str| {
        let path = format!("/api/v2/REF30/logout/{mvpd}?{BACK}");
        let call = app.call(Method::GET, &path);
        async move { call.send().await }
    };
    app.sign_in("Cablevision").await;
    app.sign_in("Dish").await;
    let url = format!(
        "{}/mvpd/Cablevision/logout?noflash=true&mso_id=Cablevision&requestor_id=REF30\
         &redirect_url=https%3A%2F%2Fadobe.com",
        mock.server.base_url()
    );
    let answer = logout("Cablevision").await;
    let sample = logout_sample("Cablevision", ["logout", "interactive"], Some(&url));
    assert_like("$", &answer.json(), &sample);
    let again = logout("Cablevision").await;
    let sample = logout_sample("Cablevision", ["invalid", "none"], None);
    assert_sample("logout_without_profile", &again, 200, &sample);
    let sample = logout_sample("Dish", ["complete", "none"], None);
    assert_sample("logout_2", &logout("Dish").await, 200, &sample);
    let sample = logout_sample("TempPass_TEST40", ["complete", "none"], None);
    assert_sample("logout_7", &logout("TempPass_TEST40").await, 200, &sample);
}

#[tokio::test]
async fn logout_with_relative_urls() {
    let fixtures = with(|f| f.settings.logout_url = UrlForm::Relative);
    let mock = Mock::with(|builder| builder.fixtures(fixtures)).await;
    let app = Application::register(&mock).await;
    app.sign_in("Spectrum").await;
    let answer = app.get(&format!("/api/v2/REF30/logout/Spectrum?{BACK}")).await;
    let url = answer.json()["logouts"]["Spectrum"]["url"].clone();
    assert!(url.as_str().unwrap().starts_with("/mvpd/Spectrum/logout?"), "{url}");
}
