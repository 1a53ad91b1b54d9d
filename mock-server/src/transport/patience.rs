//! How long a connection may keep the server waiting.
//!
//! hyper's own header timeout sets up and tears down a timer for every request and cannot tell a
//! slow request from an idle connection. Here a request costs a few relaxed operations: a connection
//! has one timer, and when that fires it is seen whether anything has gone on since it was set.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
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
        })
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
    /// Lets the connection end with a reset, unless it carries other requests too.
    pub(super) fn reset_connection(&self) {
        let alone = !self.0.many.load(Ordering::Relaxed);
        self.0.reset.store(alone, Ordering::Relaxed);
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
    armed_for: (Phase, u32),
    limits: Limits,
}

impl Patience {
    pub(super) fn new(activity: &Activity, limits: Limits) -> Self {
        let armed_for = activity.now();
        let timer = Box::pin(tokio::time::sleep(timeout(armed_for.0, &limits)));
        Self { timer, armed_for, limits }
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
        while self.timer.as_mut().poll(cx).is_ready() {
            if activity.now() == self.armed_for && self.armed_for.0 != Phase::Busy {
                return Poll::Ready(());
            }
            self.arm(activity);
        }
        Poll::Pending
    }

    fn arm(&mut self, activity: &Activity) {
        self.armed_for = activity.now();
        let timeout = timeout(self.armed_for.0, &self.limits);
        self.timer.as_mut().reset(Instant::now() + timeout);
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
    pub(super) activity: Arc<Activity>,
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
        let read = Pin::new(&mut self.socket).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.activity.bytes_came();
        }
        read
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
