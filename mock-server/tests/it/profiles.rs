//! Several people, providers and devices side by side, and how long a profile lives.

use http::Method;
use pass_mock::config::{Fixtures, Lifetime};
use serde_json::{Value, json};

use crate::control::done;
use crate::device::Device;
use crate::harness::{Mock, START};

const GET: Method = Method::GET;
const POST: Method = Method::POST;

async fn sign_in(mock: &Mock, device: &Device<'_>, mvpd: &str, user: &str) {
    let code = device.begin(mvpd).await;
    done(mock, POST, &format!("/sessions/{code}/complete"), json!({"user": user})).await;
}

/// The MVPDs of the list of all profiles, in its order.
async fn listed(device: &Device<'_>) -> Vec<String> {
    let answer = device.call(GET, "profiles").send().await;
    // The order of the body is that of the answer, and not of its names.
    let text = answer.text().to_owned();
    let mut mvpds: Vec<String> =
        answer.json()["profiles"].as_object().unwrap().keys().cloned().collect();
    mvpds.sort_by_key(|mvpd| text.find(&format!("\"{mvpd}\":{{")));
    mvpds
}

async fn one(device: &Device<'_>, mvpd: &str) -> Value {
    let answer = device.call(GET, &format!("profiles/{mvpd}")).send().await;
    answer.json()["profiles"].clone()
}

#[tokio::test]
async fn a_device_is_signed_in_with_several_mvpds_and_leaves_them_one_by_one() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    sign_in(&mock, &tv, "Spectrum", "demo").await;
    sign_in(&mock, &tv, "Cablevision", "basic").await;
    sign_in(&mock, &tv, "Dish", "everything").await;
    assert_eq!(listed(&tv).await, ["Spectrum", "Cablevision", "Dish"]);
    for mvpd in ["Spectrum", "Cablevision", "Dish"] {
        let alone = one(&tv, mvpd).await;
        assert_eq!(alone.as_object().unwrap().keys().collect::<Vec<_>>(), [mvpd]);
        assert_eq!(alone[mvpd]["issuer"], mvpd);
    }
    // Each decides for its own user.
    let sports = async |mvpd| tv.authorize(mvpd, "sports").await["authorized"].clone();
    assert_eq!([sports("Spectrum").await, sports("Cablevision").await], [true, false]);

    let left = tv.logout("Cablevision", "https://adobe.com").await.json();
    assert_eq!(left["logouts"].as_object().unwrap().keys().collect::<Vec<_>>(), ["Cablevision"]);
    assert_eq!(listed(&tv).await, ["Spectrum", "Dish"]);
    let gone = tv.authorize_whole("Cablevision", "REF30").await;
    assert_eq!(
        (gone.status.as_u16(), &gone.json()["code"]),
        (403, &json!("authenticated_profile_missing"))
    );
    assert_eq!(sports("Spectrum").await, true, "what was decided elsewhere stays");

    tv.logout("Spectrum", "https://adobe.com").await;
    sign_in(&mock, &tv, "Spectrum", "basic").await;
    assert_eq!(listed(&tv).await, ["Dish", "Spectrum"]);
    assert_eq!(sports("Spectrum").await, false, "and nothing of who was there before");
}

#[tokio::test]
async fn two_devices_of_one_user_know_nothing_of_each_other() {
    let mock = Mock::start().await;
    let (tv, phone) = (Device::new(&mock, "tv").await, Device::new(&mock, "phone").await);
    sign_in(&mock, &tv, "Dish", "demo").await;
    assert!(!phone.is_signed_in().await);
    sign_in(&mock, &phone, "Dish", "demo").await;
    tv.logout("Dish", "https://adobe.com").await;
    assert!(!tv.is_signed_in().await && phone.is_signed_in().await);
}

const DAY: u64 = 24 * 3600;

/// A signed-in device that describes itself so, and how many seconds its profile lives.
async fn described<'a>(
    mock: &'a Mock,
    id: &'static str,
    header: Option<(&'static str, &str)>,
) -> (Device<'a>, u64) {
    let device = Device::new(mock, id).await;
    let call = device.undescribed(POST, "sessions");
    let call = match header {
        Some((name, value)) => call.header(name, value),
        None => call,
    };
    let form =
        [("mvpd", "Dish"), ("domainName", "adobe.com"), ("redirectUrl", "https://adobe.com")];
    let code = call.form(&form).send().await.json()["code"].as_str().unwrap().to_owned();
    done(mock, POST, &format!("/sessions/{code}/complete"), json!({})).await;
    let not_after = one(&device, "Dish").await["Dish"]["notAfter"].as_i64().unwrap();
    (device, u64::try_from(not_after - START.millis()).unwrap() / 1000)
}

#[tokio::test]
async fn a_platform_that_nothing_identifies_is_signed_in_for_a_shorter_time() {
    let mock = Mock::start().await;
    // {"model": "TV"}, {"osName": "tvOS"}, {"connectionType": "WiFi"}
    let known = [
        ("x-device-info", "eyJtb2RlbCI6ICJUViJ9"),
        ("x-device-info", "eyJvc05hbWUiOiAidHZPUyJ9"),
        ("user-agent", "Roku/DVP-11.5 (11.5.0.4312-88)"),
    ];
    for (id, header) in ["a", "b", "c"].into_iter().zip(known) {
        assert_eq!(described(&mock, id, Some(header)).await.1, 30 * DAY, "{header:?}");
    }
    let unknown = [
        None,
        Some(("x-device-info", "eyJjb25uZWN0aW9uVHlwZSI6ICJXaUZpIn0=")),
        Some(("user-agent", "acme-player/1.0")),
    ];
    for (id, header) in ["d", "e", "f"].into_iter().zip(unknown) {
        assert_eq!(described(&mock, id, header).await.1, DAY, "{header:?}");
    }
}

#[tokio::test]
async fn a_profile_is_good_up_to_its_last_instant_on_either_kind_of_platform() {
    for (id, header, lifetime) in
        [("known", Some(("user-agent", "tvOS")), 30 * DAY), ("unknown", None, DAY)]
    {
        // The token is to outlive the profile.
        let mut fixtures = Fixtures::default();
        fixtures.lifetimes.access_token = Lifetime::days(90);
        let mock = Mock::with(|builder| builder.fixtures(fixtures)).await;
        let (device, lives) = described(&mock, id, header).await;
        assert_eq!(lives, lifetime, "{id}");
        mock.advance(lifetime);
        assert_eq!(listed(&device).await, ["Dish"], "{id}: its last instant");
        assert_eq!(device.authorize("Dish", "REF30").await["authorized"], true);
        mock.server.clock().advance(std::time::Duration::from_millis(1));
        assert!(listed(&device).await.is_empty(), "{id}");
        let refused = device.authorize_whole("Dish", "REF30").await;
        assert_eq!(refused.json()["code"], "authenticated_profile_expired");
    }
}

#[tokio::test]
async fn an_integrations_own_lifetime_counts_unless_it_is_longer_than_an_unknown_platforms() {
    for (own, known, unknown) in [("2h", 2 * 3600, 2 * 3600), ("90d", 90 * DAY, DAY)] {
        let text = Fixtures::default_yaml().replace(
            "      - mvpd: Dish\n",
            &format!("      - mvpd: Dish\n        profile: {own}\n"),
        );
        let fixtures = Fixtures::from_yaml("own.yaml", &text).unwrap();
        let mock = Mock::with(|builder| builder.fixtures(fixtures)).await;
        let lives = async |id, header| described(&mock, id, header).await.1;
        assert_eq!(lives("known", Some(("user-agent", "tvOS"))).await, known, "{own}");
        assert_eq!(lives("unknown", None).await, unknown, "{own}");
    }
}
