//! A TCP relay in front of the API server that counts bytes, cuts connections and refuses new ones.
//!
//! TLS passes through: the server's certificate is valid for 127.0.0.1, whatever the port.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::process::lock;
use super::users::{Accounts, User};

/// Dropping it closes its connections.
pub struct Relay {
    port: u16,
    kubeconfigs: PathBuf,
    shared: Arc<Shared>,
    acceptor: Mutex<Option<Acceptor>>,
}

#[derive(Default)]
struct Shared {
    target: u16,
    down: AtomicU64,
    up: AtomicU64,
    next: AtomicU64,
    live: Mutex<BTreeMap<u64, [TcpStream; 2]>>,
}

struct Acceptor {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Relay {
    pub(super) fn start(accounts: &Accounts, folder: &std::path::Path, target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", super::ports::free())).expect("listen for the relay");
        let port = listener.local_addr().expect("the relay's address").port();
        let kubeconfigs = folder.join(format!("relay-{port}"));
        std::fs::create_dir_all(&kubeconfigs).expect("create the relay's folder");
        for user in User::ALL {
            let path = kubeconfigs.join(format!("{}.kubeconfig", user.name()));
            accounts.write_kubeconfig(user.name(), &format!("https://127.0.0.1:{port}"), &path);
        }
        let shared = Arc::new(Shared { target, ..Shared::default() });
        let acceptor = Mutex::new(Some(accept(listener, &shared)));
        Self { port, kubeconfigs, shared, acceptor }
    }

    pub fn server(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    pub fn kubeconfig(&self, user: User) -> PathBuf {
        self.kubeconfigs.join(format!("{}.kubeconfig", user.name()))
    }

    /// Bytes from the API server to clients so far, TLS included.
    pub fn bytes_down(&self) -> u64 {
        self.shared.down.load(Ordering::Relaxed)
    }

    /// Bytes from clients to the API server so far, TLS included.
    pub fn bytes_up(&self) -> u64 {
        self.shared.up.load(Ordering::Relaxed)
    }

    /// Connections open now.
    pub fn connections(&self) -> usize {
        lock(&self.shared.live).len()
    }

    /// Connections accepted so far.
    pub fn accepted(&self) -> u64 {
        self.shared.next.load(Ordering::Relaxed)
    }

    /// Closes all live connections in mid-stream, without the farewell of TLS. New ones are accepted.
    pub fn cut(&self) {
        for [client, server] in std::mem::take(&mut *lock(&self.shared.live)).into_values() {
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.shutdown(Shutdown::Both);
        }
    }

    /// True: stop listening, so that clients see "connection refused" (live connections stay; see [`Relay::cut`]).
    /// False: listen again on the same port.
    pub fn refuse(&self, refuse: bool) {
        let mut acceptor = lock(&self.acceptor);
        if refuse {
            if let Some(Acceptor { stop, thread }) = acceptor.take() {
                stop.store(true, Ordering::SeqCst);
                // Wakes the thread out of accept().
                let _ = TcpStream::connect(("127.0.0.1", self.port));
                let _ = thread.join();
            }
        } else if acceptor.is_none() {
            let listener = TcpListener::bind(("127.0.0.1", self.port)).expect("listen again on the relay's port");
            *acceptor = Some(accept(listener, &self.shared));
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.refuse(true);
        self.cut();
    }
}

fn accept(listener: TcpListener, shared: &Arc<Shared>) -> Acceptor {
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, shared) = (Arc::clone(&stop), Arc::clone(shared));
    let thread = thread::spawn(move || {
        for client in listener.incoming() {
            if stopped.load(Ordering::SeqCst) {
                return;
            }
            // A server that is down closes the client's connection, as a real proxy would.
            let Ok(client) = client else { continue };
            let Ok(server) = TcpStream::connect(("127.0.0.1", shared.target)) else { continue };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            join(&shared, client, server);
        }
    });
    Acceptor { stop, thread }
}

fn join(shared: &Arc<Shared>, client: TcpStream, server: TcpStream) {
    let copies = [&client, &server].map(TcpStream::try_clone);
    let [Ok(client_end), Ok(server_end)] = copies else { return };
    let [Ok(client_out), Ok(server_out)] = [&client, &server].map(TcpStream::try_clone) else { return };
    let id = shared.next.fetch_add(1, Ordering::Relaxed);
    lock(&shared.live).insert(id, [client_end, server_end]);
    let (up, down) = (Arc::clone(shared), Arc::clone(shared));
    thread::spawn(move || {
        copy(client, server_out, &up.up);
        lock(&up.live).remove(&id);
    });
    thread::spawn(move || {
        copy(server, client_out, &down.down);
        lock(&down.live).remove(&id);
    });
}

/// Copies until either side ends, then ends both: half-closed connections have no use here.
fn copy(mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
    let mut buffer = vec![0_u8; 64 * 1024];
    while let Ok(size @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..size]).is_err() {
            break;
        }
        count.fetch_add(u64::try_from(size).unwrap_or(0), Ordering::Relaxed);
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
