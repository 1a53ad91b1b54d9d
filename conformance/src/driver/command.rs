//! A client in a process of its own, behind the adapter protocol.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::lines::next_line;
use super::process_group::ProcessGroup;
use super::{Driver, End, Log, News, Patience, Running, Setup, StartError, Turnstile};
use crate::protocol::{FromClient, Hello, ToClient};

/// How many lines that are no messages a run may print on standard output: a library's banner is
/// forgiven, a program that prints for ever is ended.
const NOISE: usize = 100;

/// How many messages a run may send. A day of a busy client needs a thousand.
const MESSAGES: usize = 50_000;

/// How long what a process has printed is still read after its end. A child of its own may hold the
/// pipe open.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// A command, run by the shell, that speaks the adapter protocol on its standard streams.
#[derive(Clone, Debug)]
pub struct Command {
    line: String,
    patience: Patience,
    turnstile: Turnstile,
}

impl Command {
    /// A command line, as one would type it.
    pub fn new(line: impl Into<String>) -> Self {
        Self { line: line.into(), patience: Patience::default(), turnstile: Turnstile::default() }
    }

    /// With another patience than usual.
    #[must_use]
    pub fn patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }
}

impl Driver for Command {
    fn start(&self, setup: Setup) -> Result<Running, StartError> {
        let mut command = tokio::process::Command::new("sh");
        command
            .args(["-c", &self.line])
            .envs(environment(&setup.hello))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let mut child =
            command.spawn().map_err(|cause| StartError { command: self.line.clone(), cause })?;
        let group = ProcessGroup::led_by(&child);
        let (to_client, messages) = mpsc::unbounded_channel();
        let (tell, news) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let _ = to_client.send(ToClient::Hello(Box::new(setup.hello)));
        let streams = Streams {
            writer: child.stdin.take().map(|stdin| tokio::spawn(write(stdin, messages))),
            reader: child
                .stdout
                .take()
                .map(|stdout| tokio::spawn(read(stdout, tell.clone(), setup.log.clone()))),
            logger: child.stderr.take().map(|stderr| tokio::spawn(keep(stderr, setup.log))),
        };
        let keeper = tokio::spawn(async move {
            let (mut streams, group) = (streams, group);
            let end = until_end(&mut child, &mut streams, stopped).await;
            group.kill();
            let _ = child.wait().await;
            streams.last_words().await;
            group.gone().await;
            let _ = tell.send(News::Ended(end));
        });
        Ok(Running { to_client, news, stop: Some(stop), keeper })
    }

    fn shares_clock(&self) -> bool {
        false
    }

    fn patience(&self) -> Patience {
        self.patience
    }

    fn turnstile(&self) -> Option<Turnstile> {
        Some(self.turnstile.clone())
    }
}

/// The settings of a run for clients that would rather read them from the environment.
fn environment(hello: &Hello) -> Vec<(&'static str, String)> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let word = |value| match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    };
    let temp_pass = hello.temp_pass.as_ref();
    let sign_on = hello.single_sign_on.as_ref().map(|known| serde_json::json!(known));
    vec![
        ("PASS_PROTOCOL", hello.protocol.to_string()),
        ("PASS_SCENARIO", hello.scenario.clone()),
        ("PASS_BASE_URL", hello.base_url.clone()),
        ("PASS_SERVICE_PROVIDER", hello.service_provider.clone()),
        ("PASS_SOFTWARE_STATEMENT", hello.software_statement.clone()),
        ("PASS_DOMAIN_NAME", hello.domain_name.clone()),
        ("PASS_REDIRECT_URL", hello.redirect_url.clone()),
        ("PASS_STORAGE_DIR", hello.storage_dir.clone()),
        ("PASS_FLOW", word(serde_json::json!(hello.flow))),
        ("PASS_ROLE", word(serde_json::json!(hello.role))),
        ("PASS_MVPD", text(&hello.mvpd)),
        ("PASS_CLOCK_SPEED", hello.clock_speed.to_string()),
        ("PASS_NOW", hello.now.map(|now| now.to_string()).unwrap_or_default()),
        ("PASS_DEVICE_IP", text(&hello.device_ip)),
        ("PASS_TEMP_PASS_MVPD", temp_pass.map(|trial| trial.mvpd.clone()).unwrap_or_default()),
        ("PASS_TEMP_PASS_IDENTITY", text(&temp_pass.and_then(|trial| trial.identity.clone()))),
        ("PASS_SINGLE_SIGN_ON", sign_on.map(|known| known.to_string()).unwrap_or_default()),
        ("PASS_MEDIA_TOKEN_KEY", text(&hello.media_token_key)),
    ]
}

/// The tasks at a process's three streams.
struct Streams {
    writer: Option<JoinHandle<()>>,
    reader: Option<JoinHandle<Result<(), String>>>,
    logger: Option<JoinHandle<()>>,
}

impl Streams {
    /// Waits until what was printed is read, but not for ever.
    async fn last_words(&mut self) {
        let rest = async {
            if let Some(reader) = self.reader.take() {
                let _ = reader.await;
            }
            if let Some(logger) = self.logger.take() {
                let _ = logger.await;
            }
        };
        let _ = tokio::time::timeout(LAST_WORDS, rest).await;
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        self.writer.iter().for_each(JoinHandle::abort);
        self.reader.iter().for_each(JoinHandle::abort);
        self.logger.iter().for_each(JoinHandle::abort);
    }
}

/// Waits for the end of a process: its own, or because it talks nonsense, or because it is told to.
async fn until_end(
    child: &mut Child,
    streams: &mut Streams,
    stopped: oneshot::Receiver<()>,
) -> End {
    let nonsense = async {
        if let Some(reader) = &mut streams.reader
            && let Ok(Err(nonsense)) = reader.await
        {
            streams.reader = None;
            return nonsense;
        }
        // It has closed its standard output and may do something else yet.
        streams.reader = None;
        std::future::pending().await
    };
    tokio::select! {
        biased;
        nonsense = nonsense => format!("the harness ended it: {nonsense}").as_str().into(),
        status = child.wait() => match status {
            Ok(status) => exit(status),
            Err(error) => format!("it was lost sight of: {error}").as_str().into(),
        },
        _ = stopped => "the harness ended it".into(),
    }
}

fn exit(status: ExitStatus) -> End {
    use std::os::unix::process::ExitStatusExt as _;
    let how = match (status.code(), status.signal()) {
        // What the shell says of a command that it cannot find, or cannot execute.
        (Some(127), _) => "there is no such command (exit code 127)".to_owned(),
        (Some(126), _) => "it cannot be executed (exit code 126)".to_owned(),
        (Some(code), _) => format!("it ended with exit code {code}"),
        (None, Some(signal)) => format!("it was killed by signal {signal}"),
        (None, None) => "it ended".to_owned(),
    };
    End { how, no_such_command: matches!(status.code(), Some(126 | 127)) }
}

async fn write(mut stdin: ChildStdin, mut messages: UnboundedReceiver<ToClient>) {
    while let Some(message) = messages.recv().await {
        let Ok(mut line) = serde_json::to_vec(&message) else { continue };
        line.push(b'\n');
        // A client that no longer reads is heard of by its end.
        if stdin.write_all(&line).await.is_err() || stdin.flush().await.is_err() {
            return;
        }
    }
}

/// Reads messages; an error is why the client cannot be listened to any longer.
async fn read(stdout: ChildStdout, tell: UnboundedSender<News>, log: Log) -> Result<(), String> {
    let mut reader = BufReader::new(stdout);
    let (mut messages, mut noise) = (0, 0);
    while let Some(line) = next_line(&mut reader).await.map_err(|error| error.to_string())? {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<FromClient>(&line) {
            Ok(message) => {
                messages += 1;
                let _ = tell.send(News::Said(message));
            }
            Err(error) => {
                // A message that only a newer client knows is no noise, but not without bound either.
                *(if is_message(&line) { &mut messages } else { &mut noise }) += 1;
                log.note(&format!("not understood: {} ({error})", shortened(&line)));
            }
        }
        if noise > NOISE {
            return Err(format!("it printed more than {NOISE} lines that are no messages"));
        }
        if messages > MESSAGES {
            return Err(format!("it sent more than {MESSAGES} messages in one run"));
        }
    }
    Ok(())
}

fn is_message(line: &str) -> bool {
    let json: Option<serde_json::Value> = serde_json::from_str(line).ok();
    json.is_some_and(|json| json.get("type").is_some_and(serde_json::Value::is_string))
}

async fn keep(stderr: ChildStderr, log: Log) {
    let mut reader = BufReader::new(stderr);
    while let Ok(Some(line)) = next_line(&mut reader).await {
        log.line(&line);
    }
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use pass_mock::clock::{Clock, Mode};
    use pass_mock::ids::Ids;
    use rustix::process::{Pid, test_kill_process_group};

    use super::*;
    use crate::driver::testing::hello;
    use crate::http_client::{HttpClient, InFlight};
    use crate::protocol::{Action, ClientEvent, Do};

    /// Starts a script whose log has a line with nothing but the id of its process group. It need not
    /// be the first: what the script prints elsewhere may have been read before.
    async fn start(script: &str) -> (Running, Log, Pid) {
        let (clock, log) = (Clock::new(Mode::Real), Log::default());
        let setup = Setup {
            hello: hello(),
            http: HttpClient::new(clock.clone(), InFlight::default()),
            clock,
            ids: Ids::seeded(1),
            log: log.clone(),
        };
        let running = Command::new(format!("echo $$ >&2; {script}")).start(setup).unwrap();
        let began = Instant::now();
        loop {
            if let Some(pid) = log.read().lines().find_map(|line| line.parse().ok()) {
                return (running, log, Pid::from_raw(pid).unwrap());
            }
            assert!(began.elapsed() < Duration::from_secs(10), "the script never started");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn end_of(running: &mut Running) -> String {
        let wait = async {
            loop {
                if let News::Ended(end) = running.next().await {
                    return end.how;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap()
    }

    /// Nobody is left of a group, but for those that the system's first process has yet to bury.
    async fn assert_gone(group: Pid) {
        let began = Instant::now();
        while test_kill_process_group(group).is_ok() {
            assert!(began.elapsed() < Duration::from_secs(20), "it lives on");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn lines_go_both_ways_and_what_is_no_message_is_logged() {
        let script = r#"read hello; echo "$hello" >&2; echo "base $PASS_BASE_URL" >&2; echo banner
            echo '{"type":"event","event":"code_shown","code":"ABC"}'; read action
            echo "$action" >&2; echo '{"type":"done","id":1}'"#;
        let (mut running, log, group) = start(script).await;
        let News::Said(shown) = running.next().await else { panic!("it said nothing") };
        assert_eq!(shown, FromClient::Event(ClientEvent::CodeShown { code: "ABC".into() }));
        running.say(ToClient::Do(Do { id: 1, action: Action::Launch }));
        let News::Said(done) = running.next().await else { panic!("it said nothing") };
        assert_eq!(done, FromClient::Done { id: 1, error: None });
        assert_eq!(end_of(&mut running).await, "it ended with exit code 0");
        let log = log.read();
        assert!(log.contains(r#"{"type":"hello","protocol":1,"#), "{log}");
        assert!(log.contains("base http://127.0.0.1:1\n"), "{log}");
        assert!(log.contains("[harness] not understood: banner"), "{log}");
        assert!(log.contains(r#"{"type":"do","id":1,"action":"launch"}"#), "{log}");
        assert_gone(group).await;
    }

    #[tokio::test]
    async fn a_crash_is_told_and_takes_its_children_along() {
        let (mut running, _, group) = start("sleep 1000 & sleep 1000 & exit 3").await;
        assert_eq!(end_of(&mut running).await, "it ended with exit code 3");
        assert_gone(group).await;
    }

    #[tokio::test]
    async fn a_killed_client_is_told_apart() {
        let (mut running, _, _) = start("kill -9 $$").await;
        assert_eq!(end_of(&mut running).await, "it was killed by signal 9");
    }

    #[tokio::test]
    async fn what_does_not_exist_is_told() {
        let (mut running, log, _) = start("exec no-such-client").await;
        assert_eq!(end_of(&mut running).await, "there is no such command (exit code 127)");
        assert!(log.read().contains("no-such-client"));
    }

    #[tokio::test]
    async fn one_that_babbles_is_ended() {
        let babble = "trap '' TERM; sleep 1000 & while true; do echo blah; done";
        let (mut running, log, group) = start(babble).await;
        let end = end_of(&mut running).await;
        assert_eq!(
            end,
            "the harness ended it: it printed more than 100 lines that are no messages"
        );
        assert_gone(group).await;
        assert!(log.read().matches("not understood: blah").count() <= NOISE + 1);
    }

    #[tokio::test]
    async fn one_that_floods_messages_or_never_ends_a_line_is_ended() {
        let flood =
            r#"while true; do echo '{"type":"event","event":"playing","resource":"a"}'; done"#;
        let (mut running, _, group) = start(flood).await;
        assert!(end_of(&mut running).await.contains("more than 50000 messages"));
        assert_gone(group).await;
        let (mut running, _, group) = start("tr '\\0' x </dev/zero").await;
        assert!(end_of(&mut running).await.contains("a line of more than"));
        assert_gone(group).await;
    }

    #[tokio::test]
    async fn one_that_hangs_is_ended_with_all_that_it_started() {
        let (running, _, group) = start("trap '' TERM INT; (sleep 1000) & sleep 1000").await;
        assert!(test_kill_process_group(group).is_ok());
        running.end().await;
        assert_gone(group).await;
    }

    #[tokio::test]
    async fn dropping_a_run_ends_it() {
        let (running, _, group) = start("sleep 1000 & sleep 1000").await;
        drop(running);
        assert_gone(group).await;
    }
}
