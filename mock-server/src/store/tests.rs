use std::fs;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::MockServer;
use crate::clock::Timestamp;
use crate::domain::clients::Grant;
use crate::domain::degradation::Degradation;
use crate::domain::{DecisionRule, Device, Owner, Parameters, Visitor, When};

const START: Timestamp = Timestamp(1_767_225_600_000);

#[derive(Clone, Debug)]
enum Step {
    Register,
    Token(usize),
    Revoke(usize),
    Create(u8),
    Complete(usize, u64),
    CompleteOnPoll(usize, u32),
    Poll(u8),
    Authorize(u8),
    SignOut(u8),
    Expire(usize),
    Try(u8, u8),
    Rule(Option<u32>),
    Degrade(u64),
    Switch(bool),
    Advance(u64),
    Reset,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    use Step::*;
    prop_oneof![
        3 => Just(Register),
        3 => (0_usize..4).prop_map(Token),
        1 => (0_usize..4).prop_map(Revoke),
        5 => (0_u8..4).prop_map(Create),
        4 => (0_usize..6, 0_u64..3000).prop_map(|(n, after)| Complete(n, after)),
        1 => (0_usize..6, 1_u32..3).prop_map(|(n, polls)| CompleteOnPoll(n, polls)),
        3 => (0_u8..4).prop_map(Poll),
        3 => (0_u8..4).prop_map(Authorize),
        2 => (0_u8..4).prop_map(SignOut),
        1 => (0_usize..6).prop_map(Expire),
        3 => (0_u8..3, 0_u8..3).prop_map(|(device, resource)| Try(device, resource)),
        1 => proptest::option::of(1_u32..3).prop_map(Rule),
        1 => (1_u64..3000).prop_map(Degrade),
        1 => any::<bool>().prop_map(Switch),
        3 => (1_u64..2000).prop_map(Advance),
        1 => Just(Reset),
        2 => Just(Restart),
    ]
}

fn owner(device: u8) -> Owner {
    Owner {
        client_id: "client".into(),
        device_id: format!("device {device}").into(),
        service_provider: "REF30".into(),
    }
}

fn play(app: &App, step: &Step) {
    let (domain, ids, now) = (&app.domain, &app.ids, app.clock.now());
    let fixtures = app.fixtures.load();
    let client = |n: &usize| domain.clients.clients().get(*n).cloned();
    let session = |n: &usize| domain.sessions.all(now).get(*n).cloned();
    let complete = |n: &usize, when| {
        let user = fixtures.first_user().unwrap();
        let session = session(n).map(|session| session.code);
        session.map(|code| domain.complete_login(&fixtures, &code, user, when, now))
    };
    match step {
        Step::Register => drop(domain.clients.register(Grant::default(), vec![], now, ids)),
        Step::Token(n) => {
            if let Some(known) = client(n) {
                let (id, secret) = (&known.client_id, &known.client_secret);
                let hour = Duration::from_secs(3600);
                let _ =
                    domain.clients.issue_token(id, secret, "client_credentials", hour, now, ids);
            }
        }
        Step::Revoke(n) => drop(client(n).map(|known| domain.clients.revoke(&known.client_id))),
        Step::Create(device) => {
            let mvpd = Some("Cablevision".into());
            let parameters = Parameters { mvpd, ..Parameters::default() };
            let address = ([192, 0, 2, 1], 4711).into();
            let made_by = Device { info: None, user_agent: None, address, known_platform: true };
            domain.create_session(&fixtures, owner(*device), parameters, made_by, now, ids);
        }
        Step::Complete(n, after) => {
            complete(n, When::After(Duration::from_secs(*after)));
        }
        Step::CompleteOnPoll(n, polls) => {
            complete(n, When::OnPoll(*polls));
        }
        Step::Poll(device) => domain.poll(&fixtures, &owner(*device), now),
        Step::Authorize(device) => {
            let owner = owner(*device);
            if let Some(profile) = domain.profiles.get(&owner, "Cablevision") {
                let lifetime = Duration::from_secs(1800);
                let terms = crate::domain::Terms { lifetime, dummy: false };
                domain.authorize(&fixtures, &owner, &profile, "REF30", &terms, now);
            }
        }
        Step::SignOut(device) => {
            domain.profiles.remove(&owner(*device), "Cablevision", now);
        }
        Step::Expire(n) => drop(session(n).map(|session| domain.sessions.expire(&session.code))),
        Step::Try(device, resource) => {
            let pass = fixtures.mvpds.iter().find_map(|mvpd| mvpd.temp_pass.as_ref()).unwrap();
            let visitor = Visitor {
                service_provider: "REF30".into(),
                mvpd: "TempPass_TEST40".into(),
                device_id: format!("device {device}").into(),
                identity: None,
            };
            let _ = domain.trials.authorize(&visitor, pass, &format!("r{resource}"), now);
        }
        Step::Rule(times) => {
            domain.rules.add(DecisionRule { times: *times, ..DecisionRule::default() });
        }
        Step::Degrade(seconds) => {
            let not_after = now.after(Duration::from_secs(*seconds));
            let mode = crate::domain::degradation::Mode::AuthzAll;
            let rule = Degradation { mode, not_before: now, not_after, details: None };
            domain.degradations.apply("REF30", "Dish", rule);
        }
        Step::Switch(on) => domain.switch_integration("REF30", "Dish", *on),
        Step::Advance(seconds) => app.clock.advance(Duration::from_secs(*seconds)),
        Step::Reset => domain.reset(),
        Step::Restart => {}
    }
}

async fn serve(folder: &Path) -> MockServer {
    let clock = Clock::starting_at(START, Mode::Manual);
    let builder = MockServer::builder().control(None).seed(1).clock(clock);
    builder.data_dir(folder, |line| panic!("{line}")).start().await.unwrap()
}

/// All that is kept, without what has ended.
fn held(app: &App) -> (Snapshot, [u64; 3], u64, Timestamp) {
    let now = app.clock.now();
    let fixtures = app.fixtures.load();
    app.domain.forget_ended(&fixtures, now);
    (app.domain.snapshot(&fixtures, now), app.domain.numbers(), app.ids.draws(), now)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 60, ..Default::default() })]

    #[test]
    fn what_is_read_back_is_what_was_in_memory(
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        runtime.block_on(async {
            let mut server = serve(folder.path()).await;
            for step in steps.iter().chain([&Step::Restart]) {
                play(server.app(), step);
                if matches!(step, Step::Restart) {
                    let before = held(server.app());
                    server.shutdown().await;
                    server = serve(folder.path()).await;
                    prop_assert_eq!(held(server.app()), before);
                }
            }
            Ok(())
        })?;
    }
}

/// A folder with some state in it, as a killed or a finished program leaves it.
async fn used_folder(path: &Path, finished: bool) -> Vec<u8> {
    let server = serve(path).await;
    for n in 0..100_u8 {
        play(server.app(), &Step::Register);
        play(server.app(), &Step::Create(n));
        play(server.app(), &Step::Complete(n.into(), 0));
        // In many writes: of one alone, damage leaves the empty state before it in order.
        if n.is_multiple_of(10) {
            server.app().keep_all().await;
        }
    }
    server.app().keep_all().await;
    let file = path.join("state.redb");
    if !finished {
        return fs::read(file).unwrap();
    }
    server.shutdown().await;
    fs::read(file).unwrap()
}

#[tokio::test]
async fn no_damage_upsets_the_reader_or_is_made_worse() {
    for finished in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let good = used_folder(folder.path(), finished).await;
        let elsewhere = tempfile::tempdir().unwrap();
        let file = elsewhere.path().join("state.redb");
        let seal = fs::read(folder.path().join("state.sum")).ok().filter(|_| finished);
        assert_eq!(seal.is_some(), finished);
        let (mut refused, mut other) = (0, 0);
        fs::write(&file, &good).unwrap();
        let whole = Opened::new(elsewhere.path(), |_| {}).unwrap().state;
        // In the head of a killed program's file the library takes what is not in order for a write
        // that did not come to its end, and goes on from the one before: it is told.
        let places = (0..64).map(|n| n * 5).chain((1..50).map(|n| 4096 + n * good.len() / 50));
        for (n, place) in places.filter(|place| *place < good.len()).enumerate() {
            let mut bytes = good.clone();
            match n % 3 {
                0 => bytes[place] ^= 0xff,
                1 => bytes.iter_mut().skip(place).take(64).for_each(|byte| *byte ^= 0x0f),
                _ => bytes.iter_mut().skip(place).take(512).for_each(|byte| *byte = !*byte),
            }
            fs::write(&file, &bytes).unwrap();
            if let Some(seal) = &seal {
                fs::write(elsewhere.path().join("state.sum"), seal).unwrap();
            }
            match Opened::new(elsewhere.path(), |_| {}) {
                // Not in use, or a last write that did not come to its end, which is told.
                Ok(opened) => {
                    other += 1;
                    assert!(opened.run.torn || opened.state == whole, "at {place}");
                }
                Err(StoreError::Damaged { .. } | StoreError::Newer { .. }) => {
                    refused += 1;
                    assert!(fs::read(&file).unwrap() == bytes, "at {place}");
                }
                Err(error) => panic!("at {place}: {error}"),
            }
        }
        assert!(refused > 0 && (other == 0) == finished, "{refused} refused, {other} not");
    }
}

/// What a killed program's file says of itself is looked after, byte by byte: nothing of it makes the
/// library reserve the machine's memory, or go on from an earlier write without a word.
#[tokio::test]
async fn no_byte_of_a_files_head_is_believed_blindly() {
    let folder = tempfile::tempdir().unwrap();
    let good = used_folder(folder.path(), false).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("state.redb");
    fs::write(&file, &good).unwrap();
    let whole = Opened::new(elsewhere.path(), |_| {}).unwrap().state;
    let (mut refused, mut told) = (0, 0);
    for place in (0..64).chain((64..320).step_by(3)) {
        let mut bytes = good.clone();
        bytes[place] ^= 0x81;
        fs::write(&file, &bytes).unwrap();
        match Opened::new(elsewhere.path(), |_| {}) {
            Ok(opened) if opened.run.torn => told += 1,
            Ok(opened) => assert!(opened.state == whole, "at {place}"),
            Err(StoreError::Damaged { .. }) => {
                refused += 1;
                assert!(fs::read(&file).unwrap() == bytes, "at {place}");
            }
            Err(error) => panic!("at {place}: {error}"),
        }
    }
    assert!(refused > 20 && told > 0, "{refused} refused, {told} told");
}
