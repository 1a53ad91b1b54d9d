//! Which scenarios are played, how fast, and which are left out.

use std::time::Duration;

use crate::outcome::ClientInfo;
use crate::scenario::{Capability, Scenario};
use crate::stage::Pace;

/// How fast a clock may run that is not the harness's own. The faster, the fewer limits can be
/// judged, because the machine's own delays grow with the speed: up to ×1 all of them, up to ×15
/// those of the older edition's polling, up to ×60 those of a minute and more.
const SPEEDS: [f64; 4] = [1.0, 3.0, 15.0, 60.0];

/// A scenario is run so fast that it takes no longer than this, where the client can.
const BEARABLE: Duration = Duration::from_secs(25);

/// The same for scenarios about throttling, whose limits of a second can only be judged in real time.
const BEARABLE_WHEN_THROTTLED: Duration = Duration::from_secs(45);

/// What is going to happen.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who is judged.
    pub client: ClientInfo,
    /// The scenarios, in the order of the report.
    pub scenarios: Vec<Planned>,
    /// How many are played side by side.
    pub jobs: usize,
}

/// One scenario of a plan.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The scenario.
    pub scenario: Scenario,
    /// How time passes in it.
    pub pace: Pace,
    /// Why it is left out, when it is.
    pub left_out: Option<String>,
}

impl Planned {
    /// Plans one scenario for a client that lives by a clock of its own, or shares the harness's.
    pub(super) fn new(
        scenario: Scenario,
        client: &ClientInfo,
        shares_clock: bool,
        long: bool,
    ) -> Self {
        let pace = pace(&scenario, client, shares_clock);
        let left_out = lacks(&scenario, client).or_else(|| {
            let too_long = pace == Pace::Real(1.0) && scenario.file.long && !long;
            let cannot = match client.clock_doubt {
                Some(_) => "the client's timers do not run faster, though it declares clock_speed",
                None => "the client cannot run its timers faster",
            };
            too_long.then(|| {
                let takes = minutes(scenario.length());
                format!(
                    "it takes {takes} in real time, and {cannot} (--long plays it all the same)"
                )
            })
        });
        Self { scenario, pace, left_out }
    }

    /// The same where there are only so many devices.
    pub(super) fn with_devices(mut self, devices: usize) -> Self {
        let needed = self.scenario.devices();
        if needed > devices {
            let reason = format!("it takes {needed} devices, and {devices} can be attached");
            self.left_out.get_or_insert(reason);
        }
        self
    }

    /// How long it takes in real time, roughly.
    pub fn takes(&self) -> Duration {
        match (self.left_out.as_ref(), self.pace) {
            (Some(_), _) | (None, Pace::Virtual) => Duration::ZERO,
            (None, Pace::Real(speed)) => self.scenario.length().div_f64(speed),
        }
    }
}

impl Plan {
    /// How long all of it takes in real time, roughly.
    pub fn takes(&self) -> Duration {
        let total: Duration = self.scenarios.iter().map(Planned::takes).sum();
        let longest = self.scenarios.iter().map(Planned::takes).max().unwrap_or_default();
        let jobs = u32::try_from(self.jobs.max(1)).unwrap_or(u32::MAX);
        longest.max(total / jobs)
    }

    /// Whether anything is played faster than in real time, by a clock that is the client's own.
    pub(super) fn hurries(&self) -> bool {
        let faster = |planned: &Planned| matches!(planned.pace, Pace::Real(speed) if speed > 1.0);
        self.scenarios.iter().any(|planned| planned.left_out.is_none() && faster(planned))
    }

    /// The places of the scenarios that are played: those that take longest first, where that
    /// shortens the whole.
    pub(super) fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> =
            (0..self.scenarios.len()).filter(|i| self.scenarios[*i].left_out.is_none()).collect();
        if self.jobs > 1 {
            order.sort_by_key(|index| std::cmp::Reverse(self.scenarios[*index].takes()));
        }
        order
    }
}

fn pace(scenario: &Scenario, client: &ClientInfo, shares_clock: bool) -> Pace {
    if shares_clock {
        return Pace::Virtual;
    }
    if !client.follows_clock() {
        return Pace::Real(1.0);
    }
    let length = scenario.length();
    let throttled = scenario.file.server.throttle;
    let bearable = if throttled { BEARABLE_WHEN_THROTTLED } else { BEARABLE };
    let enough = SPEEDS.into_iter().find(|speed| length.div_f64(*speed) <= bearable);
    Pace::Real(enough.unwrap_or(SPEEDS[SPEEDS.len() - 1]))
}

fn lacks(scenario: &Scenario, client: &ClientInfo) -> Option<String> {
    let lacking: Vec<&str> = scenario
        .needs()
        .into_iter()
        .filter(|need| !client.can(*need))
        .map(Capability::name)
        .collect();
    (!lacking.is_empty())
        .then(|| format!("the client does not declare the capability {}", lacking.join(", ")))
}

fn minutes(time: Duration) -> String {
    match time.as_secs().div_ceil(60) {
        1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load_text;

    fn planned(head: &str, capabilities: &[&str], wait: &str, long: bool) -> Planned {
        let text = format!("title: t\nwhy: w\n{head}\nsteps: [launch, {{wait: {wait}}}, quit]");
        let scenario = load_text("own", "own.yaml", &text).unwrap().remove(0);
        let client = ClientInfo {
            capabilities: capabilities.iter().map(ToString::to_string).collect(),
            ..ClientInfo::default()
        };
        Planned::new(scenario, &client, false, long)
    }

    #[test]
    fn a_clients_clock_runs_no_faster_than_needed() {
        let fast = ["browser", "clock_speed"];
        let pace = |wait| planned("", &fast, wait, false).pace;
        assert_eq!(pace("20s"), Pace::Real(1.0));
        assert_eq!(pace("70s"), Pace::Real(3.0));
        assert_eq!(pace("5m"), Pace::Real(15.0));
        assert_eq!(pace("33m"), Pace::Real(60.0));
        assert_eq!(pace("10h"), Pace::Real(60.0));
        let throttled = planned("server: {throttle: true}", &fast, "40s", false);
        assert_eq!(throttled.pace, Pace::Real(1.0));
    }

    #[test]
    fn what_a_client_cannot_do_is_left_out_and_said() {
        let without = planned("needs: [second_screen]", &["browser"], "1s", false);
        let reason = without.left_out.unwrap();
        assert_eq!(reason, "the client does not declare the capability second_screen");
        assert!(planned("", &["browser"], "1s", false).left_out.is_none());
    }

    #[test]
    fn long_scenarios_are_left_out_only_in_real_time() {
        let reason = planned("long: true", &["browser"], "32m", false).left_out.unwrap();
        assert!(reason.starts_with("it takes 33 minutes in real time"), "{reason}");
        assert!(planned("long: true", &["browser"], "32m", true).left_out.is_none());
        let fast = ["browser", "clock_speed"];
        assert!(planned("long: true", &fast, "32m", false).left_out.is_none());
    }

    /// A minute for a client whose timers can run faster, four for one whose timers cannot, both
    /// able to do everything and side by side as usual.
    #[test]
    fn the_whole_catalogue_takes_no_longer_than_it_may() {
        let all = crate::scenario::all().unwrap();
        let needs: std::collections::BTreeSet<_> = all.iter().flat_map(Scenario::needs).collect();
        let takes = |clock_speed: bool| {
            let mut client = ClientInfo {
                capabilities: needs.iter().map(|need| need.name().to_owned()).collect(),
                ..ClientInfo::default()
            };
            if clock_speed {
                client.capabilities.push(Capability::ClockSpeed.name().to_owned());
            }
            let plan = |one: &Scenario| Planned::new(one.clone(), &client, false, false);
            let scenarios: Vec<_> = all.iter().map(plan).collect();
            for planned in &scenarios {
                let left_out = planned.left_out.as_deref();
                assert!(left_out.is_none_or(|reason| reason.contains("minutes in real time")));
            }
            Plan { client, scenarios, jobs: 32 }.takes()
        };
        let (fast, real) = (takes(true), takes(false));
        assert!(fast <= Duration::from_secs(60), "{fast:?}");
        assert!(real <= Duration::from_secs(240), "{real:?}");
    }

    /// A second's silence after a refusal cannot be judged where time runs faster.
    #[test]
    fn stories_about_throttling_are_short_enough_for_real_time() {
        let capabilities = vec![Capability::ClockSpeed.name().to_owned()];
        let client = ClientInfo { capabilities, ..ClientInfo::default() };
        let all = crate::scenario::all().unwrap();
        for scenario in all.iter().filter(|scenario| scenario.file.server.throttle) {
            assert_eq!(pace(scenario, &client, false), Pace::Real(1.0), "{}", scenario.name);
        }
    }

    #[test]
    fn what_takes_longest_is_begun_first() {
        let scenarios = vec![
            planned("", &["browser"], "1s", false),
            planned("long: true", &["browser"], "30m", false),
            planned("", &["browser"], "20s", false),
        ];
        let plan = Plan { client: ClientInfo::default(), scenarios, jobs: 2 };
        assert_eq!(plan.order(), [2, 0]);
        assert_eq!(plan.takes(), Duration::from_secs(22));
        let one_by_one = Plan { jobs: 1, ..plan };
        assert_eq!(one_by_one.order(), [0, 2]);
    }

    #[test]
    fn a_story_of_two_devices_takes_two() {
        let story = "title: t\nwhy: w\nsteps: [launch, {device: 2}, launch]";
        let scenario = load_text("own", "own.yaml", story).unwrap().remove(0);
        let client = ClientInfo { capabilities: vec!["browser".into()], ..ClientInfo::default() };
        let planned = |devices| {
            Planned::new(scenario.clone(), &client, false, false).with_devices(devices).left_out
        };
        assert_eq!(planned(2), None);
        assert_eq!(planned(1).as_deref(), Some("it takes 2 devices, and 1 can be attached"));
    }
}
