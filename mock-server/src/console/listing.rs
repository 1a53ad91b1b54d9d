//! Windows of long lists: the filter and the pages, both in the address.

use super::visit::Visit;
use crate::control::ops::{First, Listing};

/// How many rows a page of a list has.
const ROWS: usize = 25;

/// Which page of which list the address asks for.
#[derive(Clone, Copy)]
pub(super) struct List {
    /// The parameter of the filter.
    pub find: &'static str,
    /// The parameter of the page.
    pub page: &'static str,
    /// How many rows a page has.
    pub rows: usize,
}

impl List {
    /// A list of pages of the usual length.
    pub(super) const fn new(find: &'static str, page: &'static str) -> Self {
        Self { find, page, rows: ROWS }
    }
}

/// The only list of a page.
pub(super) const LIST: List = List::new("find", "page");

/// What is shown of a list, and the ways to the rest.
pub(super) struct Pager {
    pub list: List,
    pub search: String,
    pub total: usize,
    /// The first and the last row shown, counted from 1; zero when there is none.
    pub from: usize,
    pub to: usize,
    pub earlier: Option<String>,
    pub later: Option<String>,
    /// Parameters of the address that the filter's form carries along.
    pub others: Vec<(String, String)>,
    /// The page without the filter.
    pub everything: String,
    /// What the list is of, for its labels.
    pub what: &'static str,
}

impl List {
    /// What to ask the control API for.
    pub(super) fn listing(self, visit: &Visit<'_>, first: First) -> Listing {
        let search = visit.get(self.find);
        Listing {
            search: (!search.is_empty()).then(|| search.to_owned()),
            first,
            offset: Some((self.number(visit) * self.rows) as u64),
            limit: Some(self.rows as u64),
            ..Listing::default()
        }
    }

    /// What is shown, when so many rows of so many are.
    pub(super) fn pager(
        self,
        visit: &Visit<'_>,
        what: &'static str,
        (shown, total): (usize, usize),
    ) -> Pager {
        let number = self.number(visit);
        let offset = number * self.rows;
        let link = |number: usize| {
            let text = if number == 0 { String::new() } else { (number + 1).to_string() };
            visit.address(&[(self.page, &text)])
        };
        let pairs = visit.query.pairs().iter();
        let others = pairs.filter(|(name, _)| ![self.find, self.page, "said"].contains(&&**name));
        Pager {
            list: self,
            search: visit.get(self.find).to_owned(),
            total,
            from: if shown == 0 { 0 } else { offset + 1 },
            to: if shown == 0 { 0 } else { offset + shown },
            // From beyond the end the way back is to the last page that there is.
            earlier: (number > 0)
                .then(|| link((number - 1).min(total.saturating_sub(1) / self.rows))),
            later: (offset + shown < total && shown > 0).then(|| link(number + 1)),
            others: others.cloned().collect(),
            everything: visit.address(&[(self.find, ""), (self.page, "")]),
            what,
        }
    }

    /// The part of a list that the address asks for.
    pub(super) fn part<T>(
        self,
        visit: &Visit<'_>,
        what: &'static str,
        mut all: Vec<T>,
        matches: impl Fn(&T, &str) -> bool,
    ) -> (Vec<T>, Pager) {
        let search = visit.get(self.find).to_lowercase();
        all.retain(|one| search.is_empty() || matches(one, &search));
        let total = all.len();
        let rows: Vec<T> = all.into_iter().skip(self.offset(visit)).take(self.rows).collect();
        let pager = self.pager(visit, what, (rows.len(), total));
        (rows, pager)
    }

    /// How many rows come before the page.
    fn offset(self, visit: &Visit<'_>) -> usize {
        self.number(visit) * self.rows
    }

    /// The page, counted from 0.
    fn number(self, visit: &Visit<'_>) -> usize {
        visit.get(self.page).parse::<usize>().ok().map_or(0, |page| page.clamp(1, 1_000_000) - 1)
    }
}
