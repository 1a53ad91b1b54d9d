//! Every provider looks like itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::{assert_is_page, rendered};
use crate::browser::between;
use crate::device::Device;
use crate::harness::{Answer, Mock};

/// Every style element of a page is named by the page's policy, and nothing else is.
fn assert_styles_are_named(answer: &Answer) -> usize {
    let styles: Vec<String> = answer
        .text()
        .split("<style>")
        .skip(1)
        .map(|rest| rest.split("</style>").next().unwrap())
        .map(|style| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(style))))
        .collect();
    let policy = answer.header("content-security-policy");
    assert_eq!(between(policy, "style-src ", ";"), styles.join(" "), "{policy}");
    styles.len()
}

#[tokio::test]
async fn each_provider_has_its_own_colour_on_every_page() {
    let mock = Mock::start().await;
    let tv = Device::new(&mock, "tv").await;
    for (mvpd, styles, rule) in [
        ("ProxiedTelco", 2, ".brand-own { --brand: #ffc914; --ink: #000000; }"),
        ("Cablevision", 2, ".brand-own { --brand: #0d3b66; --ink: #ffffff; }"),
        ("AdobeShibboleth", 1, ".brand-0 {"),
    ] {
        let login = format!("/mvpd/{mvpd}/login?code={}", tv.begin(mvpd).await);
        for address in [&*login, &format!("/mvpd/{mvpd}/logout")] {
            let page = mock.get(address).send().await;
            assert_is_page(&page);
            assert_eq!(assert_styles_are_named(&page), styles, "{address}");
            assert!(page.text().contains(rule), "{address}");
        }
    }
}

#[tokio::test]
async fn a_logout_without_a_way_back_is_in_the_providers_looks() {
    let mock = Mock::start().await;
    let page = mock.get("/mvpd/Cablevision/logout").send().await;
    insta::assert_snapshot!("signed_out", rendered(&page));
}
