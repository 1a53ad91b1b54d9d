//! A process and everything it started, ended together.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

/// How often and how long to look whether a killed group is gone.
const LOOK: Duration = Duration::from_millis(2);
const LOOKS: u32 = 150;

/// The process group of a child; ended when this is dropped.
#[derive(Debug)]
pub(super) struct ProcessGroup {
    leader: Option<Pid>,
}

impl ProcessGroup {
    /// The group that a child leads. The child must have been started as the leader of a group of
    /// its own.
    pub(super) fn led_by(child: &tokio::process::Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.and_then(Pid::from_raw) }
    }

    /// Kills all of it.
    pub(super) fn kill(&self) {
        if let Some(leader) = self.leader {
            // Fails only when nobody is left, which is what is wanted.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }

    /// Waits until nobody is left of a killed group, for a moment at most: a killed process that
    /// nobody has buried yet still counts as one.
    pub(super) async fn gone(&self) {
        for _ in 0..LOOKS {
            match self.leader {
                Some(leader) if test_kill_process_group(leader).is_ok() => {}
                _ => return,
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
    }
}
