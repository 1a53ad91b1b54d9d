//! What MVPDs tell about users, over the wire: which, when, and encrypted for whom.

use http::Method;
use pass_mock::config::Fixtures;
use pass_mock::user_metadata::{DOCUMENTED, PrivateKey, test_key_pem};
use serde_json::{Map, Value, json};

use crate::control::{done, refused};
use crate::device::Device;
use crate::harness::Mock;

const GET: Method = Method::GET;
const PUT: Method = Method::PUT;
const POST: Method = Method::POST;
const NOTHING: Value = Value::Null;

/// A device with somebody signed in, and the code of that.
async fn signed_in<'a>(mock: &'a Mock, mvpd: &str, user: &str) -> (Device<'a>, String) {
    let device = Device::new(mock, "tv").await;
    let code = device.begin(mvpd).await;
    done(mock, POST, &format!("/sessions/{code}/complete"), json!({"user": user})).await;
    (device, code)
}

async fn attributes(device: &Device<'_>, path: &str, mvpd: &str) -> Map<String, Value> {
    let answer = device.call(GET, path).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["profiles"][mvpd]["attributes"].as_object().unwrap().clone()
}

async fn told(device: &Device<'_>, mvpd: &str) -> Map<String, Value> {
    attributes(device, &format!("profiles/{mvpd}"), mvpd).await
}

fn names(told: &Map<String, Value>) -> Vec<&str> {
    let mut names: Vec<&str> = told.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// The documents' table of what MVPDs make available: when they sign a user in, and when they
/// authorize a resource. (`encryptedZip` is from the table above it, `mvpd` and Cablevision's
/// `householdID` from the samples.)
const AVAILABLE: &[(&str, &str, &str)] = &[
    ("Cablevision", "userID upstreamUserID householdID zip channelID", ""),
    ("Spectrum", "userID upstreamUserID householdID hba_status zip maxRating", "allowMirroring"),
    ("Dish", "userID upstreamUserID householdID zip channelID maxRating", ""),
    ("Comcast_SSO", "userID upstreamUserID hba_status encryptedZip", "householdID maxRating"),
    (
        "AdobeShibboleth",
        "userID upstreamUserID householdID primaryOID typeID is_hoh zip channelID maxRating mvpd",
        "",
    ),
    ("ProxiedTelco", "userID upstreamUserID zip language", "maxRating"),
    ("AdobePass_SMI", "userID upstreamUserID mvpd", ""),
];

#[tokio::test]
async fn mvpds_make_available_what_the_documents_list_for_them() {
    let mut seen = vec!["onNet".to_owned(), "inHome".to_owned()];
    for (mvpd, at_login, at_authorization) in AVAILABLE {
        let mock = Mock::start().await;
        let (tv, _) = signed_in(&mock, mvpd, "demo").await;
        let sorted = |lists: [&str; 2]| {
            let mut names: Vec<String> =
                lists.iter().flat_map(|l| l.split_whitespace()).map(str::to_owned).collect();
            names.sort_unstable();
            names
        };
        assert_eq!(names(&told(&tv, mvpd).await), sorted([at_login, ""]), "{mvpd}");
        tv.authorize(mvpd, "REF30").await;
        let after = told(&tv, mvpd).await;
        assert_eq!(names(&after), sorted([at_login, at_authorization]), "{mvpd}");
        for (name, attribute) in &after {
            let documented = DOCUMENTED.iter().find(|known| known.name == name).unwrap();
            if documented.requires_encryption {
                assert!(attribute["state"] == "enc" && attribute["value"].is_string(), "{name}");
            } else {
                assert_eq!(attribute["state"], "plain", "{name}");
                assert!(documented.kind.is(&attribute["value"]), "{name}: {attribute}");
            }
        }
        seen.extend(names(&after).into_iter().map(str::to_owned));
    }
    for documented in DOCUMENTED {
        assert!(
            seen.iter().any(|name| name == documented.name),
            "nobody tells {}",
            documented.name
        );
    }
}

#[tokio::test]
async fn an_mvpd_without_a_list_passes_everything_on() {
    let fixtures = Fixtures::default_yaml()
        .replace("- mvpd: DisabledCable\n        enabled: false", "- mvpd: DisabledCable");
    let fixtures = Fixtures::from_yaml("own.yaml", &fixtures).unwrap();
    let mock = Mock::with(|builder| builder.fixtures(fixtures)).await;
    let (tv, _) = signed_in(&mock, "DisabledCable", "demo").await;
    let told = told(&tv, "DisabledCable").await;
    assert_eq!(told["onNet"], json!({"value": "true", "state": "plain"}));
    assert_eq!(told["inHome"], json!({"value": "false", "state": "plain"}));
    assert_eq!(told["zip"]["state"], "enc");
}

#[tokio::test]
async fn whoever_has_the_private_key_reads_the_zip_in_every_call() {
    let mock = Mock::start().await;
    let (tv, code) = signed_in(&mock, "Cablevision", "demo").await;
    let key = PrivateKey::from_pem(test_key_pem()).unwrap();
    let mut shown = Vec::new();
    for path in
        ["profiles".to_owned(), "profiles/Cablevision".into(), format!("profiles/code/{code}")]
    {
        let zip = attributes(&tv, &path, "Cablevision").await["zip"].clone();
        assert_eq!(zip["state"], "enc", "{path}");
        let value = zip["value"].as_str().unwrap().to_owned();
        assert_eq!(key.decrypt(&value).unwrap(), r#"["77754","12345"]"#);
        let read = done(&mock, POST, "/user-metadata/decrypt", json!({"value": value})).await;
        assert_eq!(read, json!({"text": r#"["77754","12345"]"#}));
        shown.push(value);
    }
    assert!(shown.iter().all(|value| *value == shown[0]), "a poll shows no change");
}

#[tokio::test]
async fn an_authorization_changes_what_is_told() {
    let mock = Mock::start().await;
    let (tv, _) = signed_in(&mock, "Spectrum", "basic").await;
    let rating = async || told(&tv, "Spectrum").await["maxRating"]["value"].clone();
    assert_eq!(rating().await, json!({"MPAA": "G", "VCHIP": "TV-Y"}));
    tv.authorize("Spectrum", "sports").await;
    assert_eq!(rating().await["MPAA"], "G", "a deny changes nothing");
    tv.authorize("Spectrum", "news").await;
    assert_eq!(rating().await, json!({"MPAA": "PG", "VCHIP": "TV-Y7"}));
}

#[tokio::test]
async fn an_integration_passes_on_and_encrypts_what_it_agreed_on() {
    let own = Fixtures::default_yaml().replace(
        "      - mvpd: Cablevision\n      - mvpd: Spectrum\n      - mvpd: Dish",
        "      - mvpd: Cablevision\n        user_metadata: {encrypted: [householdID], disabled: [channelID]}\n      \
         - mvpd: Spectrum\n      - mvpd: Dish",
    );
    assert_ne!(own, Fixtures::default_yaml());
    let mock =
        Mock::with(|builder| builder.fixtures(Fixtures::from_yaml("own.yaml", &own).unwrap()))
            .await;
    let (tv, _) = signed_in(&mock, "Cablevision", "demo").await;
    let told = told(&tv, "Cablevision").await;
    assert_eq!(names(&told), ["householdID", "upstreamUserID", "userID", "zip"]);
    assert_eq!(told["zip"], json!({"value": ["77754", "12345"], "state": "plain"}));
    let household = told["householdID"]["value"].as_str().unwrap();
    let key = PrivateKey::from_pem(test_key_pem()).unwrap();
    assert_eq!(key.decrypt(household).unwrap(), "1o7241p");
}

/// What calls 8, 9 and 10 are answered with, after each other.
async fn outcomes(tv: &Device<'_>, mvpd: &str, code: &str) -> Vec<(u16, Value)> {
    let mut outcomes = Vec::new();
    for path in ["profiles", &format!("profiles/{mvpd}"), &format!("profiles/code/{code}")] {
        let answer = tv.call(GET, path).outcome().await.unwrap();
        outcomes.push((answer.status.as_u16(), answer.json()["code"].clone()));
    }
    outcomes
}

const REFUSED: &str = "invalid_configuration_user_metadata_certificate";

#[tokio::test]
async fn without_a_usable_certificate_what_must_be_encrypted_is_not_shown() {
    for certificate in ["", "    user_metadata_certificate: invalid\n"] {
        let own = Fixtures::default_yaml()
            .replace("    user_metadata_certificate: test\n", certificate)
            .replace(
                "      - mvpd: Cablevision\n      - mvpd: Spectrum\n      - mvpd: Dish",
                "      - mvpd: Cablevision\n        user_metadata: {encrypted: [zip]}\n      \
                 - mvpd: Spectrum\n      - mvpd: Dish",
            );
        let fixtures = Fixtures::from_yaml("own.yaml", &own).unwrap();
        let mock = Mock::with(|builder| builder.fixtures(fixtures)).await;
        let (tv, code) = signed_in(&mock, "Cablevision", "demo").await;
        let expected = (500, json!(REFUSED));
        assert!(outcomes(&tv, "Cablevision", &code).await.iter().all(|o| *o == expected));
        // Nothing to encrypt, nothing to fail.
        let (other, code) = signed_in(&mock, "AdobePass_SMI", "demo").await;
        assert!(outcomes(&other, "AdobePass_SMI", &code).await.iter().all(|(s, _)| *s == 200));
    }
}

#[tokio::test]
async fn without_any_certificate_and_demand_user_metadata_is_plain() {
    let own = Fixtures::default_yaml().replace("    user_metadata_certificate: test\n", "");
    let mock =
        Mock::with(|builder| builder.fixtures(Fixtures::from_yaml("own.yaml", &own).unwrap()))
            .await;
    let (tv, _) = signed_in(&mock, "Cablevision", "demo").await;
    let zip = told(&tv, "Cablevision").await["zip"].clone();
    assert_eq!(zip, json!({"value": ["77754", "12345"], "state": "plain"}));
}

#[tokio::test]
async fn one_control_call_makes_a_certificate_count_as_missing() {
    let mock = Mock::start().await;
    let (tv, code) = signed_in(&mock, "Cablevision", "demo").await;
    let before = done(&mock, GET, "/user-metadata", NOTHING).await["certificates"][0].clone();
    assert_eq!((&before["service_provider"], &before["usable"]), (&json!("REF30"), &json!(true)));
    assert!(before["certificate"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    assert!(before["public_key"].as_str().unwrap().starts_with("-----BEGIN PUBLIC KEY-----"));
    assert_eq!(before["private_key"], test_key_pem());
    let comcast = json!({"mvpd": "Comcast_SSO", "attributes": ["encryptedZip"]});
    assert!(before["encrypted"].as_array().unwrap().contains(&comcast));

    let after = done(&mock, PUT, "/user-metadata/REF30", json!({"usable": false})).await;
    assert_eq!(after["usable"], false);
    let expected = (500, json!(REFUSED));
    assert!(outcomes(&tv, "Cablevision", &code).await.iter().all(|o| *o == expected));
    let kept = done(&mock, GET, "/snapshot", NOTHING).await;
    done(&mock, PUT, "/user-metadata/REF30", json!({"usable": true})).await;
    assert_eq!(told(&tv, "Cablevision").await["zip"]["state"], "enc");
    done(&mock, PUT, "/restore", kept).await;
    assert_eq!(outcomes(&tv, "Cablevision", &code).await[0], expected, "a snapshot keeps it");
    done(&mock, POST, "/reset", NOTHING).await;
    let again = done(&mock, GET, "/user-metadata", NOTHING).await;
    assert_eq!(again["certificates"][0], before);
}

#[tokio::test]
async fn certificates_that_make_no_sense_are_refused_by_field() {
    let mock = Mock::start().await;
    let usable = json!({"usable": false});
    let (status, said) = refused(&mock, PUT, "/user-metadata/REF31", usable.clone()).await;
    assert!(status == 404 && said.contains("REF31"), "{said}");
    let (status, said) = refused(&mock, PUT, "/user-metadata/apasstest1", usable).await;
    assert!(status == 409 && said.contains("user_metadata_certificate"), "{said}");
    assert_eq!(refused(&mock, PUT, "/user-metadata/REF30", json!({})).await.0, 400);
    let decrypt = "/user-metadata/decrypt";
    let (status, said) = refused(&mock, POST, decrypt, json!({"value": "77754"})).await;
    assert!(status == 400 && said.starts_with("value:"), "{said}");
    let key = json!({"value": "77754", "private_key": "nonsense"});
    let (status, said) = refused(&mock, POST, decrypt, key).await;
    assert!(status == 400 && said.starts_with("private_key:"), "{said}");
}
