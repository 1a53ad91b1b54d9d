//! What is done by hand between threads, tried in every order in which threads may come.
//!
//! The files are the service's own, compiled once more with the model checker's locks and atomics, which
//! also let a thread read what is out of date wherever nothing forbids it.
#![allow(clippy::duplicate_mod, reason = "that is what it is about")]

use std::sync::Arc;

use loom::sync;
use loom::thread;

use crate::domain::Owner;

#[path = "domain/sessions/pending.rs"]
mod pending;
#[path = "store/places.rs"]
mod places;
#[path = "journal/watchers.rs"]
mod watchers;

use pending::Pending;
use places::Places;
use watchers::Watchers;

fn owner() -> Owner {
    let (client_id, device_id) = ("client".into(), "device".into());
    Owner { client_id, device_id, service_provider: "REF30".into() }
}

#[test]
fn whoever_waits_for_the_journal_sees_what_was_written_or_is_woken() {
    loom::model(|| {
        let watchers = Arc::new(Watchers::new());
        let shard = Arc::new(sync::Mutex::new(0));
        let writer = thread::spawn({
            let (watchers, shard) = (Arc::clone(&watchers), Arc::clone(&shard));
            move || {
                *shard.lock().unwrap() += 1;
                watchers.is_anybody()
            }
        });
        let watching = watchers.enter();
        let seen = *shard.lock().unwrap();
        let woken = writer.join().unwrap();
        assert!(seen == 1 || woken);
        drop(watching);
        assert!(!watchers.is_anybody());
    });
}

#[test]
fn whoever_sees_a_change_waits_for_it_to_be_kept() {
    loom::model(|| {
        let places = Arc::new(Places::default());
        let profile = Arc::new(sync::Mutex::new(0));
        let changes = thread::spawn({
            let (places, profile) = (Arc::clone(&places), Arc::clone(&profile));
            move || {
                for change in [1, 2] {
                    let mut profile = profile.lock().unwrap();
                    *profile = change;
                    places.promise(&owner(), change);
                }
            }
        });
        let seen = *profile.lock().unwrap();
        assert!(places.promised(&owner()) >= seen);
        changes.join().unwrap();
        assert_eq!(places.promised(&owner()), 2);
    });
}

/// Two polls and a login at the same time: one poll at most gets it, and what none of them got is found
/// by the next one.
#[test]
fn a_login_is_found_by_one_poll() {
    loom::model(|| {
        let pending = Arc::new(Pending::default());
        let session = Arc::new(sync::Mutex::new(false));
        let poll = |pending: &Pending, session: &sync::Mutex<bool>| {
            if !pending.may_include(&owner()) {
                return 0;
            }
            let mut is_due = session.lock().unwrap();
            if !std::mem::take(&mut *is_due) {
                return 0;
            }
            pending.remove(&owner());
            1
        };
        let login = thread::spawn({
            let (pending, session) = (Arc::clone(&pending), Arc::clone(&session));
            move || {
                let mut is_due = session.lock().unwrap();
                *is_due = true;
                pending.add(&owner());
            }
        });
        let other = thread::spawn({
            let (pending, session) = (Arc::clone(&pending), Arc::clone(&session));
            move || poll(&pending, &session)
        });
        let meanwhile = poll(&pending, &session);
        login.join().unwrap();
        let found = meanwhile + other.join().unwrap();
        assert_eq!(found + poll(&pending, &session), 1);
        assert_eq!(pending.count(), 0);
    });
}
