//! Sessions, their codes, and logins under way.

use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp(1_000_000);
const HALF_HOUR: Duration = Duration::from_secs(1800);

fn owner(device: &str) -> Owner {
    Owner { client_id: "client".into(), device_id: device.into(), service_provider: "REF30".into() }
}

fn device() -> Device {
    let address = ([192, 0, 2, 1], 4711).into();
    Device { info: None, user_agent: None, address, known_platform: true }
}

fn create(sessions: &Sessions, name: &str, now: Timestamp, ids: &Ids) -> Session {
    let parameters = Parameters { mvpd: Some("Cablevision".into()), ..Parameters::default() };
    sessions.create(owner(name).into(), parameters, device(), HALF_HOUR, now, ids).0
}

#[test]
fn a_code_is_good_to_its_last_millisecond_and_with_its_own_service_provider() {
    let (sessions, ids) = (Sessions::default(), Ids::seeded(1));
    let session = create(&sessions, "tv", NOW, &ids);
    let find = |sp, at| sessions.find(sp, &session.code, at).is_some();
    assert!(find("REF30", NOW) && find("REF30", session.not_after));
    assert!(!find("REF30", Timestamp(session.not_after.millis() + 1)));
    assert!(!find("apasstest1", NOW));
}

#[test]
fn a_new_session_supersedes_only_its_owners_earlier_one() {
    let (sessions, ids) = (Sessions::default(), Ids::seeded(1));
    let first = create(&sessions, "tv", NOW, &ids);
    let other = create(&sessions, "phone", NOW, &ids);
    let second = create(&sessions, "tv", NOW, &ids);
    let live = |session: &Session| sessions.find_code(&session.code, NOW).is_some();
    assert!(!live(&first) && live(&other) && live(&second));
    assert!(sessions.expire(&second.code) && !sessions.expire(&second.code));
    assert!(!live(&second));
}

#[test]
fn a_login_is_handed_out_once_and_not_before_its_time() {
    let (sessions, ids) = (Sessions::default(), Ids::seeded(1));
    let session = create(&sessions, "tv", NOW, &ids);
    let at = NOW.after(Duration::from_secs(20));
    sessions.update(&session.code, NOW, |session| {
        session.login = LoginState::Due { user: "demo".into(), at };
    });
    assert_eq!(sessions.settle(&session.owner, NOW), None);
    let due = sessions.settle(&session.owner, at).unwrap();
    assert_eq!((&*due.mvpd, due.at), ("Cablevision", at));
    assert_eq!(sessions.settle(&session.owner, at), None);
}

#[test]
fn a_login_that_would_outlast_its_code_never_comes() {
    let (sessions, ids) = (Sessions::default(), Ids::seeded(1));
    let session = create(&sessions, "tv", NOW, &ids);
    let at = Timestamp(session.not_after.millis() + 1);
    sessions.update(&session.code, NOW, |session| {
        session.login = LoginState::Due { user: "demo".into(), at };
    });
    assert_eq!(sessions.settle(&session.owner, at), None);
}

#[test]
fn the_nth_poll_brings_the_login() {
    let (sessions, ids) = (Sessions::default(), Ids::seeded(1));
    let session = create(&sessions, "tv", NOW, &ids);
    sessions.update(&session.code, NOW, |session| {
        session.login = LoginState::OnPoll { user: "demo".into(), polls: 3 };
    });
    let polls = [
        sessions.poll_code(&session.code, NOW).is_some(),
        sessions.poll(&session.owner, NOW).is_some(),
        sessions.poll_code(&session.code, NOW).is_some(),
    ];
    assert_eq!(polls, [false, false, true]);
}

#[test]
fn ended_sessions_do_not_pile_up() {
    let (sessions, ids) = (Sessions::default(), Ids::seeded(1));
    for n in 0..200 {
        create(&sessions, &format!("early {n}"), NOW, &ids);
    }
    let later = NOW.after(HALF_HOUR * 2);
    for n in 0..400 {
        create(&sessions, &format!("late {n}"), later, &ids);
    }
    assert_eq!(sessions.len(), 400);
    assert_eq!(sessions.current.len(), 400);
}

/// Something that happens to one of a few owners.
#[derive(Clone, Debug)]
enum Step {
    Create(u8),
    Due(u8, u64),
    OnPoll(u8, u32),
    Denied(u8),
    Poll(u8),
    PollCode(u8),
    Settle(u8),
    Expire(u8),
    Wait(u64),
    Clear,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = || 0..4_u8;
    let step = prop_oneof![
        4 => who().prop_map(Step::Create),
        3 => (who(), 0..2_500_u64).prop_map(|(who, after)| Step::Due(who, after)),
        2 => (who(), 0..3_u32).prop_map(|(who, polls)| Step::OnPoll(who, polls)),
        1 => who().prop_map(Step::Denied),
        3 => who().prop_map(Step::Poll),
        3 => who().prop_map(Step::PollCode),
        2 => who().prop_map(Step::Settle),
        1 => who().prop_map(Step::Expire),
        3 => (0..1_000_u64).prop_map(Step::Wait),
        1 => Just(Step::Clear),
    ];
    prop::collection::vec(step, 0..60)
}

proptest! {
    #[test]
    fn what_is_told_without_a_look_is_what_a_look_would_tell(steps in steps()) {
        let (sessions, ids) = (Sessions::default(), Ids::seeded(1));
        let (mut now, mut codes) = (NOW, [None; 4]);
        let is_under_way = |session: &Session| {
            matches!(session.login, LoginState::Due { .. } | LoginState::OnPoll { .. })
        };
        for step in steps {
            let set = |who: u8, login: LoginState| {
                let code: Option<Code> = codes[usize::from(who)];
                code.and_then(|code| sessions.update(&code, now, |session| session.login = login));
            };
            let name = |who: u8| format!("device {who}");
            match step {
                Step::Create(who) => {
                    codes[usize::from(who)] = Some(create(&sessions, &name(who), now, &ids).code);
                }
                Step::Due(who, after) => {
                    let at = now.after(Duration::from_secs(after));
                    set(who, LoginState::Due { user: "demo".into(), at });
                }
                Step::OnPoll(who, polls) => {
                    set(who, LoginState::OnPoll { user: "demo".into(), polls });
                }
                Step::Denied(who) => set(who, LoginState::Denied),
                Step::Poll(who) => drop(sessions.poll(&owner(&name(who)), now)),
                Step::PollCode(who) => {
                    codes[usize::from(who)].and_then(|code| sessions.poll_code(&code, now));
                }
                Step::Settle(who) => drop(sessions.settle(&owner(&name(who)), now)),
                Step::Expire(who) => {
                    codes[usize::from(who)].map(|code| sessions.expire(&code));
                }
                Step::Wait(seconds) => now = now.after(Duration::from_secs(seconds)),
                Step::Clear => sessions.clear(),
            }
            let remembered = sessions.remembered();
            let under_way: Vec<_> = remembered.iter().filter(|one| is_under_way(one)).collect();
            prop_assert_eq!(sessions.pending.count(), under_way.len());
            for session in under_way {
                prop_assert!(sessions.pending.may_include(&session.owner));
            }
            for code in codes.into_iter().flatten() {
                let found = sessions.find("REF30", &code, now);
                let waits = found.is_some_and(|one| one.bound.is_none() && !is_under_way(&one));
                prop_assert_eq!(sessions.waits("REF30", &code, now), waits);
                prop_assert!(!sessions.waits("apasstest1", &code, now));
            }
        }
    }
}
