//! A release under another name: object and payload, so that nothing of the original is left.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::recording::text;

/// What a copy is called, and what it was copied from.
pub struct Names {
    pub namespace: &'static str,
    pub name: &'static str,
    pub chart: &'static str,
    /// Other words of the original and what stands for them, each as a whole word.
    pub words: &'static [(&'static str, &'static str)],
}

/// Rewrites objects of one original.
pub struct Rewriting {
    /// Told apart from every other copy by this.
    seed: String,
    /// What is replaced, in this order.
    words: Vec<(String, String)>,
    /// A value of a field that holds a namespace.
    namespace: Option<(String, String)>,
}

impl Rewriting {
    /// Other uids and addresses, and nothing else.
    pub fn of_identity(seed: &str) -> Self {
        Self { seed: seed.to_owned(), words: Vec::new(), namespace: None }
    }

    /// From the release `name` in `namespace`, of which `objects` are all that ever were.
    pub fn new<'a>(
        to: &Names,
        (namespace, name, chart): (&str, &str, &str),
        objects: impl Iterator<Item = &'a Value>,
    ) -> Self {
        let seed = format!("{}/{}", to.namespace, to.name);
        let mut words: Vec<(String, String)> = Vec::new();
        let mut generated: Vec<(String, String)> = objects.flat_map(|object| generated_words(object, &seed)).collect();
        generated.sort_by(|a, b| (b.0.len(), &a.0).cmp(&(a.0.len(), &b.0)));
        generated.dedup();
        words.extend(to.words.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())));
        words.extend(generated);
        for between in ["/", "_", "-"] {
            words.push((format!("{namespace}{between}{name}"), format!("{}{between}{}", to.namespace, to.name)));
        }
        for before in ["namespace: ", "namespace\":\"", "namespace="] {
            words.push((format!("{before}{namespace}"), format!("{before}{}", to.namespace)));
        }
        words.push((name.to_owned(), to.name.to_owned()));
        words.push((chart.to_owned(), to.chart.to_owned()));
        words.push((namespace.to_owned(), to.namespace.to_owned()));
        let namespace = Some((namespace.to_owned(), to.namespace.to_owned()));
        Self { seed, words, namespace }
    }

    /// The object under the new names.
    pub fn object(&self, original: &Value) -> Value {
        let mut object = original.clone();
        self.value(&mut object, "");
        if let Some(digest) = object.pointer_mut("/status/artifact/digest").filter(|_| original["kind"] == "HelmChart")
        {
            *digest = format!("sha256:{}", hex(&self.derived(digest.as_str().unwrap_or_default()))).into();
        }
        // Its digest stands in the status and is not made anew.
        assert_eq!(object["spec"]["values"], original["spec"]["values"], "values hold a name that is replaced");
        object
    }

    fn value(&self, value: &mut Value, key: &str) {
        match value {
            Value::String(text) => {
                let is_namespace = key.to_lowercase().ends_with("namespace");
                *text = match self.namespace.as_ref().filter(|(from, _)| is_namespace && from == text) {
                    Some((_, to)) => to.clone(),
                    None => self.text(text),
                };
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item, key)),
            Value::Object(fields) => {
                // Files of a chart, as Helm stores them.
                let is_file = fields.contains_key("name") && fields.contains_key("data");
                let renamed = std::mem::take(fields).into_iter().map(|(key, mut value)| {
                    let file = value.as_str().filter(|_| is_file && key == "data");
                    if let Some(content) = file.and_then(|data| STANDARD.decode(data).ok()) {
                        let content = String::from_utf8(content).expect("a chart's file is text");
                        value = STANDARD.encode(self.text(&content)).into();
                    } else {
                        self.value(&mut value, &key);
                    }
                    (self.text(&key), value)
                });
                *fields = renamed.collect();
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&self, text: &str) -> String {
        let text = self.words.iter().fold(text.to_owned(), |text, (from, to)| replace_word(&text, from, to));
        let text = uids(&text, |uid| {
            let mut digits = hex(&self.derived(uid))[..32].to_owned();
            digits.replace_range(12..13, "4");
            digits.replace_range(16..17, "a");
            format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
        });
        addresses(&text, |address| {
            let derived = self.derived(address);
            let start: Vec<&str> = address.split('.').take(2).collect();
            format!("{}.{}.{}", start.join("."), derived[0], derived[1].clamp(2, 250))
        })
    }

    fn derived(&self, text: &str) -> [u8; 32] {
        Sha256::digest(format!("{} {text}", self.seed)).into()
    }
}

/// The parts of names that Kubernetes made up: hashes of Pod templates, endings of Pods' names.
fn generated_words(object: &Value, seed: &str) -> Vec<(String, String)> {
    let made = |text: &str| {
        // Those that Kubernetes uses: no vowels, so that no words come about.
        let letters = b"bcdfghjklmnpqrstvwxz2456789";
        let derived = Sha256::digest(format!("{seed} {text}"));
        let letter = |byte: &u8| char::from(letters[usize::from(*byte) % letters.len()]);
        derived.iter().take(text.len()).map(letter).collect::<String>()
    };
    let pair = |text: &str| (text.to_owned(), made(text));
    let mut words = Vec::new();
    if let Some(hash) = object["metadata"]["labels"]["pod-template-hash"].as_str() {
        words.push(pair(hash));
    }
    let (name, prefix) = (text(object, "/metadata/name"), text(object, "/metadata/generateName"));
    if let Some(ending) = name.strip_prefix(&prefix).filter(|_| object["kind"] == "Pod" && !prefix.is_empty()) {
        words.push(pair(ending));
    }
    for volume in object["spec"]["volumes"].as_array().into_iter().flatten() {
        if let Some(ending) = text(volume, "/name").strip_prefix("kube-api-access-") {
            words.push(pair(ending));
        }
    }
    words
}

/// Replaces a word where neither a letter nor a digit stands beside it.
fn replace_word(text: &str, from: &str, to: &str) -> String {
    replace(text, from, to, true)
}

/// Replaces what no letter or digit follows.
pub fn replace_ending_word(text: &str, from: &str, to: &str) -> String {
    replace(text, from, to, false)
}

fn replace(text: &str, from: &str, to: &str, begins: bool) -> String {
    let mut replaced = String::new();
    let mut done = 0;
    for (at, _) in text.match_indices(from) {
        let before = begins && text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        let after = text[at + from.len()..].chars().next().is_some_and(char::is_alphanumeric);
        if !before && !after {
            replaced.push_str(&text[done..at]);
            replaced.push_str(to);
            done = at + from.len();
        }
    }
    replaced + &text[done..]
}

fn uids(text: &str, with: impl Fn(&str) -> String) -> String {
    let mut replaced = String::new();
    let mut done = 0;
    for (at, _) in text.match_indices('-') {
        let Some(start) = at.checked_sub(8).filter(|start| *start >= done) else { continue };
        let Some(uid) = text.get(start..start + 36).filter(|part| is_uid(part)) else { continue };
        replaced.push_str(&text[done..start]);
        replaced.push_str(&with(uid));
        done = start + 36;
    }
    replaced + &text[done..]
}

fn is_uid(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
    })
}

/// Addresses of Pods and Services: of the private block that begins with 10.
fn addresses(text: &str, with: impl Fn(&str) -> String) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("10.") {
        let (before, found) = rest.split_at(at);
        let end = found.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(found.len());
        let (address, after) = found.split_at(end);
        let whole = !before.ends_with(|c: char| c.is_alphanumeric() || c == '.');
        replaced.push_str(before);
        if whole && address.parse::<std::net::Ipv4Addr>().is_ok() {
            replaced.push_str(&with(address));
        } else {
            replaced.push_str(address);
        }
        rest = after;
    }
    replaced + rest
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
