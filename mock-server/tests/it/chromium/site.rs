//! Somebody else's web site: where an application sends people back to, or a hostile one.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Pages on an origin of its own, by path; anything else there is not found.
pub(crate) struct Site {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub(crate) async fn start(pages: Vec<(&'static str, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (pages, heard) = (Arc::new(pages), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&pages), Arc::clone(&heard)));
            }
        });
        Self { url, asked }
    }

    /// A site of one page that says that somebody is back.
    pub(crate) async fn of_an_app() -> Self {
        Self::start(vec![("/done", page("<h1>Back in the app</h1>"))]).await
    }

    /// An address on it.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// What it was asked for so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A page with nothing on it.
pub(crate) fn blank() -> String {
    page("")
}

/// A page with something on it.
fn page(body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Another site</title>\
         <link rel=icon href=\"data:,\"><body>{body}</body></html>"
    )
}

async fn serve(
    mut socket: TcpStream,
    pages: Arc<Vec<(&'static str, String)>>,
    asked: Arc<Mutex<Vec<String>>>,
) {
    let mut got = Vec::new();
    while !got.windows(4).any(|four| four == b"\r\n\r\n") {
        match socket.read_buf(&mut got).await {
            Ok(read) if read > 0 && got.len() < 65_536 => {}
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&got);
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(target.clone());
    let path = target.split('?').next().unwrap_or_default();
    let (status, body) = match pages.iter().find(|(at, _)| *at == path) {
        Some((_, body)) => ("200 OK", body.as_str()),
        None => ("404 Not Found", ""),
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html;charset=UTF-8\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = socket.write_all(answer.as_bytes()).await;
}
