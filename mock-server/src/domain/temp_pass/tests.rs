//! Trials, their limits and their resets.

use super::*;
use crate::config::Lifetime;
use ErrorCode::{TemporaryAccessDurationLimitExceeded, TemporaryAccessResourcesLimitExceeded};

const NOW: Timestamp = Timestamp(1_000_000);

fn basic() -> TempPass {
    TempPass { duration: Some(Lifetime::minutes(3)), promotional: false, resources: None }
}

fn promotional(resources: usize) -> TempPass {
    let duration = Some(Lifetime::hours(1));
    TempPass { duration, promotional: true, resources: Some(resources) }
}

fn visitor(device: &str, identity: &str) -> Visitor {
    Visitor {
        service_provider: "REF30".into(),
        mvpd: "pass".into(),
        device_id: device.into(),
        identity: (!identity.is_empty()).then(|| Identity::new(identity)),
    }
}

fn later(seconds: u64, millis: u64) -> Timestamp {
    NOW.after(Duration::from_millis(seconds * 1000 + millis))
}

#[test]
fn the_clock_starts_with_the_first_authorization_and_ends_to_the_millisecond() {
    let (trials, tv, pass) = (Trials::default(), visitor("tv", ""), basic());
    for at in [NOW, later(500, 0)] {
        let seen = trials.look(&tv, &pass, at).unwrap();
        let end = at.after(Duration::from_secs(180));
        assert_eq!((seen.not_before, seen.not_after), (at, end));
    }
    assert!(trials.all().is_empty(), "looking begins nothing");
    trials.authorize(&tv, &pass, "news", NOW).unwrap();
    let end = later(180, 0);
    assert_eq!(trials.look(&tv, &pass, later(90, 0)).unwrap().not_after, end);
    assert!(trials.authorize(&tv, &pass, "news", end).is_ok());
    let over = Err(TemporaryAccessDurationLimitExceeded);
    assert_eq!(trials.authorize(&tv, &pass, "news", later(180, 1)), over);
    assert_eq!(trials.look(&tv, &pass, later(180, 1)), over);
}

#[test]
fn at_the_limit_the_used_resources_are_denied_too() {
    let (trials, tv, pass) = (Trials::default(), visitor("tv", "me"), promotional(2));
    let watch = |resource| trials.authorize(&tv, &pass, resource, NOW).map(|a| a.remaining);
    assert_eq!(watch("one"), Ok(Some(1)));
    assert_eq!(watch("one"), Ok(Some(1)), "the same one again is not counted");
    assert_eq!(trials.look(&tv, &pass, NOW).unwrap().used, ["one".into()]);
    assert_eq!(watch("two"), Ok(Some(0)));
    for resource in ["one", "two", "three"] {
        assert_eq!(watch(resource), Err(TemporaryAccessResourcesLimitExceeded));
    }
    let why = trials.look(&tv, &pass, NOW);
    assert_eq!(why, Err(TemporaryAccessResourcesLimitExceeded));
    let both = trials.look(&tv, &pass, later(3600, 1));
    assert_eq!(both, Err(TemporaryAccessDurationLimitExceeded));
}

#[test]
fn one_document_is_one_resource_however_it_is_written() {
    let (trials, tv, pass) = (Trials::default(), visitor("tv", "me"), promotional(2));
    let document = |title: &str| {
        format!("<rss><channel><title>c</title><item><guid>g</guid>{title}</item></channel></rss>")
    };
    for title in ["<title>a</title>", "<title>b</title>"] {
        trials.authorize(&tv, &pass, &document(title), NOW).unwrap();
    }
    assert_eq!(trials.look(&tv, &pass, NOW).unwrap().used, ["g".into()]);
}

#[test]
fn the_documented_table_of_devices_and_identities() {
    let (trials, pass) = (Trials::default(), promotional(5));
    let used =
        |device, identity| trials.look(&visitor(device, identity), &pass, NOW).unwrap().used.len();
    trials.authorize(&visitor("tv", "me"), &pass, "one", NOW).unwrap();
    assert_eq!(used("phone", "you"), 0, "new and new is a new trial");
    assert_eq!(used("phone", "me"), 1, "the identity is known");
    assert_eq!(used("tv", "you"), 1, "the device is known");
    assert_eq!(used("tv", "me"), 1);
    assert_eq!(used("tv", ""), 1, "the device alone");
    trials.authorize(&visitor("phone", "me"), &pass, "two", NOW).unwrap();
    assert_eq!(used("phone", "you"), 2, "the phone is known from now on");
    assert_eq!(trials.all().len(), 1);
}

#[test]
fn of_two_trials_the_older_one_counts() {
    let (trials, pass) = (Trials::default(), promotional(5));
    trials.authorize(&visitor("tv", "me"), &pass, "one", NOW).unwrap();
    trials.authorize(&visitor("phone", "you"), &pass, "two", later(60, 0)).unwrap();
    for (device, identity) in [("tv", "you"), ("phone", "me")] {
        let seen = trials.look(&visitor(device, identity), &pass, later(60, 0)).unwrap();
        assert_eq!(seen.not_before, NOW, "{device} {identity}");
    }
}

#[test]
fn other_service_providers_and_passes_know_nothing() {
    let (trials, pass) = (Trials::default(), basic());
    let tv = visitor("tv", "");
    trials.authorize(&tv, &pass, "one", NOW).unwrap();
    let elsewhere = Visitor { service_provider: "apasstest1".into(), ..tv.clone() };
    let another = Visitor { mvpd: "another".into(), ..tv };
    for visitor in [elsewhere, another] {
        assert_eq!(trials.look(&visitor, &pass, later(60, 0)).unwrap().not_before, later(60, 0));
    }
}

#[test]
fn an_incomplete_configuration_is_an_error_before_anything_else() {
    let (trials, tv) = (Trials::default(), visitor("tv", "me"));
    let endless = TempPass { duration: None, ..basic() };
    let uncounted = TempPass { resources: None, ..promotional(1) };
    for pass in [endless, uncounted] {
        let error = Err(ErrorCode::InvalidConfigurationTemporaryAccess);
        assert_eq!(trials.look(&tv, &pass, NOW), error);
        assert_eq!(trials.authorize(&tv, &pass, "one", NOW), error);
    }
    let nothing = trials.authorize(&tv, &promotional(0), "one", NOW);
    assert_eq!(nothing, Err(TemporaryAccessResourcesLimitExceeded));
    assert!(trials.all().is_empty());
}

#[test]
fn a_reset_forgets_a_device_or_an_identity_and_not_the_other() {
    let (trials, pass) = (Trials::default(), promotional(5));
    let both = visitor("tv", "me");
    let used =
        |device, identity| trials.look(&visitor(device, identity), &pass, NOW).unwrap().used.len();
    trials.authorize(&both, &pass, "one", NOW).unwrap();
    assert_eq!(trials.reset("REF30", "pass", Reset::Device("phone")), 0);
    assert_eq!(trials.reset("REF30", "another", Reset::Device("tv")), 0);
    assert_eq!(trials.reset("REF30", "pass", Reset::Device("tv")), 1);
    assert_eq!((used("tv", "you"), used("tv", "me")), (0, 1));
    assert_eq!(trials.reset("REF30", "pass", Reset::Identity("me")), 1);
    assert_eq!(used("tv", "me"), 0);
    assert!(trials.all().is_empty());
    for all in [Reset::AllDevices, Reset::AllIdentities] {
        trials.authorize(&both, &pass, "one", NOW).unwrap();
        assert_eq!(trials.reset("REF30", "pass", all), 1);
        assert_eq!(trials.all().len(), 1, "known by the other");
    }
    assert_eq!(trials.reset("REF30", "pass", Reset::AllDevices), 1);
    assert!(trials.all().is_empty());
    trials.authorize(&both, &pass, "one", NOW).unwrap();
    assert_eq!((trials.forget_device("tv"), trials.all().len()), (1, 0));
}

#[test]
fn a_key_is_the_identity_or_its_hash() {
    let hash = "f7ee5ec7312165148b69fcca1d29075b14b8aef0b5048a332b18b88d09069fb7";
    let plain = Identity::new("user@domain.com");
    let object = Identity::new("{\"email\": \"user@domain.com\"}");
    for identity in [&plain, &object] {
        assert!(identity.is_named("user@domain.com") && identity.is_named(hash));
        assert!(identity.is_named(&hash.to_uppercase()));
        assert!(!identity.is_named("somebody@domain.com") && !identity.is_named(""));
    }
    assert!(object.is_named("{\"email\": \"user@domain.com\"}"));
    let laid_out_otherwise = Identity::new("{\"email\":\"user@domain.com\"}");
    assert_eq!(laid_out_otherwise.hash, object.hash);
}
