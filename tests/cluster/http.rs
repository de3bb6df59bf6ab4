//! HTTP/1.1 in the clear, on loopback: requests to `kubectl proxy` (which speaks TLS to the API server) and to etcd's
//! JSON gateway. One connection can carry many requests, which is what the bulk writers need.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub body: String,
}

impl Response {
    /// The body as JSON; panics with the body if it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in the answer {self:?}"))
    }
}

pub struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Reads and writes give up after `limit`.
    pub fn open(port: u16, limit: Duration) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(limit))?;
        stream.set_write_timeout(Some(limit))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends a request and reads the answer to its end. `token` goes into the Authorization header. A PATCH is a merge
    /// patch.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&str>,
    ) -> std::io::Result<Response> {
        let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        self.send_as(kind, method, path, token, body)
    }

    /// The same with the type of the body.
    pub fn send_as(
        &mut self,
        kind: &str,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&str>,
    ) -> std::io::Result<Response> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n");
        if let Some(token) = token {
            head.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        if let Some(body) = body {
            head.push_str(&format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let socket = self.stream.get_mut();
        socket.write_all(head.as_bytes())?;
        socket.write_all(body.unwrap_or_default().as_bytes())?;
        self.read_response()
    }

    /// Ends what this connection [follows](Self::follow), from another thread.
    pub fn ending(&self) -> std::io::Result<TcpStream> {
        self.stream.get_ref().try_clone()
    }

    /// Asks for a watch, and tells each of its lines as it comes until the connection ends.
    pub fn follow(mut self, path: &str, token: &str, mut told: impl FnMut(&str)) -> std::io::Result<()> {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        let socket = self.stream.get_mut();
        socket.set_read_timeout(None)?;
        socket.write_all(head.as_bytes())?;
        let (status, ..) = self.read_head()?;
        if status != 200 {
            return Err(std::io::Error::other(format!("GET {path}: {status}")));
        }
        let mut text = Vec::new();
        loop {
            let size = self.read_line()?;
            let size = u64::from_str_radix(size.trim(), 16).map_err(std::io::Error::other)?;
            self.stream.by_ref().take(size).read_to_end(&mut text)?;
            self.read_line()?;
            // A line may come in several chunks.
            while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = text.drain(..=end).collect();
                told(&String::from_utf8_lossy(&line));
            }
            if size == 0 {
                return Ok(());
            }
        }
    }

    /// The status, the length of the body if it is known, and whether it comes in chunks.
    fn read_head(&mut self) -> std::io::Result<(u16, Option<u64>, bool)> {
        let first = self.read_line()?;
        let status = first.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.ok_or_else(|| std::io::Error::other(format!("no HTTP status in {first:?}")))?;
        let (mut length, mut chunked) = (None, false);
        loop {
            let line = self.read_line()?.to_ascii_lowercase();
            match line.split_once(':') {
                Some(("content-length", value)) => length = value.trim().parse().ok(),
                Some(("transfer-encoding", value)) => chunked = value.trim() == "chunked",
                Some(_) => {}
                None => return Ok((status, length, chunked)),
            }
        }
    }

    fn read_response(&mut self) -> std::io::Result<Response> {
        let (status, length, chunked) = self.read_head()?;
        let mut body = Vec::new();
        if chunked {
            loop {
                let size = self.read_line()?;
                let size = u64::from_str_radix(size.trim(), 16).map_err(std::io::Error::other)?;
                self.stream.by_ref().take(size).read_to_end(&mut body)?;
                self.read_line()?;
                if size == 0 {
                    break;
                }
            }
        } else if let Some(length) = length {
            self.stream.by_ref().take(length).read_to_end(&mut body)?;
        } else if status != 204 {
            self.stream.read_to_end(&mut body)?;
        }
        Ok(Response { status, body: String::from_utf8_lossy(&body).into_owned() })
    }

    fn read_line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}
