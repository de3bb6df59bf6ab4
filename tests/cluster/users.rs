//! Who may talk to the cluster: five users for the suites and one identity for each program of the cluster itself.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::process::write;

/// The users of the suites. Their rights are in `rbac.yaml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum User {
    /// Everything.
    Admin,
    /// The built-in role `view` everywhere, and reading the Flux kinds. No Secrets.
    Viewer,
    /// What [`User::Viewer`] may, and writing the usual kinds of releases in one namespace.
    Writer,
    /// Reads Secrets, ConfigMaps, workloads and Flux kinds in [`TWO_NAMESPACES`]; may not list namespaces.
    Two,
    /// Known by name, and nothing else.
    Nobody,
}

/// Where [`User::Two`] may read.
pub const TWO_NAMESPACES: [&str; 2] = ["checkout", "payments"];

/// The programs of the cluster. Their names are those of a real cluster, so that audit events read the same.
pub const CONTROLLER_MANAGER: &str = "system:kube-controller-manager";
pub const SCHEDULER: &str = "system:kube-scheduler";
pub const KWOK: &str = "system:kwok";
pub const HELM_CONTROLLER: &str = "system:serviceaccount:flux-system:helm-controller";
pub const SOURCE_CONTROLLER: &str = "system:serviceaccount:flux-system:source-controller";

const PROGRAMS: [&str; 5] = [CONTROLLER_MANAGER, SCHEDULER, KWOK, HELM_CONTROLLER, SOURCE_CONTROLLER];

impl User {
    pub const ALL: [User; 5] = [User::Admin, User::Viewer, User::Writer, User::Two, User::Nobody];

    /// The name that the API server and its audit events know.
    pub fn name(self) -> &'static str {
        match self {
            User::Admin => "administrator",
            User::Viewer => "viewer",
            User::Writer => "writer",
            User::Two => "two",
            User::Nobody => "nobody",
        }
    }
}

/// Tokens and kubeconfig files of everyone.
pub struct Accounts {
    folder: PathBuf,
    authority: PathBuf,
    secret: String,
}

impl Accounts {
    /// Writes `folder/tokens.csv` and one kubeconfig a user and program.
    pub fn write(folder: &Path, authority: &Path, server: &str) -> Self {
        let mut bytes = [0_u8; 16];
        File::open("/dev/urandom").and_then(|mut random| random.read_exact(&mut bytes)).expect("read /dev/urandom");
        let secret = bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let accounts = Self { folder: folder.to_owned(), authority: authority.to_owned(), secret };
        let mut tokens = String::new();
        for name in User::ALL.map(User::name).into_iter().chain(PROGRAMS) {
            let group = match name {
                "viewer" | "writer" | "two" | "nobody" => String::new(),
                _ => ",\"system:masters\"".to_owned(),
            };
            let _ = writeln!(tokens, "{},{name},{name}{group}", accounts.token_of(name));
            accounts.write_kubeconfig(name, server, &accounts.kubeconfig(name));
        }
        write(&accounts.tokens(), tokens);
        accounts
    }

    /// The API server's `--token-auth-file`.
    pub fn tokens(&self) -> PathBuf {
        self.folder.join("tokens.csv")
    }

    pub fn token_of(&self, name: &str) -> String {
        format!("{}-{}", name.replace(':', "-"), self.secret)
    }

    pub fn kubeconfig(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{}.kubeconfig", name.replace(':', "-")))
    }

    /// A kubeconfig with one context, named after the user, for any address of the server.
    pub fn write_kubeconfig(&self, name: &str, server: &str, path: &Path) {
        let authority = self.authority.display();
        let token = self.token_of(name);
        write(
            path,
            format!(
                r#"apiVersion: v1
kind: Config
current-context: {name:?}
clusters:
- name: wheelhouse-test
  cluster: {{server: {server:?}, certificate-authority: "{authority}"}}
contexts:
- name: {name:?}
  context: {{cluster: wheelhouse-test, user: {name:?}}}
users:
- name: {name:?}
  user: {{token: {token:?}}}
"#
            ),
        );
    }
}
