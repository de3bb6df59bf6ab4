//! What a list or a watch is asked with.
//!
//! Rules: kubernetes/apimachinery `pkg/apis/meta/internalversion` (conversion, defaults, validation), release 1.36.

use super::fields::Fields;
use super::paths::Query;
use super::status::{Status, UNSUPPORTED};
use crate::release::labels::Labels;

/// The options of a list and of a watch, valid together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Options {
    pub(super) labels: Labels,
    pub(super) fields: Fields,
    pub(super) bookmarks: bool,
    /// `resourceVersion` as it came; empty where there is none.
    pub(super) version: String,
    pub(super) exact: bool,
    pub(super) not_older: bool,
    /// Seconds; `None` for the server's own.
    pub(super) timeout: Option<i64>,
    /// How many objects a page; `None` for all.
    pub(super) limit: Option<usize>,
    pub(super) token: Option<String>,
    /// Whether a watch begins with the present objects; `None` where nothing was said.
    pub(super) initial: Option<bool>,
}

impl Options {
    /// Reads the options; `watch` says which of the two they are for.
    ///
    /// # Errors
    /// 400 for a value that cannot be read, 422 for values that contradict each other.
    pub(super) fn read(query: &Query, watch: bool) -> Result<Self, Status> {
        let labels = Labels::parse(query.get("labelSelector").unwrap_or_default()).map_err(Status::bad_request)?;
        let fields = Fields::parse(query.get("fieldSelector").unwrap_or_default()).map_err(Status::bad_request)?;
        let version = query.get("resourceVersion").unwrap_or_default().to_owned();
        let matching = query.get("resourceVersionMatch").unwrap_or_default().to_owned();
        let timeout = number(query, "timeoutSeconds")?;
        let limit = number(query, "limit")?.unwrap_or_default();
        let token = query.get("continue").filter(|token| !token.is_empty()).map(str::to_owned);
        let mut asked = Asked { initial: query.get("sendInitialEvents").map(truth), version, matching, token };
        let faults = if watch { asked.watch_faults() } else { asked.list_faults() };
        if !faults.is_empty() {
            return Err(Status::invalid("ListOptions", &faults));
        }
        let Asked { initial, version, matching, token } = asked;
        Ok(Self {
            labels,
            fields,
            bookmarks: query.get("allowWatchBookmarks").is_some_and(truth),
            version,
            exact: matching == EXACT,
            not_older: matching == NOT_OLDER,
            timeout: timeout.filter(|seconds| *seconds != 0),
            limit: usize::try_from(limit).ok().filter(|limit| *limit > 0),
            token,
            initial,
        })
    }

    /// The version that was asked for, as a number; 0 where none was.
    pub(super) fn version(&self) -> Result<u64, String> {
        version(&self.version)
    }
}

const EXACT: &str = "Exact";
const NOT_OLDER: &str = "NotOlderThan";
const FORBIDDEN: &str = "FieldValueForbidden";
const MATCH: &str = "resourceVersionMatch";

/// A version as a number; 0 for an empty one.
///
/// # Errors
/// What the real server says of one that is none.
pub(super) fn version(text: &str) -> Result<u64, String> {
    if text.is_empty() {
        return Ok(0);
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().map_err(|_| {
        let fault = if digits { "value out of range" } else { "invalid syntax" };
        format!("resourceVersion: Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: {fault}")
    })
}

/// Anything but `false` and `0` is true.
pub(super) fn truth(text: &str) -> bool {
    !(text.eq_ignore_ascii_case("false") || text == "0")
}

fn number(query: &Query, name: &str) -> Result<Option<i64>, Status> {
    let Some(text) = query.get(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let fault = if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
            "value out of range"
        } else {
            "invalid syntax"
        };
        Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: {fault}"))
    })
}

struct Asked {
    initial: Option<bool>,
    version: String,
    matching: String,
    token: Option<String>,
}

type Fault = (&'static str, &'static str, String);

fn forbidden(field: &'static str, message: &str) -> Fault {
    (FORBIDDEN, field, format!("Forbidden: {message}"))
}

impl Asked {
    fn list_faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !self.matching.is_empty() {
            if self.version.is_empty() {
                faults.push(forbidden(MATCH, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
            }
            if self.token.is_some() {
                faults.push(forbidden(MATCH, "resourceVersionMatch is forbidden when continue is provided"));
            }
            if self.matching != EXACT && self.matching != NOT_OLDER {
                faults.push(self.not_supported("\"Exact\", \"NotOlderThan\", \"\""));
            }
            if self.matching == EXACT && self.version == "0" {
                faults.push(forbidden(MATCH, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
            }
        }
        if self.initial.is_some() {
            faults.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
        }
        faults
    }

    /// Fills in what a watch of old clients means, as the real server does before it looks for faults.
    fn watch_faults(&mut self) -> Vec<Fault> {
        if self.initial.is_none() && self.matching.is_empty() && matches!(self.version.as_str(), "" | "0") {
            self.initial = Some(true);
            self.matching = NOT_OLDER.to_owned();
        }
        let mut faults = Vec::new();
        if self.initial.is_some() && self.matching != NOT_OLDER {
            let message = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
            faults.push(forbidden(MATCH, message));
        }
        if !self.matching.is_empty() {
            if self.initial.is_none() {
                let message = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
                faults.push(forbidden(MATCH, message));
            }
            if self.matching != NOT_OLDER {
                faults.push(self.not_supported("\"NotOlderThan\""));
            }
            if self.token.is_some() {
                faults.push(forbidden(MATCH, "resourceVersionMatch is forbidden when continue is provided"));
            }
        }
        faults
    }

    fn not_supported(&self, known: &str) -> Fault {
        let message = format!("Unsupported value: {:?}: supported values: {known}", self.matching);
        (UNSUPPORTED, MATCH, message)
    }
}
