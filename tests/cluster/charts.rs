//! The charts under `charts/`, packaged in several versions and served as a Helm repository on loopback.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::process::{Processes, write};

/// Chart, version, appVersion. The template is the same in all versions of a chart; labels carry the version.
pub const VERSIONS: [(&str, &str, &str); 20] = [
    ("storefront", "1.5.0", "2.10.0"),
    ("storefront", "1.6.0", "2.11.0"),
    ("storefront", "1.7.0", "2.12.0"),
    ("cache", "0.9.0", "7.2.4"),
    ("cache", "1.0.0", "7.4.0"),
    ("job-runner", "0.3.0", "0.3"),
    ("job-runner", "0.4.0", "0.4"),
    ("settings", "1.0.0", "1.0"),
    ("settings", "1.1.0", "1.1"),
    ("settings", "1.2.0", "1.2"),
    ("settings", "2.0.0-rc.1", "2.0"),
    ("gateway", "2.3.0", "1.28.0"),
    ("gateway", "2.4.0", "1.29.1"),
    ("gateway", "2.4.1", "1.29.2"),
    ("ledger", "3.1.0", "16.3"),
    ("ledger", "3.2.0", "16.4"),
    ("node-agent", "0.27.0", "0.105.0"),
    ("node-agent", "0.28.1", "0.108.0"),
    ("warehouse", "4.0.0", "4.0.2"),
    ("objects", "1.0.0", "1.0"),
];

/// A folder of packages with an index, served over HTTP for as long as the process lives.
pub struct Charts {
    folder: PathBuf,
    port: u16,
}

impl Charts {
    /// Packages [`VERSIONS`] into `folder` and serves it.
    pub(super) fn start(processes: &Processes, helm: &Path, sources: &Path, folder: PathBuf, port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap_or_else(|error| panic!("serve charts: {error}"));
        fs::create_dir_all(&folder).expect("create the folder of packages");
        let home = folder.join(".helm");
        let run = |arguments: &[&str]| {
            let mut command = Command::new(helm);
            command.args(arguments).current_dir(&folder);
            command.env("HELM_CACHE_HOME", &home).env("HELM_CONFIG_HOME", &home).env("HELM_DATA_HOME", &home);
            processes.run(command, None, Duration::from_secs(60)).expect_success();
        };
        for (chart, version, app) in VERSIONS {
            let source = sources.join(chart);
            run(&["package", &source.to_string_lossy(), "--version", version, "--app-version", app]);
        }
        run(&["repo", "index", ".", "--url", &format!("http://127.0.0.1:{port}")]);
        let charts = Self { folder, port };
        let served = charts.folder.clone();
        // Ends with the process: it holds nothing but the port.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let folder = served.clone();
                thread::spawn(move || answer(stream, &folder));
            }
        });
        charts
    }

    /// The URL of the repository, for `helm --repo` and HelmRepository objects.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The package of one version.
    pub fn package(&self, chart: &str, version: &str) -> PathBuf {
        let path = self.folder.join(format!("{chart}-{version}.tgz"));
        assert!(path.exists(), "there is no {chart} {version}; see VERSIONS in charts.rs");
        path
    }

    /// Replaces a served file, for cases that need a broken or a newer package. The index is not made again.
    pub fn put(&self, file: &str, content: &[u8]) {
        write(&self.folder.join(file), content);
    }
}

/// One GET a connection; an error only closes it.
fn answer(stream: TcpStream, folder: &Path) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(1..) if !line.trim_end().is_empty() => lines.push(line),
            Ok(1..) => break,
            Ok(0) | Err(_) => return,
        }
    }
    let path = lines.first().and_then(|line| line.split(' ').nth(1)).unwrap_or("/").trim_start_matches('/');
    let content = if path.contains('/') || path.starts_with('.') { None } else { fs::read(folder.join(path)).ok() };
    let (status, body) = content.map_or(("404 Not Found", Vec::new()), |bytes| ("200 OK", bytes));
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let mut stream = reader.into_inner();
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}
