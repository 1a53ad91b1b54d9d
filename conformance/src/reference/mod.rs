//! The reference client: a small app for a TV that follows the cookbook in both of its editions.
//!
//! It is what `pass-conformance` judges when it is given no other client, and it is meant to be
//! read: every rule about clients has its place in one of these files, in plain code. It speaks the
//! adapter protocol over channels, takes time from its host's clock only, and keeps what survives a
//! relaunch in one file.
//!
//! | file | what the app does there | what the cookbook asks of it |
//! | --- | --- | --- |
//! | `app` | takes what the user does, one thing after the other | |
//! | `user` | shows, tells, waits without ignoring the user | |
//! | `storage` | keeps device id, credentials, token, provider, profiles | registration and profiles outlive a launch |
//! | `device` | describes itself in headers | device identifier and device information on every call |
//! | `api`, `wire` | writes calls, reads answers | documented parameters only; unknown values survive |
//! | `registration` | credentials once, a token until it expires | |
//! | `calls` | sends calls and deals with what goes wrong | bounded retries, a pause after 429, no blind repetition |
//! | `profiles` | knows who is signed in | profiles before anything else |
//! | `sign_in` | picker, session, browser or code | no session without need |
//! | `polling` | waits for the viewer to sign in | interval, deadline, new codes |
//! | `sign_on` | says who knows the viewer beyond this device | a subject, or a partner's status, on every call that specifies it |
//! | `partner` | signs in through a partner's framework | the basic flow where that does not work |
//! | `second_screen` | takes the code of another device | validate, resume, then open |
//! | `catalogue` | shows what may be watched | few resources a call, permits kept |
//! | `playback` | plays | an authorization for every play |
//! | `player` | shows what plays, and ends it | a media token that expires stops nothing |
//! | `trial` | lets viewers watch for a while who are not signed in | a trial's end leads to a sign-in |
//! | `logout` | signs out | finish at the MVPD what must be finished there |
//!
//! Where a line asks `self.breaks(…)`, a [defect](crate::defects) can be switched on; without one
//! these lines do nothing and can be read past. Longer mistakes are in `mistakes`.

mod api;
mod app;
mod calls;
mod catalogue;
mod device;
mod logout;
mod mistakes;
mod partner;
mod playback;
mod player;
mod polling;
mod profiles;
mod registration;
mod second_screen;
mod sign_in;
mod sign_on;
mod storage;
mod trial;
mod user;
mod wire;

pub use app::{CAPABILITIES, NAME, run};
