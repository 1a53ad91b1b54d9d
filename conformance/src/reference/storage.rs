//! What the client keeps between runs: one JSON file in its storage folder.
//!
//! The cookbook wants four things kept: the device identifier (or the service takes the device for
//! another one), the client credentials, the access token until it expires, and the viewer's MVPD
//! with their profile, so that a launch does not begin with a picker.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use pass_mock::clock::Timestamp;
use serde::{Deserialize, Serialize};

use super::wire::Profile;

/// The file in the storage folder.
const FILE: &str = "pass.json";

/// Everything that survives a relaunch. What is unknown to this version of the app is dropped, and
/// what is missing is empty, so that an older or damaged file costs a sign-in at most.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    /// Identifies the device; made once and never changed.
    pub(super) device_id: Option<String>,
    /// Issued once per software statement, kept indefinitely.
    pub(super) credentials: Option<Credentials>,
    /// Good for many calls, until it expires.
    pub(super) token: Option<Token>,
    /// How many milliseconds the service's clock is ahead of this device's.
    pub(super) service_ahead: i64,
    /// The provider whose profile the app uses, or last used.
    pub(super) provider: Option<Provider>,
    /// Valid profiles by MVPD, for [`Self::service_provider`].
    pub(super) profiles: BTreeMap<String, Profile>,
    /// Whose profiles these are.
    pub(super) service_provider: String,
}

/// Client credentials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Credentials {
    /// The statement they were issued for; another one needs others.
    pub(super) software_statement: String,
    /// Where they were issued; another environment needs others.
    pub(super) base_url: String,
    /// Who this app is.
    pub(super) client_id: String,
    /// And its proof.
    pub(super) client_secret: String,
}

/// An access token with its life, on this device's own clock: a TV's idea of the date is often
/// wrong, its idea of a duration hardly ever.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Token {
    /// Goes into `Authorization`.
    pub(super) access_token: String,
    /// When it arrived here.
    pub(super) received: Timestamp,
    /// When it ends.
    pub(super) expires: Timestamp,
}

/// What a picker shows of an MVPD. Kept, so that a viewer whose login ran out is asked only whether
/// they are still with their provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Provider {
    /// Its id in all calls.
    pub(super) id: String,
    /// Its name for people.
    pub(super) display_name: Option<String>,
    /// Its logo.
    pub(super) logo_url: Option<String>,
}

/// The file, and what is in it.
#[derive(Debug)]
pub(super) struct Storage {
    path: PathBuf,
    saved: Kept,
    /// What is kept; [`Self::save`] after changing it.
    pub(super) kept: Kept,
}

impl Storage {
    /// Reads what an earlier run kept, if there was one and its file is whole.
    pub(super) fn open(folder: &str) -> Self {
        let path = Path::new(folder).join(FILE);
        let kept = fs::read(&path).ok().and_then(|file| serde_json::from_slice(&file).ok());
        let kept: Kept = kept.unwrap_or_default();
        Self { path, saved: kept.clone(), kept }
    }

    /// Writes everything, if anything has changed. An app that is switched off meanwhile finds the old file or the new one,
    /// never half of one.
    pub(super) fn save(&mut self) -> io::Result<()> {
        if self.saved == self.kept {
            return Ok(());
        }
        let draft = self.path.with_extension("tmp");
        fs::write(&draft, serde_json::to_vec_pretty(&self.kept)?)?;
        fs::rename(&draft, &self.path)?;
        self.saved = self.kept.clone();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap().to_owned();
        (folder, path)
    }

    #[test]
    fn a_relaunch_finds_what_was_kept() {
        let (_folder, path) = folder();
        let mut storage = Storage::open(&path);
        assert_eq!(storage.kept, Kept::default());
        storage.kept.device_id = Some("d".into());
        storage.kept.profiles.insert("Cablevision".into(), Profile::default());
        storage.save().unwrap();
        assert_eq!(Storage::open(&path).kept, storage.kept);
    }

    #[test]
    fn a_damaged_file_is_an_empty_one() {
        let (_folder, path) = folder();
        fs::write(Path::new(&path).join(FILE), "{\"device_id\":").unwrap();
        assert_eq!(Storage::open(&path).kept, Kept::default());
        fs::write(Path::new(&path).join(FILE), "{\"device_id\":\"d\",\"from_tomorrow\":1}")
            .unwrap();
        assert_eq!(Storage::open(&path).kept.device_id.as_deref(), Some("d"));
    }
}
