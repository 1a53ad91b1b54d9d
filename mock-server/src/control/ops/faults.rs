//! Faults: errors, delays, broken connections and broken answers on demand.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Control, Done, Scope};
use crate::control::ControlError;
use crate::faults::{ActiveFault, FaultRule, InvalidRule};

/// The faults in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaultList {
    /// Oldest first, those that are over among them.
    pub faults: Vec<FaultState>,
}

/// A fault in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaultState {
    /// Names it in paths, and in the journal's `faults`.
    pub fault: u64,
    /// What it says.
    pub says: FaultRule,
    /// When it was added, in milliseconds since the epoch.
    pub since: i64,
    /// How many requests it has changed so far.
    pub hits: u32,
    /// Whether it will never change another one, because its count or its time is used up.
    pub over: bool,
}

impl Control<'_> {
    /// The faults in force.
    pub fn faults(&self, scope: &Scope) -> FaultList {
        let all = self.app.faults.list();
        let meant = all.iter().filter(|fault| scope.includes(fault));
        FaultList { faults: meant.map(|fault| self.fault_state(fault)).collect() }
    }

    /// One fault.
    pub fn fault(&self, fault: &str) -> Result<FaultState, ControlError> {
        let found = fault.parse().ok().and_then(|id| self.app.faults.find(id));
        found.map(|found| self.fault_state(&found)).ok_or_else(|| unknown(fault))
    }

    /// Puts a fault in force.
    pub fn add_fault(&self, rule: FaultRule) -> Result<FaultState, ControlError> {
        let id = self.app.faults.add(rule, self.app.clock.now())?;
        self.fault(&id.to_string())
    }

    /// Takes one fault out of force.
    pub fn remove_fault(&self, fault: &str) -> Result<Done, ControlError> {
        let removed = fault.parse().is_ok_and(|id| self.app.faults.remove(id));
        removed.then_some(Done { done: 1 }).ok_or_else(|| unknown(fault))
    }

    /// Takes all faults out of force, or those for one client or device alone.
    pub fn clear_faults(&self, scope: &Scope) -> Done {
        Done { done: self.app.faults.remove_where(|fault| scope.includes(fault)) }
    }

    fn fault_state(&self, fault: &ActiveFault) -> FaultState {
        FaultState {
            fault: fault.id,
            says: fault.rule.clone(),
            since: fault.since.millis(),
            hits: fault.hits(),
            over: fault.is_over(self.app.clock.now()),
        }
    }
}

impl Scope {
    fn includes(&self, fault: &ActiveFault) -> bool {
        let matching = &fault.rule.matching;
        self.names(matching.client.as_deref(), matching.device.as_deref())
    }
}

impl From<InvalidRule> for ControlError {
    fn from(invalid: InvalidRule) -> Self {
        Self::invalid(invalid.to_string(), invalid.hint)
    }
}

fn unknown(fault: &str) -> ControlError {
    let error = format!("fault: there is no {fault:?}");
    ControlError::not_found(error, "GET /faults lists them with their numbers")
}
