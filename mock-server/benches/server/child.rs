//! Servers as processes of their own, so that what they use is theirs alone.

use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) const MIB: f64 = (1 << 20) as f64;

/// How many threads a server works with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workers {
    /// One for each core.
    Default,
    One,
}

/// A running server; killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) public: SocketAddr,
    pub(crate) control: Option<SocketAddr>,
}

impl Server {
    /// `pass-mock` as a user runs it, only that nobody calls too often: what devices use of their
    /// allowance is counted all the same.
    pub(crate) fn pass_mock(workers: Workers) -> Result<Self, Box<dyn Error>> {
        Self::with(&["--throttle", "1000000/1000000"], workers)
    }

    /// `pass-mock` as a user runs it, with the documented limit to the number of calls.
    pub(crate) fn usual(arguments: &[&str]) -> Result<Self, Box<dyn Error>> {
        Self::with(arguments, Workers::Default)
    }

    fn with(arguments: &[&str], workers: Workers) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pass-mock"));
        command.args(["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"]).args(arguments);
        Self::start(command, workers)
    }

    /// hyper alone.
    pub(crate) fn bare(workers: Workers, body_bytes: usize) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bare", &body_bytes.to_string()]);
        Self::start(command, workers)
    }

    /// A server that prints a line with its addresses when it is ready.
    fn start(mut command: Command, workers: Workers) -> Result<Self, Box<dyn Error>> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.env_remove("TOKIO_WORKER_THREADS");
        if workers == Workers::One {
            command.env("TOKIO_WORKER_THREADS", "1");
        }
        let mut child = command.spawn()?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        let address = |word: &str| word.trim_start_matches("http://").parse().ok();
        let mut addresses = line.split_whitespace().filter_map(address);
        let public = addresses.next().ok_or_else(|| format!("no address in {line:?}"))?;
        Ok(Self { child, public, control: addresses.next() })
    }

    /// Any server that listens at an address; it is there once it lets itself be connected to.
    pub(crate) fn at(mut command: Command, public: SocketAddr) -> Result<Self, Box<dyn Error>> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Self { child: command.spawn()?, public, control: None };
        let until = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(public).is_err() {
            if Instant::now() >= until {
                return Err(format!("nobody listens on {public}").into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// How long its threads have run so far.
    pub(crate) fn cpu(&self) -> Result<Duration, Box<dyn Error>> {
        let mut nanos = 0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            // On-CPU time in nanoseconds is its first number. A thread may end while it is read.
            let line = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
            let first = line.split_whitespace().next().unwrap_or("0");
            nanos += first.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// Resident memory in bytes.
    pub(crate) fn resident(&self) -> Result<u64, Box<dyn Error>> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS")?;
        Ok(kib.parse::<u64>()? * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// From the start of the process to the end of its first answer.
pub(crate) fn time_to_first_answer(
    start: impl Fn() -> Result<Server, Box<dyn Error>>,
) -> Result<Duration, Box<dyn Error>> {
    use std::io::{Read as _, Write as _};
    let begun = Instant::now();
    let server = start()?;
    let mut socket = TcpStream::connect(server.public)?;
    socket.write_all(b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")?;
    let came = socket.read(&mut [0; 64])?;
    let took = begun.elapsed();
    if came == 0 { Err("no answer".into()) } else { Ok(took) }
}
