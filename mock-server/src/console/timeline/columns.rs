//! Which lanes stand beside each other: those that are picked, else the second screen, the
//! provider's pages, and the devices that called last. A column keeps its place while somebody
//! watches; there is only ever one more.

use std::fmt;

use super::lanes::{BROWSER, Directory, Kind, OTHERS, SECOND_SCREEN};
use super::view::View;

/// How many devices have a column.
const DEVICES: usize = 6;

/// The lanes with columns, from left to right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns(Vec<u32>);

/// The head of a column.
pub(super) struct Head {
    pub at: usize,
    pub colour: u32,
    pub kind: Kind,
    pub name: String,
    pub short: String,
    pub key: String,
}

impl Columns {
    pub(super) fn choose(directory: &Directory, view: &View) -> Self {
        if !view.lanes.is_empty() {
            let mut picked: Vec<u32> =
                view.lanes.iter().filter_map(|key| directory.number(key)).collect();
            picked.truncate(DEVICES + 2);
            return Self(picked);
        }
        let mut devices = directory.latest(DEVICES + 1);
        let more = devices.len() > DEVICES;
        devices.truncate(DEVICES);
        devices.sort_unstable();
        let mut all = vec![BROWSER, SECOND_SCREEN];
        all.extend(devices);
        all.extend(more.then_some(OTHERS));
        Self(all)
    }

    /// Those that a page has.
    pub(super) fn read(text: &str) -> Self {
        let mut all: Vec<u32> = text.split(',').filter_map(|number| number.parse().ok()).collect();
        all.truncate(DEVICES + 3);
        Self(all)
    }

    /// The column of a lane, made for it when there is room; `None` for a lane without one.
    pub(super) fn admit(&mut self, lane: u32, view: &View) -> bool {
        if self.0.contains(&lane) || !view.lanes.is_empty() || self.0.contains(&OTHERS) {
            return false;
        }
        let devices = self.0.iter().filter(|lane| ![BROWSER, SECOND_SCREEN].contains(lane)).count();
        self.0.push(if devices < DEVICES { lane } else { OTHERS });
        true
    }

    /// The column of a lane: its own, or that of the other devices.
    pub(super) fn of(&self, lane: u32) -> usize {
        let at = |lane: u32| self.0.iter().position(|column| *column == lane);
        at(lane).or_else(|| at(OTHERS)).unwrap_or_else(|| self.0.len().saturating_sub(1))
    }

    pub(super) fn tracks(&self) -> usize {
        self.0.len().max(1)
    }

    pub(super) fn heads(&self, directory: &Directory) -> Vec<Head> {
        let lanes = self.0.iter().filter_map(|number| directory.lane(*number));
        let head = |(at, lane): (usize, super::lanes::Lane)| Head {
            at,
            colour: lane.colour(),
            kind: lane.kind,
            name: lane.name.to_string(),
            short: lane.short.to_string(),
            key: lane.key,
        };
        lanes.enumerate().map(head).collect()
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.write_str(&numbers.join(","))
    }
}

impl Kind {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::SecondScreen => "screen",
            Self::Browser => "browser",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_keep_their_places_and_the_last_one_is_for_the_others() {
        let view = View::default();
        let mut columns = Columns::read("0,1,3");
        for lane in 4..9 {
            assert!(columns.admit(lane, &view), "{lane}");
        }
        assert!(columns.admit(9, &view), "for the others");
        assert!(!columns.admit(10, &view));
        assert_eq!(columns.to_string(), "0,1,3,4,5,6,7,8,2");
        assert_eq!((columns.of(3), columns.of(10)), (2, 8));
        let picked = View { lanes: vec!["x".into()], ..View::default() };
        assert!(!Columns::read("3").admit(4, &picked));
    }
}
