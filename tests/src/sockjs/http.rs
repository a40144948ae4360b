//! HTTP byte by byte: what no client library sends, and answers chunk by chunk.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::util::PATIENCE;

/// Where a server is.
#[derive(Clone, Debug)]
pub struct Place(pub String);

impl Place {
    /// By the address of a listener.
    #[must_use]
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

    /// GET, and the whole answer.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "").await
    }

    /// POST, and the whole answer.
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

    /// As [`open`](Self::open), with nothing but the path.
    pub async fn stream(&self, method: &str, path: &str) -> Answer {
        self.open(method, path, &[], "").await
    }

    /// The URL of a websocket there.
    #[must_use]
    pub fn ws(&self, path: &str) -> String {
        format!("ws://{}{path}", self.0)
    }
}

/// A connection.
#[derive(Debug)]
pub struct Wire(BufReader<TcpStream>);

impl Wire {
    /// Opens one.
    ///
    /// # Panics
    /// When nobody listens there.
    pub async fn connect(place: &Place) -> Self {
        let stream = TcpStream::connect(&place.0).await.expect("a server");
        stream.set_nodelay(true).expect("a socket");
        Self(BufReader::new(stream))
    }

    /// Sends these bytes.
    pub async fn write(&mut self, bytes: &[u8]) {
        // A server that has answered already may have closed.
        let _ = self.0.write_all(bytes).await;
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        timeout(PATIENCE, self.0.read_line(&mut line))
            .await
            .expect("a line")
            .expect("an open socket");
        line.trim_end().to_owned()
    }

    /// So many bytes of what comes, as text.
    ///
    /// # Panics
    /// When they do not come, or are no UTF-8.
    pub async fn take(&mut self, count: usize) -> String {
        let mut bytes = vec![0; count];
        timeout(PATIENCE, self.0.read_exact(&mut bytes))
            .await
            .expect("bytes")
            .expect("an open socket");
        String::from_utf8(bytes).expect("a text")
    }

    /// All that comes until the end.
    ///
    /// # Panics
    /// When there is no end.
    pub async fn until_end(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        timeout(PATIENCE, self.0.read_to_end(&mut bytes))
            .await
            .expect("an end")
            .expect("an end in order");
        bytes
    }

    /// Sends a request, and reads the head of its answer.
    pub async fn exchange(mut self, request: &str) -> Answer {
        self.write(request.as_bytes()).await;
        self.answer().await
    }

    /// Reads the head of an answer.
    ///
    /// # Panics
    /// When none comes.
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
    /// Such as `HTTP/1.1`.
    pub version: String,
    /// The number, such as 200.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As much of the body as was read.
    pub body: String,
    wire: Option<Wire>,
}

impl Answer {
    /// The first header of this name, in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The next chunk; `None` after the last.
    ///
    /// # Panics
    /// When the body does not come in chunks.
    pub async fn chunk(&mut self) -> Option<String> {
        assert_eq!(self.header("transfer-encoding"), Some("chunked"), "{self:?}");
        let wire = self.wire.as_mut()?;
        let length = usize::from_str_radix(&wire.line().await, 16).expect("a chunk's length");
        let chunk = wire.take(length).await;
        wire.line().await;
        (length > 0).then_some(chunk)
    }

    /// The chunks that come next.
    ///
    /// # Panics
    /// When there are fewer.
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
        self.chunks(skip + 1).await.pop().expect("one at least")
    }

    async fn rest(&mut self) {
        if self.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk().await {
                self.body.push_str(&chunk);
            }
        } else if let Some(length) =
            self.header("content-length").map(|n| n.parse().expect("a length"))
        {
            let wire = self.wire.as_mut().expect("it was not taken");
            self.body = wire.take(length).await;
        }
    }

    /// The connection, for what comes next.
    ///
    /// # Panics
    /// When the body has ended and taken it along.
    #[must_use]
    pub fn into_wire(self) -> Wire {
        self.wire.expect("it was not taken")
    }
}
