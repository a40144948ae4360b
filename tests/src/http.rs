//! As much of an HTTP client as a test needs.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::util::PATIENCE;

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Response {
    /// The number, such as 200.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: String,
}

impl Response {
    /// The first header of this name, in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// GET `http://host:port/path` with further headers.
///
/// # Panics
/// When the server cannot be reached, or does not answer like an HTTP server.
pub async fn get(url: &str, headers: &[(&str, &str)]) -> Response {
    match timeout(PATIENCE, exchange(url, headers)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => panic!("GET {url}: {error}"),
        Err(_) => panic!("GET {url}: no answer in {PATIENCE:?}"),
    }
}

fn strange(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

async fn exchange(url: &str, headers: &[(&str, &str)]) -> io::Result<Response> {
    let rest = url.strip_prefix("http://").ok_or_else(|| strange("not http"))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).await?;
    let headers: Vec<_> = [("host", host)].into_iter().chain(headers.iter().copied()).collect();
    ask(&mut stream, &format!("/{path}"), &headers).await
}

/// GET on a connection of your own, with these headers and no other.
///
/// # Errors
/// When the connection breaks, or what comes is no answer.
pub async fn ask(
    stream: &mut TcpStream,
    path: &str,
    headers: &[(&str, &str)],
) -> io::Result<Response> {
    // In HTTP/1.0 the end of the connection is the end of the body.
    let mut request = format!("GET {path} HTTP/1.0\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| strange("no head"))?;
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok())
        .ok_or_else(|| strange("no status"))?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Ok(Response { status, headers, body: body.to_owned() })
}
