//! Where the documents cannot all be followed to the letter.

/// A sample of a page that cannot be sent, or answered, as it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The page.
    pub page: &'static str,
    /// Which sample of it, in the order of the page.
    pub number: &'static str,
    /// What differs.
    pub what: &'static str,
    /// Why.
    pub why: &'static str,
}

/// A place where the mock does not fit Adobe's OpenAPI files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// A schema's field, or a call with a status.
    pub at: &'static str,
    /// What differs.
    pub what: &'static str,
    /// Why.
    pub why: &'static str,
}

/// The samples that differ.
pub const SAMPLES: &[Sample] = &[
    sample(
        "register",
        "the request",
        "the body is sent as JSON",
        "its statement is broken into lines inside a JSON text, which no JSON may hold",
    ),
    sample(
        "retrieve configuration",
        "1",
        "its MVPDs are those of the fixtures",
        "the sample shows three of many; those three are answered as printed",
    ),
    sample(
        "create session",
        "2",
        "`domainName` among the missing parameters instead of `domain`",
        "the request says `domainName`; a setting spells it as the sample does",
    ),
    sample(
        "retrieve session",
        "both",
        "sent to `/api/v2/REF30/sessions/8BLW4RW`",
        "the request line swaps path segments and is answered 404; the page's own path is the other one",
    ),
    sample(
        "retrieve session",
        "1",
        "`domainName` among the existing parameters instead of `domain`",
        "the request says `domainName`; a setting spells it as the sample does",
    ),
    sample(
        "retrieve profiles",
        "1 and by MVPD and code",
        "which user metadata is there",
        "users and MVPDs differ",
    ),
    sample(
        "retrieve profiles",
        "2 and 3, by MVPD too",
        "there is no attribute `mvpd`",
        "users differ; the table of user metadata does not have it",
    ),
    sample(
        "retrieve profiles",
        "3",
        "the issuer of Cablevision's profile is Cablevision instead of Spectrum",
        "an issuer is the MVPD",
    ),
    sample(
        "retrieve profile for code, for MVPD",
        "temporary access",
        "`expiration_date` is a number and equal to `notAfter`",
        "of four samples two show it equal to `notBefore`",
    ),
    sample(
        "all with an enhanced error",
        "all",
        "action and message are those of the table, and `trace` is always there",
        "samples and table have different wordings, and some samples leave `trace` out",
    ),
    sample("preauthorize", "1", "no blank behind the name of a resource", "a slip of the pen"),
    sample(
        "authorize",
        "degraded access",
        "asked about two resources",
        "more than the one that may be asked about by default: with an integration that allows it the answer is as printed",
    ),
    sample(
        "logout",
        "1, 3 and 4",
        "the `url` is absolute and leads to this server",
        "the samples show both; a setting makes it relative",
    ),
    sample(
        "logout",
        "7",
        "sent to `/api/v2/REF30/logout/…`",
        "the request line swaps path segments and is answered 404; the page's own path is the other one",
    ),
    sample(
        "partner authentication request",
        "3",
        "resume with `mvpd` missing, instead of authenticate with Cablevision",
        "the status of the request names no provider, so that nothing in it says Cablevision",
    ),
    sample("partner profile", "both", "a whole `SAMLResponse`", "the sample's is cut off"),
];

const fn sample(
    page: &'static str,
    number: &'static str,
    what: &'static str,
    why: &'static str,
) -> Sample {
    Sample { page, number, what, why }
}

/// The differences from the OpenAPI files. A test keeps them complete and current.
pub const OPENAPI: &[Difference] = &[
    differs("413", "413 is in neither file", "a server without a limit to bodies can be exhausted"),
    differs("429", "429 is in neither file", "the page about throttling has it"),
    differs("register 405", "405 is not listed", "RFC 9110 says so"),
    differs("token 405", "405 is not listed", "RFC 9110 says so"),
    differs(
        "register without redirect_uri",
        "redirect_uri may be left out",
        "the page has it optional",
    ),
    differs(
        "register without x-device-info",
        "a required header may be left out",
        "browsers may leave it out; presence is a client's duty, not the service's",
    ),
    differs(
        "token without client_id in the query",
        "parameters are in the body",
        "the page has a form; the query is read as well",
    ),
    differs(
        "token without client_secret in the query",
        "parameters are in the body",
        "the page has a form; the query is read as well",
    ),
    differs(
        "token without grant_type in the query",
        "parameters are in the body",
        "the page has a form; the query is read as well",
    ),
    differs(
        "without x-device-info",
        "a required header may be left out",
        "browsers may leave it out; presence is a client's duty, not the service's",
    ),
    differs("ConfigurationResponse.clientType", "is not described", "the page's sample has it"),
    differs("ConfigurationResponse.device", "is not described", "the page's sample has it"),
    differs(
        "SessionResponse.authenticationRequest",
        "is not described",
        "the page of the partner authentication request has it",
    ),
    differs(
        "Browser null",
        "unknown parts are null",
        "the page's sample has null for what is not known",
    ),
    differs(
        "Connection null",
        "unknown parts are null",
        "the page's sample has null for what is not known",
    ),
    differs(
        "Device null",
        "unknown parts are null",
        "the page's sample has null for what is not known",
    ),
    differs(
        "Display null",
        "unknown parts are null",
        "the page's sample has null for what is not known",
    ),
    differs(
        "Connection.ipAddress",
        "is a text instead of an object",
        "the page's sample has a text",
    ),
    differs(
        "ErrorInformation.message",
        "is a text instead of an object",
        "the page about enhanced errors has a text",
    ),
    differs(
        "UserMetadataResponse.value",
        "is of any type instead of an object",
        "the pages' samples have texts and lists",
    ),
    differs(
        "authenticate 400 body",
        "is HTML instead of JSON",
        "the page says so: a person reads it",
    ),
    differs(
        "authorize 403",
        "403 is not listed",
        "the table of codes has errors of decisions with this status",
    ),
    differs(
        "preauthorize 403",
        "403 is not listed",
        "the table of codes has errors of decisions with this status",
    ),
    differs(
        "profile_by_code 403",
        "403 is not listed",
        "the page has errors of temporary access with this status",
    ),
    differs(
        "profile_by_mvpd 403",
        "403 is not listed",
        "the page has errors of temporary access with this status",
    ),
    differs("partner_profile 201", "201 instead of 200", "the page says 201"),
    differs(
        "partner_request without domainName",
        "a required field may be left out",
        "the page has an answer for that: missing_parameters_fallback",
    ),
    differs(
        "partner_request without redirectUrl",
        "a required field may be left out",
        "the page has an answer for that: missing_parameters_fallback",
    ),
    differs(
        "logout needs redirectUrl",
        "an optional parameter is required",
        "the page requires it",
    ),
    differs(
        "preauthorize needs resources",
        "an optional field is required",
        "the page requires it",
    ),
    differs("authorize needs resources", "an optional field is required", "the page requires it"),
    differs(
        "reset_temp_pass",
        "the call is in neither file",
        "the page about temporary access has it",
    ),
    differs(
        "reset_temp_pass_generic",
        "the call is in neither file",
        "the page about temporary access has it",
    ),
];

const fn differs(at: &'static str, what: &'static str, why: &'static str) -> Difference {
    Difference { at, what, why }
}
