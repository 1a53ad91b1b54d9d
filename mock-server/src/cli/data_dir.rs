//! Where a program keeps what belongs to its user.

use std::env;
use std::path::PathBuf;

/// The folder of this program among the user's data; `None` when the system names no place.
pub(super) fn usual() -> Option<PathBuf> {
    let folder = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        // The XDG specification ignores relative paths.
        let named = folder("XDG_DATA_HOME").filter(|path| path.is_absolute());
        named.or_else(|| folder("HOME").map(|home| home.join(".local/share")))
    };
    data.map(|data| data.join("pass-mock"))
}
