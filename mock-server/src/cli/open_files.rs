//! How many connections the system lets the program have.

/// What it needs open files for beside connections to the service: those to the control API, its
/// listeners, files of state and fixtures.
const BESIDE: u64 = 320;

/// For how many of so many connections there is room, once as many open files are allowed as need be
/// and can be.
#[cfg(unix)]
pub(super) fn room_for(connections: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = (connections as u64).saturating_add(BESIDE);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let Some(allowed) = current.filter(|allowed| *allowed < needed) else { return connections };
    let wanted = maximum.map_or(needed, |maximum| maximum.min(needed));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    within(connections, if raised.is_ok() { wanted } else { allowed })
}

/// Nothing there limits them.
#[cfg(not(unix))]
pub(super) fn room_for(connections: usize) -> usize {
    connections
}

/// Where there are few files, half of them are for connections.
#[cfg(unix)]
fn within(connections: usize, files: u64) -> usize {
    let room = files.saturating_sub(BESIDE).max(files / 2).max(1);
    usize::try_from(room).unwrap_or(usize::MAX).min(connections)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_the_rest() {
        let cases = [(10_000, 20_000, 10_000), (10_000, 10_319, 9_999), (10_000, 1_024, 704)];
        for (connections, files, room) in cases {
            assert_eq!(within(connections, files), room);
        }
        assert_eq!([within(10_000, 64), within(10, 64), within(10, 0)], [32, 10, 1]);
    }
}
