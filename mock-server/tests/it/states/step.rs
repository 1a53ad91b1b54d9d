//! What can happen.

use pass_mock::domain::degradation::Mode;
use proptest::prelude::*;
use proptest::sample::select;

pub(super) const MVPDS: [&str; 3] = ["Cablevision", "Spectrum", "Dish"];
pub(super) const PROVIDERS: [&str; 2] = ["REF30", "apasstest1"];
pub(super) const RESOURCES: [&str; 4] = ["REF30", "news", "premium", "sports"];
pub(super) const CLIENTS: usize = 2;
pub(super) const DEVICES: [&str; 2] = ["fingerprint dHYtMQ==", "fingerprint cGhvbmUtMg=="];
pub(super) const SUBJECTS: [&str; 2] = ["Jane", "Joe"];
/// The basic and the promotional one.
pub(super) const PASSES: [&str; 2] = ["TempPass_TEST40", "flexibleTempPass"];

/// Which application on which device for which service provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Who {
    pub(super) client: usize,
    pub(super) device: usize,
    pub(super) provider: usize,
}

/// As whom beside the device.
pub(super) type Subject = Option<usize>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Preauthorize,
    Authorize,
}

/// What a trial is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visit {
    Profile,
    Decide(Decision, usize),
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Create {
        who: Who,
        mvpd: Option<usize>,
        subject: Subject,
    },
    /// Codes are named by how long ago they were issued.
    Resume {
        client: usize,
        code: usize,
        mvpd: usize,
    },
    Open {
        code: usize,
    },
    Login {
        code: usize,
        user: &'static str,
        delay: u64,
    },
    Deny {
        code: usize,
    },
    Poll {
        client: usize,
        code: usize,
    },
    Profiles {
        who: Who,
        subject: Subject,
    },
    Profile {
        who: Who,
        mvpd: usize,
        subject: Subject,
    },
    Decide {
        who: Who,
        mvpd: usize,
        resource: usize,
        kind: Decision,
        subject: Subject,
    },
    /// The whole way to an authorization.
    Watch {
        who: Who,
        mvpd: usize,
        resource: usize,
        subject: Subject,
    },
    /// The last authorization once more.
    WatchAgain,
    Logout {
        who: Who,
        mvpd: usize,
        subject: Subject,
    },
    Trial {
        who: Who,
        pass: usize,
        identity: Option<usize>,
        visit: Visit,
    },
    /// As many resources as a promotional trial has, and one more.
    Binge {
        who: Who,
        identity: usize,
    },
    Degrade {
        provider: usize,
        mvpd: usize,
        mode: Mode,
        seconds: u64,
    },
    Lift {
        provider: usize,
        mvpd: usize,
    },
    /// The next call is answered 503: before the service does anything, or after.
    Fault {
        after: bool,
    },
    Save,
    Restore,
    Wait {
        seconds: u64,
    },
}

fn who() -> impl Strategy<Value = Who> {
    (0..CLIENTS, 0..DEVICES.len(), 0..PROVIDERS.len()).prop_map(|(client, device, provider)| Who {
        client,
        device,
        provider,
    })
}

fn subject() -> impl Strategy<Value = Subject> {
    prop::option::weighted(0.5, 0..SUBJECTS.len())
}

fn kind() -> impl Strategy<Value = Decision> {
    select(vec![Decision::Preauthorize, Decision::Authorize])
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![17 => regular(), 6 => special()]
}

fn regular() -> impl Strategy<Value = Step> {
    let mvpd = || 0..MVPDS.len();
    let resource = || 0..RESOURCES.len();
    let (client, code) = (0..CLIENTS, 0..4_usize);
    prop_oneof![
        4 => (who(), prop::option::weighted(0.8, mvpd()), subject())
            .prop_map(|(who, mvpd, subject)| Step::Create { who, mvpd, subject }),
        1 => (client.clone(), code.clone(), mvpd())
            .prop_map(|(client, code, mvpd)| Step::Resume { client, code, mvpd }),
        1 => code.clone().prop_map(|code| Step::Open { code }),
        4 => (code.clone(), select(vec!["demo", "basic"]), select(vec![0, 0, 20, 1800, 1801]))
            .prop_map(|(code, user, delay)| Step::Login { code, user, delay }),
        1 => code.clone().prop_map(|code| Step::Deny { code }),
        3 => (client, code).prop_map(|(client, code)| Step::Poll { client, code }),
        2 => (who(), subject()).prop_map(|(who, subject)| Step::Profiles { who, subject }),
        2 => (who(), mvpd(), subject())
            .prop_map(|(who, mvpd, subject)| Step::Profile { who, mvpd, subject }),
        4 => (who(), mvpd(), resource(), kind(), subject()).prop_map(
            |(who, mvpd, resource, kind, subject)| Step::Decide { who, mvpd, resource, kind, subject }
        ),
        3 => (who(), mvpd(), resource(), subject())
            .prop_map(|(who, mvpd, resource, subject)| Step::Watch { who, mvpd, resource, subject }),
        2 => Just(Step::WatchAgain),
        2 => (who(), mvpd(), subject())
            .prop_map(|(who, mvpd, subject)| Step::Logout { who, mvpd, subject }),
    ]
}

fn special() -> impl Strategy<Value = Step> {
    let mvpd = || 0..MVPDS.len();
    let provider = || 0..PROVIDERS.len();
    let wait = select(vec![1, 20, 60, 180, 181, 899, 1799, 1800, 1801, 86_400, 30 * 86_400]);
    let modes = select(vec![Mode::AuthnAll, Mode::AuthzAll, Mode::AuthzNone]);
    let visit = prop_oneof![
        1 => Just(Visit::Profile),
        3 => (kind(), 0..RESOURCES.len()).prop_map(|(kind, resource)| Visit::Decide(kind, resource)),
    ];
    prop_oneof![
        3 => (who(), 0..PASSES.len(), prop::option::weighted(0.8, 0..2_usize), visit)
            .prop_map(|(who, pass, identity, visit)| Step::Trial { who, pass, identity, visit }),
        1 => (who(), 0..2_usize).prop_map(|(who, identity)| Step::Binge { who, identity }),
        2 => (provider(), mvpd(), modes, select(vec![1, 60, 3600]))
            .prop_map(|(provider, mvpd, mode, seconds)| Step::Degrade { provider, mvpd, mode, seconds }),
        1 => (provider(), mvpd()).prop_map(|(provider, mvpd)| Step::Lift { provider, mvpd }),
        2 => any::<bool>().prop_map(|after| Step::Fault { after }),
        1 => Just(Step::Save),
        1 => Just(Step::Restore),
        5 => wait.prop_map(|seconds| Step::Wait { seconds }),
    ]
}
