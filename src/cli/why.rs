//! `why RELEASE`: why a release is as it is, as the tab of the screen tells it.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::opened::Opened;
use super::print::document;
use super::tree::{severity, title};
use super::{Failure, Output, Which, gather};
use crate::app::release::why::{passages, sentence};
use crate::app::rows::Row;
use crate::app::text::{self, Glyphs};
use crate::cluster::Cluster;
use crate::health::Verdict;
use crate::health::why::{self, Why};
use crate::release::payload::Payload;
use crate::release::{Answer, Query, Scope};

/// What `why` prints.
#[derive(Debug, Serialize)]
struct WhyEntry {
    namespace: String,
    name: String,
    verdict: String,
    /// Null where nothing is wrong.
    sentence: Option<String>,
    chain: Vec<LinkEntry>,
    next: Vec<String>,
    helps: Vec<HelpEntry>,
    hidden: Vec<String>,
}

/// One link of the chain, in the order in which it is printed.
#[derive(Debug, Serialize)]
struct LinkEntry {
    depth: usize,
    kind: &'static str,
    what: String,
    state: Option<String>,
    severity: &'static str,
    evidence: Vec<String>,
    since: Option<Timestamp>,
    /// Whether it is the first thing that failed.
    cause: bool,
}

/// One action.
#[derive(Debug, Serialize)]
struct HelpEntry {
    action: &'static str,
    text: String,
}

impl WhyEntry {
    fn new(row: &Row, why: Why) -> Self {
        let said = |text: String| Some(text).filter(|text| !text.is_empty());
        let chain = why.links.into_iter().map(|link| LinkEntry {
            depth: link.depth,
            kind: link.kind,
            what: link.what,
            state: said(link.state),
            severity: severity(link.severity),
            evidence: link.evidence,
            since: link.since,
            cause: link.cause,
        });
        Self {
            namespace: row.release.namespace.clone(),
            name: row.release.id.name.clone(),
            verdict: row.judgement.verdict.to_string(),
            sentence: said(why.sentence),
            chain: chain.collect(),
            next: why.next,
            helps: why.helps.into_iter().map(|help| HelpEntry { action: help.action, text: help.text }).collect(),
            hidden: why.hidden,
        }
    }
}

/// Reads the list, the release, its objects and whatever else would tell more, once.
///
/// # Errors
/// When there is no such release, more than one, or nothing at all may be read.
pub(super) async fn why(
    cluster: &Cluster,
    scope: &Scope,
    which: &Which,
    output: Output,
    columns: Option<usize>,
) -> Result<String, Failure> {
    let (mut catalog, list) = gather::everything(cluster, scope.clone()).await?;
    let opened = Opened::find(cluster, &mut catalog, scope, which).await?;
    let world = gather::objects(cluster, &opened, &list).await.unwrap_or(list);
    let now = super::now();
    let row = opened.seen(&catalog, &world, now).row;
    let controllers = match row.release.helm_release.as_ref().and_then(|object| why::asks_for(object, now)) {
        None => None,
        Some(name) => match cluster.ask(Query::Controllers(name.to_owned())).await {
            Answer::Controllers(_, answer) => Some(answer),
            Answer::Summary(..) | Answer::Payload(..) | Answer::ValuesFrom(..) => None,
        },
    };
    let mut payloads: Vec<Arc<Payload>> = Vec::new();
    for object in why::telling_payloads(&row.release, &catalog) {
        // What cannot be read tells nothing more; the row says it of the latest revision.
        let known = opened.payload().filter(|_| row.release.latest.as_ref() == Some(&object));
        match known {
            Some(payload) => payloads.push(Arc::clone(payload)),
            None => {
                if let Answer::Payload(_, Ok(payload)) = cluster.ask(Query::Payload(object)).await {
                    payloads.push(payload);
                }
            }
        }
    }
    let payloads: Vec<&Payload> = payloads.iter().map(|payload| &**payload).collect();
    let read = why::Read {
        catalog: &catalog,
        world: &world,
        named: opened.named(),
        payloads: &payloads,
        controllers: controllers.as_ref(),
        now,
    };
    let why = why::explain_read(&row.release, read);
    match output {
        Output::Json | Output::Yaml => document(&WhyEntry::new(&row, why), output),
        Output::Table => Ok(format!("{}\n\n{}", title(&row), printed(&why, row.judgement.verdict, columns, now))),
    }
}

/// The lines of the tab. Without a width nothing is broken, and ages stand behind what they are of.
fn printed(why: &Why, verdict: Verdict, columns: Option<usize>, now: Timestamp) -> String {
    let room = columns.unwrap_or(UNBROKEN);
    let mut out = String::new();
    for passage in passages(why, sentence(why, verdict), room, now, Glyphs::Unicode, &|_| None) {
        for row in passage.rows {
            let mut line: String = row.pieces.into_iter().map(|(text, _)| text).collect();
            if let Some((age, _)) = row.right {
                let age = text::clean(&age, Glyphs::Unicode).into_owned();
                let edge = columns.map_or(0, |columns| columns.saturating_sub(text::width(&age)));
                let gap = edge.saturating_sub(text::width(&line)).max(2);
                line = format!("{line}{}{age}", " ".repeat(gap));
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out
}

/// Wider than any message.
const UNBROKEN: usize = 1 << 24;
