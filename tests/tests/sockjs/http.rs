//! HTTP byte by byte: what no client library sends, and answers chunk by chunk.

use std::net::SocketAddr;

use dragon_tests::util::PATIENCE;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Where a server is.
#[derive(Clone, Debug)]
pub struct Place(pub String);

impl Place {
    pub fn of(address: SocketAddr) -> Self {
        Self(address.to_string())
    }

    /// A request on a connection of its own, and its whole answer.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut answer = self.open(method, path, headers, body).await;
        answer.rest().await;
        answer
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "").await
    }

    pub async fn post(&self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, &[], body).await
    }

    /// A request whose answer is read piece by piece.
    pub async fn open(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.0);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if method == "POST" {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        let request = format!("{request}\r\n{body}");
        Wire::connect(self).await.exchange(&request).await
    }

    pub async fn stream(&self, method: &str, path: &str) -> Answer {
        self.open(method, path, &[], "").await
    }

    pub fn ws(&self, path: &str) -> String {
        format!("ws://{}{path}", self.0)
    }
}

/// A connection.
#[derive(Debug)]
pub struct Wire(BufReader<TcpStream>);

impl Wire {
    pub async fn connect(place: &Place) -> Self {
        let stream = TcpStream::connect(&place.0).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        // A server that has answered already may have closed.
        let _ = self.0.write_all(bytes).await;
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        timeout(PATIENCE, self.0.read_line(&mut line)).await.expect("a line").unwrap();
        line.trim_end().to_owned()
    }

    pub async fn take(&mut self, count: usize) -> String {
        let mut bytes = vec![0; count];
        timeout(PATIENCE, self.0.read_exact(&mut bytes)).await.expect("bytes").unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// All that comes until the end.
    pub async fn until_end(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await.expect("an end").unwrap();
        bytes
    }

    pub async fn exchange(mut self, request: &str) -> Answer {
        self.write(request.as_bytes()).await;
        self.answer().await
    }

    /// Reads the head of an answer.
    pub async fn answer(mut self) -> Answer {
        let line = self.line().await;
        let mut words = line.split(' ');
        let version = words.next().unwrap_or_default().to_owned();
        let status = words.next().unwrap_or_default().parse();
        let status = status.unwrap_or_else(|_| panic!("no status: {line:?}"));
        let mut headers = Vec::new();
        loop {
            let line = self.line().await;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Answer { version, status, headers, body: String::new(), wire: Some(self) }
    }
}

/// An answer, whose body may still be to come.
#[derive(Debug)]
pub struct Answer {
    pub version: String,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    wire: Option<Wire>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The next chunk; `None` after the last.
    pub async fn chunk(&mut self) -> Option<String> {
        assert_eq!(self.header("transfer-encoding"), Some("chunked"), "{self:?}");
        let wire = self.wire.as_mut()?;
        let length = usize::from_str_radix(&wire.line().await, 16).expect("a chunk's length");
        let chunk = wire.take(length).await;
        wire.line().await;
        (length > 0).then_some(chunk)
    }

    /// The chunks that come next.
    pub async fn chunks(&mut self, count: usize) -> Vec<String> {
        let mut chunks = Vec::new();
        for _ in 0..count {
            chunks.push(self.chunk().await.expect("a chunk"));
        }
        chunks
    }

    /// What comes after `skip` chunks, or the whole body where it is not in chunks.
    pub async fn chunks_or_body(&mut self, skip: usize) -> String {
        if self.header("transfer-encoding").is_none() {
            self.rest().await;
            return self.body.clone();
        }
        self.chunks(skip + 1).await.pop().unwrap()
    }

    async fn rest(&mut self) {
        if self.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk().await {
                self.body.push_str(&chunk);
            }
        } else if let Some(length) = self.header("content-length").map(|n| n.parse().unwrap()) {
            let wire = self.wire.as_mut().unwrap();
            self.body = wire.take(length).await;
        }
    }

    /// The connection, for what comes next.
    pub fn into_wire(self) -> Wire {
        self.wire.unwrap()
    }
}
