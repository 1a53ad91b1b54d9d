//! Whose something is.

use std::hash::BuildHasher as _;

use foldhash::quality::RandomState;
use serde::{Deserialize, Serialize};

use crate::config::Id;

/// The application, device and service provider that a session or profile belongs to. Another
/// client, device or service provider does not see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    /// The registered client.
    pub client_id: Id,
    /// The decoded device identifier.
    pub device_id: Id,
    /// The service provider.
    pub service_provider: Id,
}

/// Something for each of so many places that owners are spread over. Several owners share a place.
#[derive(Debug)]
pub(crate) struct ByOwner<T, const PLACES: usize> {
    places: Box<[T]>,
    hasher: RandomState,
}

impl<T, const PLACES: usize> ByOwner<T, PLACES> {
    /// What there is at an owner's place.
    pub(crate) fn of(&self, owner: &Owner) -> &T {
        &self.places[self.hasher.hash_one(owner) as usize % PLACES]
    }

    /// What there is at each place.
    pub(crate) fn all(&self) -> &[T] {
        &self.places
    }
}

impl<T: Default, const PLACES: usize> Default for ByOwner<T, PLACES> {
    fn default() -> Self {
        let places = (0..PLACES).map(|_| T::default()).collect();
        Self { places, hasher: RandomState::default() }
    }
}
