//! Golden vectors: what the reference programs in `tests/oracle` say. What differs is named in `yaml-known.txt`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

use serde_json::Value;
use wheelhouse::release::manifest::split;
use wheelhouse::release::name::effective_release_name;
use wheelhouse::release::yaml::to_json;

/// The vectors of a file, one on each line.
fn read(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn committed(name: &str) -> Vec<Value> {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name))
}

/// What is said of each item, in order. By all processors: unoptimized, some of these comparisons take most of a minute.
pub fn of_each<T: Send, R: Send>(items: Vec<T>, said: impl Fn(T) -> R + Sync) -> Vec<R> {
    let (queue, answers) = (Mutex::new(items.into_iter().enumerate()), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let Some((place, item)) = queue.lock().unwrap().next() else { return };
            let answer = said(item);
            answers.lock().unwrap().push((place, answer));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, std::num::NonZero::get) {
            scope.spawn(work);
        }
    });
    let mut answers = answers.into_inner().unwrap();
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Fails with all differences, of which it shows the first ones.
pub fn report(differences: &[String], count: usize) {
    let shown = differences.iter().take(20).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(differences.is_empty(), "{} of {count} differ:\n\n{shown}", differences.len());
}

/// `None` where the reference and the reader agree.
fn yaml_difference(vector: &Value) -> Option<String> {
    let (name, text) = (vector["name"].as_str().unwrap(), vector["yaml"].as_str().unwrap());
    let actual = to_json(text);
    let expected = vector.get("json");
    let agrees = match (&actual, expected) {
        (Ok(actual), Some(expected)) => is_same(actual, expected),
        (Err(_), None) => true,
        _ => false,
    };
    let expected = expected.map_or_else(|| format!("error: {}", vector["message"]), Value::to_string);
    let actual = actual.map_or_else(|error| format!("error: {error}"), |value| value.to_string());
    (!agrees).then(|| format!("{name}: {text:?}\nexpected {expected}\nactual   {actual}"))
}

/// As JSON compares: keys in any order, numbers by their value. A whole number that fits 64 bits must keep all digits;
/// a float that Go writes without a fraction may be one here too.
pub fn is_same(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Number(actual), Value::Number(expected)) => {
            if actual.is_f64() {
                actual.as_f64() == expected.as_f64()
            } else {
                actual == expected
            }
        }
        (Value::Array(actual), Value::Array(expected)) => {
            actual.len() == expected.len()
                && actual.iter().zip(expected).all(|(actual, expected)| is_same(actual, expected))
        }
        (Value::Object(actual), Value::Object(expected)) => {
            actual.len() == expected.len()
                && actual
                    .iter()
                    .all(|(key, actual)| expected.get(key).is_some_and(|expected| is_same(actual, expected)))
        }
        _ => actual == expected,
    }
}

#[test]
fn yaml_reads_as_helm_reads_it() {
    let vectors = committed("yaml.jsonl");
    assert_eq!(vectors.len(), 8841);
    let known = known_differences();
    let mut left: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    let is_new = |vector: &&Value| !left.remove(vector["name"].as_str().unwrap());
    let differing = vectors.iter().filter(|vector| yaml_difference(vector).is_some());
    let differences: Vec<String> = differing.filter(is_new).filter_map(yaml_difference).collect();
    report(&differences, vectors.len());
    assert!(left.is_empty(), "stale in yaml-known.txt, they are read as Helm reads them: {left:?}");
}

/// The names of the vectors that are known to differ: in each line of the file one, a colon, and why that does no harm.
fn known_differences() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/yaml-known.txt");
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split_once(": ").unwrap().0.to_owned()).collect()
}

#[test]
fn manifests_are_cut_as_helm_cuts_them() {
    let vectors = committed("manifest.jsonl");
    assert_eq!(vectors.len(), 406);
    let differences: Vec<String> = vectors
        .iter()
        .filter_map(|vector| {
            let manifest = vector["manifest"].as_str().unwrap();
            let actual: Vec<&str> = split(manifest).iter().map(|document| document.text).collect();
            let expected = &vector["documents"];
            (*expected != Value::from(actual.clone())).then(|| format!("{manifest:?}\n{expected}\n{actual:?}"))
        })
        .collect();
    report(&differences, vectors.len());
}

#[test]
fn release_names_are_shortened_by_the_rule() {
    let vectors = committed("name.jsonl");
    assert_eq!(vectors.len(), 69);
    for vector in vectors {
        let text = |key: &str| vector.get(key).and_then(Value::as_str);
        let actual = effective_release_name(text("releaseName"), text("targetNamespace"), text("name").unwrap());
        assert_eq!(Some(actual.as_str()), text("effective"), "{vector}");
    }
}

/// A longer comparison, made when a file is named: `go run ./yaml -random 200000 -seed 7 > file` in `tests/oracle`, then
/// `YAML_VECTORS=file cargo test --test core`. It shows differences of the kinds that `yaml-known.txt` names, about two
/// in a thousand texts; one of another kind is news.
#[test]
fn yaml_of_a_file_reads_as_helm_reads_it() {
    let Some(file) = std::env::var_os("YAML_VECTORS") else { return };
    let vectors = read(Path::new(&file));
    let differences: Vec<String> = vectors.iter().filter_map(yaml_difference).collect();
    report(&differences, vectors.len());
}
