//! What a well-formed fixtures file must also be: consistent.

use std::collections::{BTreeMap, HashSet};

use super::yaml::Step;
use super::{Fixtures, Id, PlatformFlags, metadata, nearest};

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) path: Vec<Step>,
    pub(super) message: String,
}

macro_rules! steps {
    ($($step:expr),+ $(,)?) => { vec![$($crate::config::yaml::Step::from($step)),+] };
}
pub(super) use steps;

/// The first thing that is inconsistent.
pub(super) fn complaint(fixtures: &Fixtures) -> Option<Complaint> {
    let checks = [
        repeated_ids,
        integrations,
        platforms,
        mvpds,
        users,
        metadata::complaint,
        software_statements,
        emptiness,
    ];
    checks.iter().find_map(|check| check(fixtures))
}

fn repeated_ids(fixtures: &Fixtures) -> Option<Complaint> {
    fn repeated<'a>(
        list: &str,
        what: &str,
        ids: impl Iterator<Item = &'a Id>,
    ) -> Option<Complaint> {
        let mut seen = HashSet::new();
        let (index, id) = ids.enumerate().find(|(_, id)| !seen.insert(*id))?;
        let message = format!("the {what} `{id}` is defined twice");
        Some(Complaint { path: steps![list, index, "id"], message })
    }
    repeated(
        "service_providers",
        "service provider",
        fixtures.service_providers.iter().map(|x| &x.id),
    )
    .or_else(|| repeated("mvpds", "MVPD", fixtures.mvpds.iter().map(|x| &x.id)))
    .or_else(|| repeated("packages", "package", fixtures.packages.iter().map(|x| &x.id)))
    .or_else(|| repeated("users", "user", fixtures.users.iter().map(|x| &x.id)))
    .or_else(|| {
        let ids = fixtures.software_statements.iter().map(|x| &x.id);
        repeated("software_statements", "software statement", ids)
    })
}

fn integrations(fixtures: &Fixtures) -> Option<Complaint> {
    for (i, provider) in fixtures.service_providers.iter().enumerate() {
        let mut seen = HashSet::new();
        for (j, integration) in provider.integrations.iter().enumerate() {
            let path = steps!["service_providers", i, "integrations", j, "mvpd"];
            if let Some(message) = no_mvpd(fixtures, &integration.mvpd) {
                return Some(Complaint { path, message });
            }
            if !seen.insert(&integration.mvpd) {
                let message = format!("`{}` is integrated twice", integration.mvpd);
                return Some(Complaint { path, message });
            }
        }
    }
    None
}

/// Only the codes that speak of a platform can be what is wrong with one.
fn platforms(fixtures: &Fixtures) -> Option<Complaint> {
    let wrong = |flags: &PlatformFlags| {
        let code = flags.invalid?.code();
        let about = ["invalid_configuration_platform", "invalid_configuration_mvpd_platform"];
        let message = format!("`{code}` is not about a platform; expected one of {about:?}…");
        (!about.iter().any(|about| code.starts_with(about))).then_some(message)
    };
    let of = |common: &PlatformFlags, single: &BTreeMap<String, PlatformFlags>| {
        let of_single = |(name, flags): (&String, &PlatformFlags)| {
            let message = wrong(flags)?;
            Some((steps!["platforms", &**name, "invalid"], message))
        };
        let of_common = wrong(common).map(|message| (steps!["platform", "invalid"], message));
        of_common.or_else(|| single.iter().find_map(of_single))
    };
    let below = |mut path: Vec<Step>, (rest, message): (Vec<Step>, String)| {
        path.extend(rest);
        Complaint { path, message }
    };
    let of_mvpds = fixtures.mvpds.iter().enumerate().find_map(|(i, mvpd)| {
        Some(below(steps!["mvpds", i], of(&mvpd.platform, &mvpd.platforms)?))
    });
    of_mvpds.or_else(|| {
        fixtures.service_providers.iter().enumerate().find_map(|(i, provider)| {
            provider.integrations.iter().enumerate().find_map(|(j, integration)| {
                let path = steps!["service_providers", i, "integrations", j];
                Some(below(path, of(&integration.platform, &integration.platforms)?))
            })
        })
    })
}

fn mvpds(fixtures: &Fixtures) -> Option<Complaint> {
    fixtures.mvpds.iter().enumerate().find_map(|(i, mvpd)| {
        if let Some(monogram) = mvpd.monogram.as_deref()
            && !(1..=3).contains(&monogram.trim().chars().count())
        {
            let message = format!("expected one to three characters, found `{monogram}`");
            return Some(Complaint { path: steps!["mvpds", i, "monogram"], message });
        }
        let temp_pass = mvpd.temp_pass.as_ref()?;
        (temp_pass.resources.is_some() && !temp_pass.promotional).then(|| Complaint {
            path: steps!["mvpds", i, "temp_pass", "resources"],
            message: "only a promotional temporary access counts resources: \
                      add `promotional: true` or leave out `resources`"
                .to_owned(),
        })
    })
}

fn users(fixtures: &Fixtures) -> Option<Complaint> {
    for (i, user) in fixtures.users.iter().enumerate() {
        if fixtures.package(&user.package).is_none() {
            let known = fixtures.packages.iter().map(|package| &*package.id);
            let message = missing("package", &user.package, known);
            return Some(Complaint { path: steps!["users", i, "package"], message });
        }
        for (j, mvpd) in user.mvpds.iter().flatten().enumerate() {
            if let Some(message) = no_mvpd(fixtures, mvpd) {
                return Some(Complaint { path: steps!["users", i, "mvpds", j], message });
            }
        }
        for mvpd in user.attributes_by_mvpd.keys() {
            if let Some(message) = no_mvpd(fixtures, mvpd) {
                let path = steps!["users", i, "attributes_by_mvpd", &**mvpd];
                return Some(Complaint { path, message });
            }
        }
    }
    None
}

fn software_statements(fixtures: &Fixtures) -> Option<Complaint> {
    for (i, listed) in fixtures.software_statements.iter().enumerate() {
        for (j, id) in listed.service_providers.iter().flatten().enumerate() {
            if fixtures.service_provider(id).is_none() {
                let known = fixtures.service_providers.iter().map(|provider| &*provider.id);
                let message = missing("service provider", id, known);
                let path = steps!["software_statements", i, "service_providers", j];
                return Some(Complaint { path, message });
            }
        }
    }
    None
}

fn emptiness(fixtures: &Fixtures) -> Option<Complaint> {
    let empty = |list: &str| Complaint {
        path: steps![list],
        message: format!("`{list}` must hold at least one"),
    };
    let lists = [
        ("service_providers", fixtures.service_providers.is_empty()),
        ("users", fixtures.users.is_empty()),
    ];
    lists.iter().find(|(_, is_empty)| *is_empty).map(|(list, _)| empty(list))
}

fn no_mvpd(fixtures: &Fixtures, id: &str) -> Option<String> {
    let known = || fixtures.mvpds.iter().map(|mvpd| &*mvpd.id);
    fixtures.mvpd(id).is_none().then(|| missing("MVPD", id, known()))
}

fn missing<'a>(what: &str, id: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(id, known.clone()) {
        Some(meant) => format!("there is no {what} `{id}`; did you mean `{meant}`?"),
        None => {
            let known: Vec<&str> = known.collect();
            format!("there is no {what} `{id}`; there are {}", known.join(", "))
        }
    }
}
