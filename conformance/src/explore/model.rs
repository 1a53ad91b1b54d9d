//! Draws a story: what may happen when, and how likely it is.
//!
//! Nothing is drawn that a viewer cannot do (play on an app that does not run), that the client
//! says it cannot do, or that would leave a conforming client no way to be judged.

use std::collections::BTreeSet;

use pass_mock::config::Lifetime;
use rand::{Rng, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha12Rng;

use super::mishaps;
use crate::outcome::ClientInfo;
use crate::protocol::{Flow, Role};
use crate::scenario::{
    Flows, PickedIn, Scenario, ScenarioFile, ServerStep, SignIn, SingleSignOn, Step, Viewer,
};

/// The MVPDs of a viewer; all of them permit the first of the resources.
const MVPDS: [&str; 3] = ["Cablevision", "Spectrum", "Dish"];

/// What is played; some of it is in nobody's package.
const RESOURCES: [&str; 5] = ["REF30", "news", "sports", "premium", "late-night"];

/// The steps between the first launch and the end.
const LENGTH: std::ops::RangeInclusive<usize> = 3..=12;

/// Stories that the client can play a part in.
pub fn stories(client: &ClientInfo, count: u32, seed: u64) -> Vec<Scenario> {
    let named = |number| Scenario::all_of(&name(number, seed), story(client, number, seed));
    (1..=count).flat_map(named).collect()
}

/// What story `number` of a seed is called.
pub fn name(number: u32, seed: u64) -> String {
    format!("explored-{seed}-{number}")
}

/// Story `number` of a seed.
fn story(client: &ClientInfo, number: u32, seed: u64) -> ScenarioFile {
    let mut rng = ChaCha12Rng::seed_from_u64(seed);
    rng.set_stream(u64::from(number));
    let can: BTreeSet<&str> = client.capabilities.iter().map(String::as_str).collect();
    let flow = match (can.contains("browser"), can.contains("second_screen")) {
        (true, true) if rng.random() => Flow::SecondScreen,
        (false, true) => Flow::SecondScreen,
        _ => Flow::Browser,
    };
    let picked_in = match flow {
        Flow::SecondScreen if rng.random_range(0..4) == 0 => PickedIn::SecondScreen,
        _ => PickedIn::App,
    };
    let server = mishaps::server(&mut rng);
    let mut teller = Teller {
        browses: can.contains("preauthorize"),
        closes_browser: flow == Flow::Browser,
        switches: picked_in == PickedIn::App,
        throttle: server.throttle,
        now: Now::default(),
        steps: vec![Step::Launch],
        rng,
    };
    teller.tell();
    ScenarioFile {
        title: format!("Story {number} of seed {seed}"),
        why: "Nobody wrote it: it was drawn from what may happen.".to_owned(),
        looks_at: Vec::new(),
        rules: Vec::new(),
        flow: match flow {
            Flow::Browser => Flows::Browser,
            Flow::SecondScreen => Flows::SecondScreen,
        },
        mvpd: MVPDS[0].to_owned(),
        picked_in,
        temp_pass: None,
        role: Role::default(),
        needs: Vec::new(),
        single_sign_on: SingleSignOn::default(),
        long: false,
        patience: Lifetime::minutes(3),
        server,
        steps: teller.steps,
    }
}

/// Tells one story.
struct Teller {
    browses: bool,
    closes_browser: bool,
    switches: bool,
    throttle: bool,
    now: Now,
    steps: Vec<Step>,
    rng: ChaCha12Rng,
}

/// How things are at this point of a story, as far as its teller can know.
#[derive(Clone, Copy, Debug, Default)]
struct Now {
    /// A sign-in was left open.
    open: bool,
    /// The viewer has signed in.
    signed_in: bool,
    /// Something may be playing.
    playing: bool,
    /// The viewer has signed out.
    signed_out: bool,
}

/// What may happen next.
#[derive(Clone, Copy, Debug)]
enum Move {
    SignIn,
    LeaveOpen,
    CloseBrowser,
    FinishSignIn,
    NewCode,
    SwitchProvider,
    Browse,
    Play,
    Stop,
    Foreground,
    Relaunch,
    SignOut,
    Wait,
    Mishap,
    Throttle,
}

impl Teller {
    fn tell(&mut self) {
        let length = self.rng.random_range(LENGTH);
        while self.steps.len() <= length {
            let next = self.draw();
            self.follow(next);
        }
        if self.now.open {
            self.follow(Move::FinishSignIn);
        }
        // Whatever the last step set going is seen through.
        self.steps.push(Step::Wait(Lifetime::seconds(10)));
        self.steps.push(Step::Quit);
    }

    /// What may happen now, and how likely it is beside the others.
    fn possible(&self) -> Vec<(u32, Move)> {
        let Now { open, signed_in, playing, signed_out } = self.now;
        let only = |condition: bool, weight: u32| if condition { weight } else { 0 };
        let idle = !open;
        // Who has signed out may well see whether that is so.
        let play = match (signed_in, signed_out) {
            (true, _) => 9,
            (false, true) => 6,
            (false, false) => 1,
        };
        vec![
            (only(idle && !signed_in, 12), Move::SignIn),
            (only(idle && !signed_in, 5), Move::LeaveOpen),
            (only(idle && !signed_in && self.closes_browser, 2), Move::CloseBrowser),
            (only(open, 10), Move::FinishSignIn),
            (only(open, 4), Move::NewCode),
            (only(idle && signed_in && self.switches, 2), Move::SwitchProvider),
            (only(idle && self.browses, 3), Move::Browse),
            (only(idle, play), Move::Play),
            (only(playing, 5), Move::Stop),
            (only(idle, 2), Move::Foreground),
            (only(idle, 2), Move::Relaunch),
            (only(idle && signed_in, 2), Move::SignOut),
            (4, Move::Wait),
            (4, Move::Mishap),
            (only(self.throttle, 4), Move::Throttle),
        ]
    }

    fn draw(&mut self) -> Move {
        let possible = self.possible();
        let total: u32 = possible.iter().map(|(weight, _)| weight).sum();
        let mut left = self.rng.random_range(0..total);
        for (weight, what) in possible {
            match left.checked_sub(weight) {
                Some(rest) => left = rest,
                None => return what,
            }
        }
        Move::Wait
    }

    fn follow(&mut self, what: Move) {
        let signs_in = |viewer| SignIn { viewer, ..SignIn::default() };
        let step = match what {
            Move::SignIn => {
                self.now.signed_in = true;
                Step::SignIn(self.unhurried())
            }
            Move::LeaveOpen => {
                self.now.open = true;
                Step::SignIn(signs_in(Viewer::DoesNothing))
            }
            Move::CloseBrowser => Step::SignIn(signs_in(Viewer::ClosesBrowser)),
            Move::FinishSignIn => {
                self.now = Now { open: false, signed_in: true, ..self.now };
                Step::FinishSignIn(SignIn::default())
            }
            Move::NewCode => Step::RequestNewCode,
            Move::SwitchProvider => {
                let mvpd = pick(&mut self.rng, &MVPDS).to_owned();
                self.now.playing = false;
                Step::SwitchProvider(SignIn { mvpd: Some(mvpd), ..SignIn::default() })
            }
            Move::Browse => Step::Browse(self.some_resources()),
            Move::Play => {
                self.now.playing = true;
                Step::Play(pick(&mut self.rng, &RESOURCES).to_owned())
            }
            Move::Stop => {
                self.now.playing = false;
                Step::Stop
            }
            Move::Foreground => Step::Foreground,
            Move::Relaunch => {
                self.now.playing = false;
                Step::Relaunch
            }
            Move::SignOut => {
                self.now = Now { signed_out: true, ..Now::default() };
                Step::SignOut
            }
            Move::Wait => Step::Wait(self.some_time()),
            Move::Mishap => {
                let mishap = mishaps::mishap(&mut self.rng, &RESOURCES, self.now.open);
                Step::Server(mishap)
            }
            Move::Throttle => {
                let time = pick(&mut self.rng, &[5, 12, 25]);
                Step::Server(ServerStep::ThrottleFor(Lifetime::seconds(time)))
            }
        };
        self.steps.push(step);
    }

    /// A viewer who signs in, some of them slowly.
    fn unhurried(&mut self) -> SignIn {
        let slow = self.rng.random_range(0..4) == 0;
        let takes = slow.then(|| Lifetime::seconds(pick(&mut self.rng, &[30, 75, 150])));
        SignIn { takes, ..SignIn::default() }
    }

    fn some_resources(&mut self) -> Vec<String> {
        let count = self.rng.random_range(1..=RESOURCES.len());
        RESOURCES[..count].iter().map(ToString::to_string).collect()
    }

    /// Seconds most of the time, and now and then so long that something expires.
    fn some_time(&mut self) -> Lifetime {
        Lifetime::seconds(pick(&mut self.rng, &[2, 5, 10, 20, 40, 40, 100, 240, 480, 1900]))
    }
}

/// One of several, all as likely.
pub(super) fn pick<T: Clone>(rng: &mut impl Rng, among: &[T]) -> T {
    among[rng.random_range(0..among.len())].clone()
}
