//! What tests of drivers share.

use crate::protocol::{Flow, Hello, Role, VERSION};

/// Settings of a run that leads nowhere.
pub(crate) fn hello() -> Hello {
    Hello {
        protocol: VERSION,
        scenario: "test".into(),
        base_url: "http://127.0.0.1:1".into(),
        service_provider: "REF30".into(),
        software_statement: "e30.e30.e30".into(),
        domain_name: "adobe.com".into(),
        redirect_url: "https://adobe.com/done".into(),
        storage_dir: "/nowhere".into(),
        flow: Flow::Browser,
        mvpd: None,
        clock_speed: 1.0,
        now: None,
        device_ip: None,
        temp_pass: None,
        single_sign_on: None,
        media_token_key: None,
        role: Role::Streaming,
    }
}
