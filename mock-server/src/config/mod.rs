//! Settings and fixtures: whom and what the service knows, read from one file that a tester edits.

mod check;
mod color;
mod default;
mod duration;
mod fixtures;
mod keys;
mod load;
mod metadata;
mod mvpd;
mod nearest;
mod people;
mod pin;
mod schema;
mod settings;
pub mod yaml;

pub use color::Color;
pub use duration::Lifetime;
pub use fixtures::{Domain, Fixtures, Id, Integration, ServiceProvider};
pub use keys::{KeySource, Keys, ServiceKey};
pub use load::FixturesError;
pub use metadata::{CertificateSource, UserMetadata};
pub use mvpd::{Mvpd, PlatformFlags, TempPass};
pub use nearest::nearest;
pub use people::{Denial, Login, Package, SoftwareStatement, User};
pub use pin::Pin;
pub use schema::schema_of;
pub use settings::{
    DomainSpelling, ErrorPlace, Lifetimes, Limits, Settings, StatementPolicy, UrlForm,
};
