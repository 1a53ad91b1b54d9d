//! One exchange of a capture, with what is needed to tell whose it is; or why it is left out.

use std::collections::HashSet;
use std::sync::Arc;

use super::har::{Body, Entry};
use super::journal::Line;
use super::lenient::Pairs;
use super::service::{self, Address, Base};
use crate::trace::{Call, Exchange, Moment, Pool, RawAnswer, RawExchange, RawPairs};

/// An exchange with the service.
#[derive(Debug)]
pub(super) struct Found {
    /// Its place among what the file holds, counted from 0.
    pub(super) index: u64,
    /// The exchange. Its places in the order of everything are still the recorder's own.
    pub(super) exchange: Exchange,
    /// Whether the recorder noted places in the order of everything.
    pub(super) has_places: bool,
    /// Whether a browser asked, not the client.
    pub(super) by_user_agent: bool,
    /// The host and port that were called.
    pub(super) authority: Arc<str>,
    /// The machine that called; empty when unknown.
    pub(super) peer: Arc<str>,
    /// Whether nothing but the service can have been meant.
    pub(super) is_sure: bool,
    /// Whether the request's body was not kept.
    pub(super) request_withheld: bool,
    /// Whether the answer's body was not kept.
    pub(super) answer_withheld: bool,
}

/// Why something is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum LeftOut {
    /// It is no path of the service.
    Elsewhere,
    /// A browser asked whether it may ask.
    Preflight,
    /// Answered from the browser's own cache.
    Cached,
    /// A connection that the proxy passed on unread.
    Encrypted,
    /// The harness played somebody else.
    Harness,
    /// The mock server's own second screen.
    SecondScreen,
}

/// What became of one entry.
pub(super) type Sorted = Result<Box<Found>, (LeftOut, Arc<str>)>;

/// Sorts entries. Remembers names that occur again and again.
#[derive(Debug)]
pub(super) struct Sorter {
    bases: Vec<Base>,
    pool: Arc<Pool>,
    names: HashSet<Arc<str>>,
}

impl Sorter {
    pub(super) fn new(bases: &[Base], pool: &Arc<Pool>) -> Self {
        Self { bases: bases.to_vec(), pool: Arc::clone(pool), names: HashSet::new() }
    }

    /// An entry of a HAR file.
    ///
    /// # Errors
    /// What is missing in an entry that would be kept.
    pub(super) fn har(&mut self, index: u64, entry: Entry<'_>) -> Result<Sorted, String> {
        let request = &entry.request.0;
        let url = request.url.filled().unwrap_or_default();
        let host = request.header("host").or(request.header(":authority"));
        let method = request.method.filled().unwrap_or_default();
        let Some(address) = Address::of(url, host) else {
            if method.eq_ignore_ascii_case("CONNECT") {
                return Ok(Err((LeftOut::Encrypted, self.name(url))));
            }
            // Data, or a page of the browser's own: nothing that goes over the network.
            if let Some((scheme, _)) = url.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) {
                return Ok(Err((LeftOut::Elsewhere, self.name(&format!("{scheme}:")))));
            }
            return Err(match url {
                "" => "no `request.url`; expected the URL that was requested".to_owned(),
                _ => "`request.url` is no URL; expected one such as https://host/path".to_owned(),
            });
        };
        let authority = self.lower_name(address.authority);
        let actor = Actor::named(entry.actor.filled());
        let target = match self.target(address, actor) {
            Ok(target) => target,
            Err(why) if method.eq_ignore_ascii_case("CONNECT") => {
                return Ok(Err((why.max(LeftOut::Encrypted), authority)));
            }
            Err(why) => return Ok(Err((why, authority))),
        };
        if let Some(why) = unasked(&entry, method, actor) {
            return Ok(Err((why, authority)));
        }
        if method.is_empty() {
            return Err("no `request.method`; expected one such as GET".to_owned());
        }
        let (target, peer) = (target.to_owned(), self.name(entry.device()));
        let (raw, withheld) = raw(&entry, target)?;
        let exchange = Exchange::read(raw, &self.pool);
        Ok(Ok(Box::new(Found {
            index,
            has_places: entry.places().is_some(),
            by_user_agent: match actor {
                Some(actor) => actor == Actor::UserAgent,
                None => exchange.call == Some(Call::Authenticate),
            },
            is_sure: actor.is_some() || service::is_unmistakable(&exchange),
            exchange,
            authority,
            peer,
            request_withheld: withheld.0,
            answer_withheld: withheld.1,
        })))
    }

    /// A line of a journal export.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn journal(&mut self, index: u64, line: Line<'_>) -> Result<Sorted, String> {
        let written = line.actor.filled();
        let actor = Actor::named(written).ok_or("`actor` is none that this version knows")?;
        let host = line.request.headers.0.iter().find(|(name, _)| name == "host");
        // By the listener, which no client can misname.
        let authority = line.local.filled().or(host.map(|(_, host)| host.as_ref()));
        let authority = authority.unwrap_or_default();
        let own_port = if line.request.secure { ":443" } else { ":80" };
        let authority = authority.strip_suffix(own_port).unwrap_or(authority);
        let path = line.request.path.filled().unwrap_or_default();
        let target =
            self.target(Address { authority, target: path }, Some(actor)).map(str::to_owned);
        let authority = self.lower_name(authority);
        let mut target = match target {
            Ok(target) => target,
            Err(why) => return Ok(Err((why, authority))),
        };
        if let Some(query) = line.request.query.as_str() {
            target.push('?');
            target.push_str(query);
        }
        let peer = line.peer.filled().and_then(|peer| peer.rsplit_once(':'));
        let peer = self.name(peer.map(|(host, _)| host).unwrap_or_default());
        let answered = line.answer.as_ref().map(|_| line.answered.into());
        let raw = RawExchange {
            arrived: line.arrived.into(),
            answered,
            method: line.request.method.0.unwrap_or_default().into_owned(),
            target,
            headers: line.request.headers.0,
            body: line.request.body.into_bytes(),
            answer: line.answer.map(|answer| RawAnswer {
                status: answer.status,
                headers: answer.headers.0,
                body: answer.body.into_bytes(),
                complete: answer.complete,
            }),
            provoked: !line.faults.is_empty(),
            ..RawExchange::default()
        };
        Ok(Ok(Box::new(Found {
            index,
            exchange: Exchange::read(raw, &self.pool),
            has_places: true,
            by_user_agent: actor == Actor::UserAgent,
            authority,
            peer,
            is_sure: true,
            request_withheld: false,
            answer_withheld: false,
        })))
    }

    /// Path and query at the service.
    fn target<'a>(&self, address: Address<'a>, actor: Option<Actor>) -> Result<&'a str, LeftOut> {
        match actor {
            Some(Actor::Preflight) => return Err(LeftOut::Preflight),
            Some(Actor::Harness) => return Err(LeftOut::Harness),
            Some(Actor::SecondScreen) => return Err(LeftOut::SecondScreen),
            _ => {}
        }
        let target = match self.bases.is_empty() {
            true => Some(address.target),
            false => self.bases.iter().find_map(|base| base.below(address)),
        };
        // The mock server knows itself what was meant for the service.
        let is_own = |target: &&str| actor.is_some() || service::is_service_path(target);
        target.filter(is_own).ok_or(LeftOut::Elsewhere)
    }

    fn lower_name(&mut self, name: &str) -> Arc<str> {
        match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => self.name(&name.to_ascii_lowercase()),
            false => self.name(name),
        }
    }

    fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = name.into();
        self.names.insert(Arc::clone(&new));
        new
    }
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Whose request it was, as the mock server tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Actor {
    Client,
    UserAgent,
    Preflight,
    SecondScreen,
    Harness,
}

impl Actor {
    fn named(name: Option<&str>) -> Option<Self> {
        Some(match name? {
            "client" => Self::Client,
            "user_agent" => Self::UserAgent,
            "preflight" => Self::Preflight,
            "second_screen" => Self::SecondScreen,
            "harness" => Self::Harness,
            _ => return None,
        })
    }
}

/// Why an entry is nothing that the client asked of the service, where the mock server does not tell.
fn unasked(entry: &Entry<'_>, method: &str, actor: Option<Actor>) -> Option<LeftOut> {
    if actor.is_some() {
        return None;
    }
    let is_preflight = entry.resource_type.as_str() == Some("preflight");
    if is_preflight || method.eq_ignore_ascii_case("OPTIONS") {
        return Some(LeftOut::Preflight);
    }
    entry.is_from_cache().then_some(LeftOut::Cached)
}

/// The request and its answer, and whether either's body was not kept.
fn raw<'e>(
    entry: &'e Entry<'_>,
    target: String,
) -> Result<(RawExchange<'e>, (bool, bool)), String> {
    let (request, response) = (&entry.request.0, &entry.response.0);
    let started = entry.started()?;
    let (arrived, answered) = entry.places().unwrap_or_default();
    let (body, request_withheld) = match request.body() {
        Body::Held(body) => (body, false),
        Body::Withheld => (Vec::new(), true),
    };
    let answer = response.status().map(|status| {
        let body = response.body();
        let withheld = body == Body::Withheld;
        let body = if let Body::Held(body) = body { body } else { Vec::new() };
        let complete = response.is_complete(&body);
        (RawAnswer { status, headers: sent(&response.headers), body, complete }, withheld)
    });
    let answer_withheld = answer.as_ref().is_some_and(|(_, withheld)| *withheld);
    let raw = RawExchange {
        arrived: Moment { order: arrived, at: started },
        answered: answer
            .as_ref()
            .map(|_| Moment { order: answered, at: started.saturating_add(entry.took()) }),
        method: request.method.as_str().unwrap_or_default().to_owned(),
        target,
        headers: sent(&request.headers),
        body,
        answer: answer.map(|(answer, _)| answer),
        provoked: entry.is_provoked(),
        ..RawExchange::default()
    };
    Ok((raw, (request_withheld, answer_withheld)))
}

/// Headers without those that only HTTP/2 has.
fn sent<'e>(headers: &'e Pairs<'_>) -> RawPairs<'e> {
    let sent = headers.0.iter().filter(|(name, _)| !name.starts_with(':'));
    sent.map(|(name, value)| (name.as_ref().into(), value.as_ref().into())).collect()
}
