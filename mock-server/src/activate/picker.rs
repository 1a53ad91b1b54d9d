//! The list of TV providers to pick from.

use super::client::{Configuration, Mvpd};
use crate::pages;

/// From so many on, the list can be filtered.
const FILTERED_FROM: usize = 9;

/// Some or all of the providers, by name.
pub(super) struct Picker<'a> {
    pub(super) offers: Vec<Offer<'a>>,
    /// How many there are without the filter.
    pub(super) total: usize,
    pub(super) can_be_filtered: bool,
    /// What was asked for.
    pub(super) query: &'a str,
}

pub(super) struct Offer<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) brand: u32,
}

impl<'a> Picker<'a> {
    pub(super) fn new(configuration: &'a Configuration, query: &'a str) -> Self {
        let mut all: Vec<&Mvpd> = configuration.providers().collect();
        all.sort_by_cached_key(|mvpd| (mvpd.display_name.to_lowercase(), mvpd.id.clone()));
        let total = all.len();
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        let fits = |mvpd: &&Mvpd| {
            let (name, id) = (mvpd.display_name.to_lowercase(), mvpd.id.to_lowercase());
            words.iter().all(|word| name.contains(word) || id.contains(word))
        };
        let offers = all.into_iter().filter(fits).map(|mvpd| Offer {
            id: &mvpd.id,
            name: &mvpd.display_name,
            brand: pages::brand(&mvpd.id),
        });
        Self {
            offers: offers.collect(),
            total,
            can_be_filtered: total >= FILTERED_FROM,
            query: query.trim(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn configuration(names: &[&str]) -> Configuration {
        let mvpds: Vec<_> = names
            .iter()
            .map(|name| json!({"id": format!("id-{name}"), "displayName": name, "logoUrl": ""}))
            .chain([json!({"id": "T", "displayName": "Trial", "isTempPass": true})])
            .collect();
        let requestor = json!({"id": "REF30", "name": "Ref", "domains": [], "mvpds": mvpds});
        serde_json::from_value(json!({ "requestor": requestor })).unwrap()
    }

    fn names<'a>(configuration: &'a Configuration, query: &'a str) -> Vec<&'a str> {
        Picker::new(configuration, query).offers.iter().map(|offer| offer.name).collect()
    }

    #[test]
    fn providers_stand_by_name_and_trials_do_not() {
        let known = configuration(&["optimum", "DISH", "Spectrum"]);
        assert_eq!(names(&known, ""), ["DISH", "optimum", "Spectrum"]);
        assert!(!Picker::new(&known, "").can_be_filtered);
    }

    #[test]
    fn every_word_of_the_filter_must_fit() {
        let known = configuration(&["North Cable", "South Cable", "North Star"]);
        assert_eq!(names(&known, " cable NORTH "), ["North Cable"]);
        assert_eq!(names(&known, "id-south"), ["South Cable"]);
        assert!(names(&known, "west").is_empty());
        assert_eq!(Picker::new(&known, "west").total, 3);
    }
}
