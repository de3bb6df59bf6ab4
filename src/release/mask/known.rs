//! Values that are known to be secret, and where they stand in a text: as they are, and in every spelling that charts give
//! them.
//!
//! Spellings: base64 (standard and for URLs, alone or within a longer text that was encoded), percent-encoded, escaped for JSON
//! (as Go does it as well, and twice) and for single quotes of YAML. A text is read once, whatever the number of values: the
//! automaton of Aho and Corasick finds at each byte the longest value that ends there. Where values overlap, all of them are
//! hidden.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, OnceLock};

use aho_corasick::automaton::Automaton as _;
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, MatchKind};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

use super::MASK;
use super::plain::is_plain;

/// Values are looked for in pieces of so many bytes, so that a long one costs no more than many short ones.
const PIECE: usize = 512;
/// Fewer bytes of a piece would be found where they mean nothing.
const SHORTEST: usize = 8;
/// All that is looked for, in bytes. Of more, the longest values are hidden in their places alone.
const MOST: usize = 8 << 20;

/// What is known to be secret. What is told to several places without being hidden there is none.
#[derive(Clone, Default)]
pub(super) struct Known {
    secrets: BTreeSet<Vec<u8>>,
    /// Names, hosts and images that stand in the open.
    open: HashSet<String>,
    search: OnceLock<Option<Arc<Search>>>,
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        self.secrets == other.secrets && self.open == other.open
    }
}

impl Eq for Known {}

/// What prints it says nothing of what is secret.
impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Known({})", self.secrets.len())
    }
}

impl Known {
    /// A value that is secret; passed over where it is too plain.
    pub fn secret(&mut self, value: &str) {
        let value = value.trim();
        if !is_plain(value) && self.secrets.insert(value.as_bytes().to_vec()) {
            self.search = OnceLock::new();
        }
    }

    /// Bytes that are secret and no text: looked for in base64.
    pub fn secret_bytes(&mut self, value: &[u8]) {
        if value.len() >= SHORTEST && self.secrets.insert(value.to_vec()) {
            self.search = OnceLock::new();
        }
    }

    /// A name that stands in the open: it is no secret, whatever a Secret says.
    pub fn open(&mut self, name: &str) {
        if name.len() >= SHORTEST && self.open.insert(name.to_owned()) {
            self.search = OnceLock::new();
        }
    }

    /// Everything that another one knows.
    pub fn join(&mut self, other: &Self) {
        let before = self.secrets.len().saturating_add(self.open.len());
        self.secrets.extend(other.secrets.iter().cloned());
        self.open.extend(other.open.iter().cloned());
        if self.secrets.len().saturating_add(self.open.len()) > before {
            self.search = OnceLock::new();
        }
    }

    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// The text without what is secret; `None` if nothing of it is.
    pub fn hide(&self, text: &str) -> Option<String> {
        if self.is_empty() || text.len() < SHORTEST {
            return None;
        }
        self.prepared()?.hide(text)
    }

    /// Makes ready what else the first text would wait for.
    pub fn prepare(&self) {
        let _ = self.prepared();
    }

    fn prepared(&self) -> Option<&Search> {
        self.search.get_or_init(|| Search::of(self).map(Arc::new)).as_deref()
    }
}

struct Search {
    automaton: NFA,
    /// Of each pattern, whether it is base64.
    is_base64: Vec<bool>,
}

/// A part of a text, in bytes.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
}

impl Search {
    fn of(known: &Known) -> Option<Self> {
        let is_open = |secret: &[u8]| std::str::from_utf8(secret).is_ok_and(|text| known.open.contains(text));
        let mut secrets: Vec<&[u8]> =
            known.secrets.iter().map(Vec::as_slice).filter(|secret| !is_open(secret)).collect();
        secrets.sort_by_key(|secret| secret.len());
        let mut patterns: BTreeSet<(Vec<u8>, bool)> = BTreeSet::new();
        let mut bytes = 0;
        for secret in secrets {
            let spelled = spellings(secret);
            bytes += spelled.iter().map(|(pattern, _)| pattern.len()).sum::<usize>();
            if bytes > MOST {
                break;
            }
            patterns.extend(spelled);
        }
        if patterns.is_empty() {
            return None;
        }
        let is_base64 = patterns.iter().map(|(_, is_base64)| *is_base64).collect();
        // It fails only for far more than MOST.
        let automaton =
            NFA::builder().match_kind(MatchKind::Standard).build(patterns.iter().map(|(pattern, _)| pattern));
        Some(Self { automaton: automaton.ok()?, is_base64 })
    }

    fn hide(&self, text: &str) -> Option<String> {
        let spans = self.spans(text);
        let mut hidden = String::with_capacity(text.len());
        let mut from = 0;
        for Span { start, end } in &spans {
            hidden.push_str(text.get(from..*start)?);
            hidden.push_str(MASK);
            from = *end;
        }
        hidden.push_str(text.get(from..)?);
        (!spans.is_empty()).then_some(hidden)
    }

    /// What is to be hidden: in order, nothing twice, nothing side by side.
    fn spans(&self, text: &str) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        let automaton = &self.automaton;
        let Ok(mut state) = automaton.start_state(Anchored::No) else { return spans };
        for (place, byte) in text.bytes().enumerate() {
            state = automaton.next_state(Anchored::No, state, byte);
            if !automaton.is_match(state) {
                continue;
            }
            // The first is the longest: the others are ends of it.
            let pattern = automaton.match_pattern(state, 0);
            let end = place + 1;
            let mut span = Span { start: end.saturating_sub(automaton.pattern_len(pattern)), end };
            let is_covered = spans.last().is_some_and(|last| last.start <= span.start && span.end <= last.end);
            if self.is_base64.get(pattern.as_usize()) == Some(&true) && !is_covered {
                let done = spans.last().map_or(0, |last| last.end);
                span = around(text, span, done);
            }
            while let Some(last) = spans.last().copied().filter(|last| last.end >= span.start) {
                span = Span { start: span.start.min(last.start), end: span.end.max(last.end) };
                spans.pop();
            }
            spans.push(span);
        }
        spans
    }
}

/// All of a base64 text that a secret was found in: what stands beside it there belongs to it, as the user does in `user:password`.
/// Looks no further back than what was looked at already.
fn around(text: &str, span: Span, done: usize) -> Span {
    let is_base64 = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    // In front, this sign is that of an assignment.
    let is_end = |byte: &&u8| is_base64(byte) || **byte == b'=';
    let bytes = text.as_bytes();
    let before = bytes.get(done..span.start).unwrap_or_default().iter().rev().take_while(is_base64).count();
    let behind = bytes.get(span.end..).unwrap_or_default().iter().take_while(is_end).count();
    Span { start: span.start - before, end: span.end + behind }
}

/// Everything that a value may look like in a text, and whether that is base64.
fn spellings(secret: &[u8]) -> Vec<(Vec<u8>, bool)> {
    let mut found = Vec::new();
    if let Ok(text) = std::str::from_utf8(secret) {
        let json = escaped(text);
        let go = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
        let percent = |is_upper: bool| {
            text.bytes().fold(String::new(), |mut spelled, byte| {
                match byte {
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                        spelled.push(char::from(byte))
                    }
                    _ if is_upper => spelled.push_str(&format!("%{byte:02X}")),
                    _ => spelled.push_str(&format!("%{byte:02x}")),
                }
                spelled
            })
        };
        let spelled = [
            text.to_owned(),
            percent(true),
            percent(false),
            // A blank in a query.
            percent(true).replace("%20", "+"),
            text.replace('\'', "''"),
            escaped(&json),
            escaped(&go),
            json,
            go,
        ];
        let spelled: BTreeSet<&str> = spelled.iter().map(String::as_str).collect();
        for text in spelled {
            found.extend(pieces(text).map(|piece| (piece.as_bytes().to_vec(), false)));
        }
    }
    for alphabet in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
        // Encoded within a longer text it begins at one of three places of a group.
        for before in 0..3_usize {
            let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(secret.iter().copied()).collect();
            let encoded = alphabet.encode(&padded);
            // What holds bits of its neighbours is left out.
            let own = (before * 8).div_ceil(6)..padded.len() * 8 / 6;
            let own = encoded.get(own).unwrap_or_default();
            found.extend(pieces(own).map(|piece| (piece.as_bytes().to_vec(), true)));
        }
    }
    found
}

/// The text in pieces; the last one may overlap the one before.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    std::iter::from_fn(move || {
        if from >= text.len() {
            return None;
        }
        let mut start = from;
        let end = text.ceil_char_boundary(from.saturating_add(PIECE));
        if end == text.len() && from > 0 {
            start = text.floor_char_boundary(text.len().saturating_sub(PIECE));
        }
        from = end;
        text.get(start..end)
    })
}

/// As JSON writes it between quotes.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(secrets: &[&str]) -> Known {
        let mut known = Known::default();
        secrets.iter().for_each(|secret| known.secret(secret));
        known
    }

    fn check(secrets: &[&str], text: &str, expected: &str) {
        assert_eq!(known(secrets).hide(text).as_deref().unwrap_or(text), expected);
    }

    #[test]
    fn values_are_found_wherever_they_stand() {
        check(&["hunter2&hunter2"], "a=hunter2&hunter2;b", "a=***;b");
        check(&["hunter2&hunter2"], "hunter2&hunter2hunter2&hunter2", "***");
        check(&["hunter2&hunter2"], "hunter2&hunter", "hunter2&hunter");
        check(&["storefront-database"], "host: storefront-database", "host: storefront-database");
        check(&[], "hunter2&hunter2", "hunter2&hunter2");
    }

    #[test]
    fn where_values_overlap_all_are_hidden() {
        check(&["ab1cd2ef3gh4", "gh4ij5kl6mn7"], "<ab1cd2ef3gh4ij5kl6mn7>", "<***>");
        check(&["ab1cd2ef3gh4", "d2ef3gh4"], "<ab1cd2ef3gh4> <d2ef3gh4>", "<***> <***>");
        check(&["d2ef3gh4", "ab1cd2ef3gh4kl"], "<ab1cd2ef3gh4k>", "<ab1c***k>");
    }

    #[test]
    fn values_are_found_in_every_spelling() {
        let secret = "pä ss/w&\"rd'+1";
        let known = known(&[secret]);
        let user = format!("user:{secret}");
        let json = |text: &str| serde_json::Value::from(text).to_string();
        let urls: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let percent = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
        for text in [
            BASE64_STANDARD_NO_PAD.encode(secret),
            base64::prelude::BASE64_STANDARD.encode(secret),
            base64::prelude::BASE64_URL_SAFE.encode(secret),
            base64::prelude::BASE64_STANDARD.encode(&user),
            base64::prelude::BASE64_STANDARD.encode(format!("{user}\nmore")),
            base64::prelude::BASE64_STANDARD.encode(format!("1{user}1")),
            secret.replace('\'', "''"),
            percent.to_lowercase(),
            percent,
            urls,
            json(secret).trim_matches('"').to_owned(),
            json(&json(secret)).trim_matches(['"', '\\']).to_owned(),
            "pä ss/w\\u0026\\\"rd'+1".to_owned(),
        ] {
            assert_eq!(known.hide(&format!("<{text}>")).as_deref(), Some("<***>"), "{text}");
        }
    }

    #[test]
    fn long_values_are_hidden_whole() {
        for length in [PIECE - 1, PIECE, PIECE + 1, 2 * PIECE + 3, 10_000] {
            let secret: String = (0..length).map(|place| if place % 7 == 0 { 'ß' } else { '1' }).collect();
            check(&[&secret], &format!("<{secret}>"), "<***>");
            let known = known(&[&secret]);
            let encoded = base64::prelude::BASE64_STANDARD.encode(format!("x{secret}y"));
            assert_eq!(known.hide(&format!("<{encoded}>")).as_deref(), Some("<***>"));
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_found_in_base64() {
        let mut known = Known::default();
        known.secret_bytes(&[0xff, 0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(known.hide("a: /wABAgMEBQYH").as_deref(), Some("a: ***"));
    }

    #[test]
    fn what_stands_in_the_open_is_no_secret() {
        let mut known = known(&["db-7f9c2d4e", "db-7f9c2d4e-key"]);
        known.open("db-7f9c2d4e");
        assert_eq!(known.hide("db-7f9c2d4e db-7f9c2d4e-key").as_deref(), Some("db-7f9c2d4e ***"));
    }

    #[test]
    fn thousands_of_values_are_found_in_one_reading_of_a_large_text() {
        let secret = |number: usize| format!("s{number}-x9f2k{number}");
        let secrets: Vec<String> = (0..2000).map(secret).collect();
        let known = known(&secrets.iter().map(String::as_str).collect::<Vec<_>>());
        let quiet = "nothing is here that anybody would have to hide\n".repeat(10);
        let text: String = secrets.iter().map(|secret| format!("{quiet}a: {secret}\n")).collect();
        let shown: String = secrets.iter().map(|_| format!("{quiet}a: ***\n")).collect();
        assert_eq!(known.hide(&text), Some(shown));
    }

    #[test]
    fn what_is_too_much_to_look_for_leaves_the_short_ones() {
        let long: String = (0..MOST).map(|place| char::from(b'!' + u8::try_from(place % 90).unwrap())).collect();
        check(&["hunter2&hunter2", &long], "hunter2&hunter2", "***");
    }
}
