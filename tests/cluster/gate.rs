//! A gate before the API server that knows one write from the next: at the write that a test names it kills the client, answers
//! in the server's place, or loses the answer; or lets something else happen first.
//!
//! It speaks HTTP/1.1 in the clear, one request a connection, and passes requests on to `kubectl proxy` with the tokens that they carry.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::process::lock;
use super::users::Accounts;

/// So long a client may take: it waits a minute for an answer, and many run at once.
const LIMIT: Duration = Duration::from_secs(300);

/// What happens at a write.
pub enum At {
    /// The client is killed (SIGKILL) before the server sees the write.
    KillBefore,
    /// The client is killed once the server has done it, before it hears so.
    KillAfter,
    /// The gate answers in the server's place, with this code and reason.
    Answer(u16, &'static str),
    /// The connection breaks before the server sees it.
    Drop,
    /// The server does it; the connection breaks before the client hears so.
    Lose,
    /// The server does it, and the client hears nothing of it.
    Hang,
    /// This is done first, then the write is passed on.
    First(Box<dyn FnOnce() + Send>),
}

/// Dropping it closes its port.
pub struct Gate {
    port: u16,
    folder: PathBuf,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: u16,
    acts: Mutex<BTreeMap<usize, At>>,
    writes: Mutex<Vec<String>>,
    child: Mutex<Option<Child>>,
    is_closed: AtomicBool,
}

/// How a client ended; no code where it was killed.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Gate {
    pub(super) fn open(accounts: &Accounts, user: &str, folder: &Path, upstream: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", super::ports::free())).expect("listen for the gate");
        let port = listener.local_addr().expect("the gate's address").port();
        let folder = folder.join(format!("gate-{port}"));
        std::fs::create_dir_all(&folder).expect("create the gate's folder");
        accounts.write_kubeconfig(user, &format!("http://127.0.0.1:{port}"), &folder.join("kubeconfig"));
        let shared = Arc::new(Shared {
            upstream,
            acts: Mutex::default(),
            writes: Mutex::default(),
            child: Mutex::default(),
            is_closed: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.is_closed.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(client) = client else { continue };
                let shared = Arc::clone(&accepting);
                // A connection that breaks is the client's to notice.
                thread::spawn(move || drop(pass(&client, &shared)));
            }
        });
        Self { port, folder, shared }
    }

    /// Where clients that are run keep their state; of each gate its own.
    pub fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// Has this happen at these writes, counted from one from now on.
    pub fn arm(&self, acts: impl IntoIterator<Item = (usize, At)>) {
        lock(&self.shared.writes).clear();
        *lock(&self.shared.acts) = acts.into_iter().collect();
    }

    /// The writes that came, as `PATCH /api/...`, without their query.
    pub fn writes(&self) -> Vec<String> {
        lock(&self.shared.writes).clone()
    }

    /// Runs a client of ours to its end, or to where it is killed.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Ended {
        let (out, err) = (self.folder.join("stdout"), self.folder.join("stderr"));
        let file = |path: &Path| File::create(path).expect("create a file for what is said");
        let mut command = Command::new(program);
        command.args(arguments).env_clear().env("PATH", "/usr/bin:/bin").env("XDG_STATE_HOME", self.state());
        command.env("KUBECONFIG", self.folder.join("kubeconfig")).stdin(Stdio::null());
        let child = command.stdout(file(&out)).stderr(file(&err)).spawn().expect("start the client");
        *lock(&self.shared.child) = Some(child);
        let end = Instant::now() + LIMIT;
        let status = loop {
            let ended =
                lock(&self.shared.child).as_mut().and_then(|child| child.try_wait().expect("wait for the client"));
            match ended {
                Some(status) => break status,
                None => assert!(Instant::now() < end, "the client runs for {LIMIT:?}: {arguments:?}"),
            }
            thread::sleep(Duration::from_millis(10));
        };
        *lock(&self.shared.child) = None;
        let text = |path: &Path| std::fs::read_to_string(path).expect("read what was said");
        Ended { code: status.code(), stdout: text(&out), stderr: text(&err) }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Ordering::SeqCst);
        // Wakes whoever waits for the next connection.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

/// Passes one request on, and its answer back.
fn pass(client: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            break;
        }
        if !lower.starts_with("connection:") {
            head.push(line.trim_end().to_owned());
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let act = write_of(&head).and_then(|line| {
        let mut writes = lock(&shared.writes);
        writes.push(line);
        lock(&shared.acts).remove(&writes.len())
    });
    head.push("Connection: close".to_owned());
    let request = [format!("{}\r\n\r\n", head.join("\r\n")).into_bytes(), body].concat();
    match act {
        Some(At::KillBefore) => {
            kill(shared);
            return Ok(());
        }
        Some(At::Drop) => return client.shutdown(Shutdown::Both),
        Some(At::Answer(code, reason)) => return answer(client, code, reason),
        Some(At::First(first)) => {
            first();
            return forward(client, shared, &request);
        }
        None => return forward(client, shared, &request),
        Some(At::KillAfter | At::Lose | At::Hang) => {}
    }
    // The server does it, and nobody hears of it.
    let mut upstream = TcpStream::connect(("127.0.0.1", shared.upstream))?;
    upstream.write_all(&request)?;
    upstream.read_to_end(&mut Vec::new())?;
    match act {
        Some(At::KillAfter) => {
            kill(shared);
            Ok(())
        }
        // Until the client gives up.
        Some(At::Hang) => reader.read_to_end(&mut Vec::new()).map(drop),
        Some(At::KillBefore | At::Drop | At::Answer(..) | At::First(_) | At::Lose) | None => {
            client.shutdown(Shutdown::Both)
        }
    }
}

fn forward(mut client: &TcpStream, shared: &Shared, request: &[u8]) -> std::io::Result<()> {
    let mut upstream = TcpStream::connect(("127.0.0.1", shared.upstream))?;
    upstream.write_all(request)?;
    std::io::copy(&mut upstream, &mut client)?;
    client.shutdown(Shutdown::Both)
}

/// The write that a request is; `None` for what changes nothing.
fn write_of(head: &[String]) -> Option<String> {
    let mut words = head.first()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let is_write = matches!(method, "POST" | "PUT" | "PATCH" | "DELETE");
    let is_kept = !query.contains("dryRun=All") && !path.starts_with("/apis/authorization.k8s.io/");
    (is_write && is_kept).then(|| format!("{method} {path}"))
}

fn kill(shared: &Shared) {
    if let Some(child) = lock(&shared.child).as_mut() {
        // One that has ended already needs no killing.
        let _ = child.kill();
    }
}

fn answer(mut client: &TcpStream, code: u16, reason: &str) -> std::io::Result<()> {
    let message = format!("made up: {reason}");
    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
        "reason": reason, "code": code})
    .to_string();
    write!(
        client,
        "HTTP/1.1 {code} {reason}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    client.shutdown(Shutdown::Write)
}
