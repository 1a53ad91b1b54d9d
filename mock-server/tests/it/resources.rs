//! What may be asked for: plain identifiers and MRSS documents with ratings; and through whom: MVPDs
//! behind a proxy.

use http::Method;
use serde_json::{Value, json};

use crate::control::done;
use crate::device::Device;
use crate::harness::Mock;

const GET: Method = Method::GET;
const PUT: Method = Method::PUT;
const POST: Method = Method::POST;

async fn signed_in<'a>(mock: &'a Mock, mvpd: &str, user: &str) -> Device<'a> {
    let device = Device::new(mock, "tv").await;
    let code = device.begin(mvpd).await;
    done(mock, POST, &format!("/sessions/{code}/complete"), json!({"user": user})).await;
    device
}

/// The documents' complex resource, with a rating of one's own.
fn rated(channel: &str, scheme: &str, rating: &str) -> String {
    format!(
        "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\">\n    <channel>\n        \
         <title>{channel}</title>\n        <media:rating scheme=\"{scheme}\">{rating}</media:rating>\n    \
         </channel>\n</rss>"
    )
}

/// `permit`, or the code of the deny.
fn outcome(decision: &Value) -> &str {
    decision["error"]["code"].as_str().unwrap_or("permit")
}

async fn both(tv: &Device<'_>, mvpd: &str, resource: &str) -> [String; 2] {
    let ask = async |kind: &str| {
        let call = tv.call(POST, &format!("decisions/{kind}/{mvpd}"));
        let answer = call.json(&json!({"resources": [resource]})).send().await.json();
        let decision = answer["decisions"][0].clone();
        assert_eq!(decision["resource"], resource, "the text that was asked for");
        outcome(&decision).to_owned()
    };
    [ask("preauthorize").await, ask("authorize").await]
}

const PARENTAL: &str = "authorization_denied_by_parental_controls";

#[tokio::test]
async fn a_document_is_decided_by_what_it_names_and_echoed_as_it_is() {
    let mock = Mock::start().await;
    let tv = signed_in(&mock, "Spectrum", "demo").await;
    let simple = "    <rss version=\"2.0\"> \n        <channel>\n            <title>REF30</title>\n        \
                  </channel>\n    </rss>";
    assert_eq!(both(&tv, "Spectrum", simple).await, ["permit", "permit"]);
    let unknown = simple.replace("REF30", "TNT");
    let denies = ["preauthorization_denied_by_mvpd", "authorization_denied_by_mvpd"];
    assert_eq!(both(&tv, "Spectrum", &unknown).await, denies);
    let asset = "<rss version=\"2.0\"><channel><title>REF30</title><item><title>Pilot</title>\
                 <guid><![CDATA[premium]]></guid></item></channel></rss>";
    assert_eq!(both(&tv, "Spectrum", asset).await, denies, "the item is denied, not the channel");
    for broken in ["<rss", "<rss><channel><title>REF30</channel></rss>"] {
        assert_eq!(both(&tv, "Spectrum", broken).await, denies, "{broken}");
    }
}

#[tokio::test]
async fn a_media_token_is_for_the_document_that_was_asked_about() {
    let mock = Mock::start().await;
    let tv = signed_in(&mock, "Spectrum", "demo").await;
    let resource = rated("REF30", "urn:mpaa", "pg");
    let token = tv.authorize("Spectrum", &resource).await["token"]["serializedToken"].clone();
    let verify = async |resource: &str| {
        let body = json!({"serialized_token": token, "resource": resource});
        done(&mock, POST, "/media-tokens/verify", body).await
    };
    let checked = verify(&resource).await;
    assert_eq!(
        (&checked["result"], &checked["token"]["resource_id"]),
        (&json!("VALID_TOKEN"), &json!(resource))
    );
    assert_eq!(verify("REF30").await["result"], "INVALID_RESOURCE_ID");
}

#[tokio::test]
async fn ratings_beyond_the_users_limit_are_denied_by_parental_controls() {
    let mock = Mock::start().await;
    let demo = signed_in(&mock, "Spectrum", "demo").await;
    let limit = demo.call(GET, "profiles/Spectrum").send().await.json();
    let limit = &limit["profiles"]["Spectrum"]["attributes"]["maxRating"]["value"];
    assert_eq!((&limit["MPAA"], &limit["VCHIP"]), (&json!("PG-13"), &json!("TV-14")));
    for (scheme, rating, expected) in [
        ("urn:mpaa", "pg", "permit"),
        ("urn:mpaa", "pg-13", "permit"),
        ("urn:mpaa", "r", PARENTAL),
        ("urn:v-chip", "tv-14", "permit"),
        ("urn:v-chip", "tv-ma", PARENTAL),
        ("urn:mpaa", "nr", "permit"),
        ("urn:simple", "adult", "permit"),
    ] {
        let found = both(&demo, "Spectrum", &rated("REF30", scheme, rating)).await;
        assert_eq!(found, [expected, expected], "{scheme} {rating}");
    }
    let other = rated("TNT", "urn:mpaa", "r");
    assert_eq!(both(&demo, "Spectrum", &other).await[1], "authorization_denied_by_mvpd");

    // Another user, another limit; and one without any.
    let basic = signed_in(&mock, "Dish", "basic").await;
    assert_eq!(both(&basic, "Dish", &rated("REF30", "urn:mpaa", "pg-13")).await[1], PARENTAL);
    let everything = signed_in(&mock, "Dish", "everything").await;
    assert_eq!(both(&everything, "Dish", &rated("REF30", "urn:mpaa", "nc-17")).await[1], "permit");
}

#[tokio::test]
async fn a_deny_by_parental_controls_is_kept_like_any_other_and_overruled_like_any_other() {
    let mock = Mock::start().await;
    let tv = signed_in(&mock, "Spectrum", "demo").await;
    let resource = rated("REF30", "urn:mpaa", "r");
    let denied = tv.authorize("Spectrum", &resource).await;
    let validity = |decision: &Value| (decision["notBefore"].clone(), decision["notAfter"].clone());
    assert!(denied["notBefore"].is_number() && denied.get("token").is_none());
    mock.advance(60);
    assert_eq!(validity(&tv.authorize("Spectrum", &resource).await), validity(&denied));
    done(&mock, PUT, "/decisions", json!({"decision": "permit", "resource": "REF30"})).await;
    assert_eq!(tv.authorize("Spectrum", &resource).await["authorized"], true);
}

#[tokio::test]
async fn a_proxied_mvpd_is_flagged_and_its_proxy_named_in_media_tokens() {
    let mock = Mock::start().await;
    let tv = signed_in(&mock, "ProxiedTelco", "demo").await;
    let offered = tv.call(GET, "configuration").send().await.json();
    let offered = offered["requestor"]["mvpds"].as_array().unwrap().clone();
    let proxied: Vec<&Value> = offered.iter().filter(|mvpd| mvpd["isProxy"] == true).collect();
    assert_eq!((proxied.len(), &proxied[0]["id"]), (1, &json!("ProxiedTelco")));
    let profile = tv.call(GET, "profiles").send().await.json()["profiles"]["ProxiedTelco"].clone();
    assert_eq!((&profile["issuer"], &profile["type"]), (&json!("ProxiedTelco"), &json!("regular")));
    let permit = tv.authorize("ProxiedTelco", "REF30").await;
    assert_eq!((&permit["mvpd"], &permit["source"]), (&json!("ProxiedTelco"), &json!("mvpd")));
    let token =
        json!({"serialized_token": permit["token"]["serializedToken"], "resource": "REF30"});
    let said = done(&mock, POST, "/media-tokens/verify", token).await;
    assert_eq!(said["valid"], true);
    let names = (&said["token"]["mvpd_id"], &said["token"]["proxy_mvpd_id"]);
    assert_eq!(names, (&json!("ProxiedTelco"), &json!("ExampleProxy")));
    // The proxy itself is none to choose.
    let through = tv.call(GET, "profiles/ExampleProxy").send().await;
    assert_eq!(through.json()["code"], "invalid_parameter_mvpd");
}
