//! Requests over kept connections, one after the other on each, as fast as answers come.
//!
//! A request is rendered before it is sent, and of an answer only the status and the length are
//! read: on a machine with few cores the generator shares them with what it measures.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use memchr::memmem;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How many connections a load comes over.
pub(crate) const CONNECTIONS: usize = 64;

/// Rendered requests, dealt out to the connections.
pub(crate) type Requests = Arc<Vec<Vec<u8>>>;

/// One kept connection.
pub(crate) struct Connection {
    socket: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// What came back.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, buffer: vec![0; 16 << 10], filled: 0 })
    }

    /// So many of them.
    pub(crate) async fn several(address: SocketAddr, count: usize) -> io::Result<Vec<Self>> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(Self::open(address).await?);
        }
        Ok(connections)
    }

    /// Sends a request and waits for its answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.socket.write_all(request).await?;
        self.filled = 0;
        loop {
            if self.filled == self.buffer.len() {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
            let came = self.socket.read(&mut self.buffer[self.filled..]).await?;
            if came == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.filled += came;
            if let Some((status, body)) = complete(&self.buffer[..self.filled])? {
                return Ok(Answer { status, body: &self.buffer[body..self.filled] });
            }
        }
    }
}

/// Status and where the body begins, once all of it is there.
fn complete(answer: &[u8]) -> io::Result<Option<(u16, usize)>> {
    let Some(end) = memmem::find(answer, b"\r\n\r\n") else { return Ok(None) };
    let head = &answer[..end];
    let number = |at: usize| {
        let digits = head[at..].iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(0_usize, |number, digit| number * 10 + usize::from(digit - b'0'))
    };
    let status = u16::try_from(number(b"HTTP/1.1 ".len())).unwrap_or_default();
    let named = memmem::find(head, b"content-length: ").or(memmem::find(head, b"Content-Length: "));
    let body = named.map_or(0, |at| number(at + b"content-length: ".len()));
    if named.is_none() && memmem::find(head, b"chunked").is_some() {
        return Ok(answer.ends_with(b"\r\n0\r\n\r\n").then_some((status, end + 4)));
    }
    Ok((answer.len() >= end + 4 + body).then_some((status, end + 4)))
}

/// What a load came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    pub(crate) answers: u64,
    pub(crate) body_bytes: u64,
    pub(crate) took: Duration,
}

impl Counted {
    pub(crate) fn per_second(&self) -> f64 {
        self.answers as f64 / self.took.as_secs_f64()
    }
}

/// Sends requests over all connections for so long; fails when one is not answered as expected.
pub(crate) async fn run(
    address: SocketAddr,
    requests: &Requests,
    duration: Duration,
) -> Result<Counted, Box<dyn Error>> {
    let connections = Connection::several(address, CONNECTIONS).await?;
    let begun = Instant::now();
    let tasks = connections.into_iter().enumerate().map(|(index, connection)| {
        tokio::spawn(keep_busy(connection, Arc::clone(requests), index, begun + duration))
    });
    let tasks: Vec<_> = tasks.collect();
    let mut all = Counted::default();
    for task in tasks {
        let own = task.await??;
        all.answers += own.answers;
        all.body_bytes += own.body_bytes;
    }
    Ok(Counted { took: begun.elapsed(), ..all })
}

async fn keep_busy(
    mut connection: Connection,
    requests: Requests,
    index: usize,
    until: Instant,
) -> io::Result<Counted> {
    let mut counted = Counted::default();
    let own = requests.iter().skip(index % requests.len()).step_by(CONNECTIONS);
    for request in own.cycle() {
        let answer = connection.exchange(request).await?;
        if !(200..300).contains(&answer.status) {
            let body = String::from_utf8_lossy(answer.body).into_owned();
            return Err(io::Error::other(format!("answered {}: {body}", answer.status)));
        }
        counted.answers += 1;
        counted.body_bytes += answer.body.len() as u64;
        if counted.answers.is_multiple_of(16) && Instant::now() >= until {
            break;
        }
    }
    Ok(counted)
}
