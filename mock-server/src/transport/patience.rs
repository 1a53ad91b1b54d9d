//! How long a connection may keep the server waiting.
//!
//! hyper's own header timeout sets up and tears down a timer for every request and cannot tell a
//! slow request from an idle connection. Here a request costs a few relaxed operations: a connection
//! has one timer, and when that fires it is seen whether anything has gone on since it was set.

use std::future::Future as _;
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::{AbortHandle, unconstrained};
use tokio::time::{Instant, Sleep};

use super::Limits;

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing, between requests.
    Idle,
    /// A request has begun to come, or the connection is new.
    Head,
    /// Requests are being read or answered, under limits of their own.
    Busy,
}

/// What one connection is doing; shared by its socket, its service and its timer.
///
/// Relaxed operations are enough: a timer that sees something late looks again when it fires.
#[derive(Debug)]
pub(super) struct Activity {
    /// How many requests are being served: more than one only in HTTP/2.
    busy: AtomicU32,
    /// Whether a request has begun to come, or the connection is new.
    head: AtomicBool,
    /// Goes up with every request.
    turn: AtomicU32,
    /// Whether bytes may mean anything, not only that a request begins to come.
    many: AtomicBool,
    /// Whether the connection is to end with a reset.
    reset: AtomicBool,
    /// How many of those being served are not all there yet.
    coming: AtomicU32,
    /// What serves the connection.
    task: OnceLock<AbortHandle>,
}

impl Activity {
    /// A connection on which nothing has come yet.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            busy: AtomicU32::new(0),
            head: AtomicBool::new(true),
            turn: AtomicU32::new(0),
            many: AtomicBool::new(false),
            reset: AtomicBool::new(false),
            coming: AtomicU32::new(0),
            task: OnceLock::new(),
        })
    }

    /// Says what serves the connection.
    pub(super) fn is_served_by(&self, task: AbortHandle) {
        // It is said once.
        let _ = self.task.set(task);
    }

    /// Ends the connection, if it is known what serves it.
    pub(super) fn end(&self) -> bool {
        let task = self.task.get();
        task.iter().for_each(|task| task.abort());
        task.is_some()
    }

    /// How many requests have been answered, while it keeps the server waiting for another one;
    /// `None` while one is being answered.
    pub(super) fn waits(&self) -> Option<u32> {
        let coming = self.coming.load(Ordering::Relaxed);
        let waits = self.busy.load(Ordering::Relaxed) <= coming;
        waits.then(|| self.turn.load(Ordering::Relaxed))
    }

    /// The connection carries many requests at the same time.
    pub(super) fn carries_many(&self) {
        self.many.store(true, Ordering::Relaxed);
    }

    /// One more request is being served until the guard is dropped.
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        self.busy.fetch_add(1, Ordering::Relaxed);
        self.head.store(false, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }

    fn bytes_came(&self) {
        if self.busy.load(Ordering::Relaxed) == 0 && !self.many.load(Ordering::Relaxed) {
            self.head.store(true, Ordering::Relaxed);
        }
    }

    fn now(&self) -> (Phase, u32) {
        let phase = match self.busy.load(Ordering::Relaxed) {
            0 if self.head.load(Ordering::Relaxed) => Phase::Head,
            0 => Phase::Idle,
            _ => Phase::Busy,
        };
        (phase, self.turn.load(Ordering::Relaxed))
    }
}

/// While it lives, the connection is being served.
#[derive(Debug)]
pub(super) struct Busy(Arc<Activity>);

impl Busy {
    /// The body of the request is being read until the guard is dropped.
    pub(super) fn coming(&self) -> Coming<'_> {
        self.0.coming.fetch_add(1, Ordering::Relaxed);
        Coming(&self.0)
    }

    /// Lets the connection end with a reset, unless it carries other requests too.
    pub(super) fn reset_connection(&self) {
        let alone = !self.0.many.load(Ordering::Relaxed);
        self.0.reset.store(alone, Ordering::Relaxed);
    }
}

/// While it lives, a body is on its way.
pub(super) struct Coming<'a>(&'a Activity);

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        self.0.coming.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.turn.fetch_add(1, Ordering::Relaxed);
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The timer of one connection.
pub(super) struct Patience {
    timer: Pin<Box<Sleep>>,
    /// Whom the timer will wake as it is set: it need not be asked again before it does.
    wakes: Option<Waker>,
    armed_for: (Phase, u32),
    limits: Limits,
}

impl Patience {
    pub(super) fn new(activity: &Activity, limits: Limits) -> Self {
        let armed_for = activity.now();
        let timer = Box::pin(tokio::time::sleep(timeout(armed_for.0, &limits)));
        Self { timer, wakes: None, armed_for, limits }
    }

    /// Ready when the connection has kept the server waiting for too long.
    pub(super) fn poll(&mut self, activity: &Activity, cx: &mut Context<'_>) -> Poll<()> {
        // What has less time than the timer was set for (a head that begins to come, as a rule)
        // sets it anew. Anything else is looked at when it fires.
        let limits = &self.limits;
        let now = activity.now();
        if now != self.armed_for && timeout(now.0, limits) < timeout(self.armed_for.0, limits) {
            self.arm(activity);
        }
        let will_wake = |waker: &Waker| waker.will_wake(cx.waker());
        if self.wakes.as_ref().is_some_and(will_wake) && !self.timer.is_elapsed() {
            return Poll::Pending;
        }
        // Unconstrained, because only a timer that is asked indeed will wake somebody.
        while pin!(unconstrained(self.timer.as_mut())).poll(cx).is_ready() {
            if activity.now() == self.armed_for && self.armed_for.0 != Phase::Busy {
                return Poll::Ready(());
            }
            self.arm(activity);
        }
        self.wakes = Some(cx.waker().clone());
        Poll::Pending
    }

    fn arm(&mut self, activity: &Activity) {
        self.armed_for = activity.now();
        let timeout = timeout(self.armed_for.0, &self.limits);
        self.timer.as_mut().reset(Instant::now() + timeout);
        self.wakes = None;
    }
}

fn timeout(phase: Phase, limits: &Limits) -> Duration {
    match phase {
        Phase::Head => limits.header_timeout,
        Phase::Idle | Phase::Busy => limits.idle_timeout,
    }
}

/// A socket that notes when something comes.
pub(super) struct Watched {
    pub(super) socket: TcpStream,
    activity: Arc<Activity>,
    /// What was read from the socket to look at it, and comes before what is read next.
    ahead: Bytes,
}

impl Watched {
    pub(super) fn new(socket: TcpStream, activity: Arc<Activity>) -> Self {
        Self { socket, activity, ahead: Bytes::new() }
    }

    /// Lets what was read from the socket be read from here.
    pub(super) fn read_again(&mut self, bytes: &[u8]) {
        self.ahead = Bytes::copy_from_slice(bytes);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if self.activity.reset.load(Ordering::Relaxed) {
            // Closed without lingering, a socket says RST instead of FIN. If the system does not
            // let it, the connection has ended all the same.
            let _ = self.socket.set_zero_linger();
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        if !self.ahead.is_empty() {
            let fits = self.ahead.len().min(buf.remaining());
            buf.put_slice(&self.ahead.split_to(fits));
        }
        let read = Pin::new(&mut self.socket).poll_read(cx, buf);
        if buf.filled().len() == before {
            return read;
        }
        self.activity.bytes_came();
        // What was there is given out, also where the socket has nothing to add yet.
        if read.is_pending() { Poll::Ready(Ok(())) } else { read }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
