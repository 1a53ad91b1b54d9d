//! Places in the order of everything: requests and answers, from one file or several.

use super::found::Found;

/// Puts exchanges in order, and numbers requests and answers by their instants.
///
/// The places that a mock server noted are kept where there is one file only: its clock may have
/// been moved, but its order holds.
pub(super) fn arrange(found: &mut [(u32, Found)], files: usize) {
    if files != 1 || !found.iter().all(|(_, found)| found.has_places) {
        renumber(found);
    }
    found.sort_by_key(|(_, found)| found.exchange.arrived);
}

/// Whether a place is a request's or an answer's. The first two of one instant are told apart so:
/// an answer to an earlier request comes before new requests, which it may have led to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    EarlierAnswer,
    Noted,
}

fn renumber(found: &mut [(u32, Found)]) {
    let mut places = Vec::with_capacity(found.len() * 2);
    for (index, (file, found)) in found.iter().enumerate() {
        let (arrived, answered) = (found.exchange.arrived, found.exchange.answered);
        let noted = |order: u64| if found.has_places { order } else { found.index };
        places.push((arrived.at, Kind::Noted, *file, noted(arrived.order), index, false));
        if let Some(answered) = answered {
            let kind = match found.has_places || answered.at == arrived.at {
                true => Kind::Noted,
                false => Kind::EarlierAnswer,
            };
            places.push((answered.at, kind, *file, noted(answered.order), index, true));
        }
    }
    places.sort_by_key(|&(at, kind, file, noted, _, is_answer)| (at, kind, file, noted, is_answer));
    for (order, (.., index, is_answer)) in (1..).zip(places) {
        let exchange = &mut found[index].1.exchange;
        match (&mut exchange.answered, is_answer) {
            (Some(answered), true) => answered.order = order,
            _ => exchange.arrived.order = order,
        }
    }
}
