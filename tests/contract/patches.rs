//! Patches that are tried: the demo, given the objects that a real server had, and asked the same.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower_service::Service as _;

use crate::suite;
use crate::suite::patches::{Known, NOW, golden};
use wheelhouse::demo::server::Server;

/// What the demo says to one request, beside what the real server said.
struct Compared {
    /// The story and the number of the request in it.
    name: String,
    real: (u16, Value),
    demo: (u16, Value),
}

impl Compared {
    fn is_refused(&self) -> bool {
        self.demo.0 == 501
    }

    /// What the demo says that it does not do.
    fn refused(&self) -> Option<&str> {
        let words = self.demo.1["message"].as_str().filter(|_| self.is_refused())?;
        Some(words.strip_prefix("the demo does not do this: ").unwrap_or(words))
    }

    #[track_caller]
    fn check(&self) {
        assert_eq!(self.demo.0, self.real.0, "{}: {}", self.name, self.demo.1);
        suite::check(&self.name, &self.demo.1, &self.real.1);
    }

    fn is_equal(&self) -> bool {
        self.real == self.demo
    }
}

async fn compared(file: &str) -> Vec<Compared> {
    let mut all = Vec::new();
    for told in golden(file) {
        let server = Server::new(NOW.parse().unwrap());
        if let Some((_, after)) = told.at.split_once("/namespaces/") {
            let namespace = after.split('/').next().unwrap();
            server.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
        }
        if let Some(base) = &told.base {
            server.put(base.clone());
        }
        // Its version is the demo's own.
        let (_, object) = send(&server, "administrator", "GET", &told.at, "", "").await;
        let known = Known::of(told.base.is_some().then_some(&object), false);
        if let Some(base) = &told.base {
            suite::check(&told.name, &known.normal(&object), base);
        }
        for (number, asked) in told.asked.iter().enumerate() {
            let (code, said) = send(&server, &asked.user, "PATCH", &asked.path, &asked.content, &asked.body).await;
            all.push(Compared {
                name: format!("{}/{number}", told.name),
                real: (asked.code, asked.said.clone()),
                demo: (code, known.normal(&said)),
            });
        }
    }
    all
}

async fn send(server: &Server, user: &str, method: &str, path: &str, content: &str, body: &str) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if !content.is_empty() {
        request = request.header(header::CONTENT_TYPE, content);
    }
    let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
    let answer = server.client(user).call(request).await.unwrap();
    let code = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let said = serde_json::from_slice(&body).unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned().into());
    (code, said)
}

/// Requests of a story, by their numbers.
type Numbered = (&'static str, &'static [usize]);

/// What the demo refuses of the stories, and in which words.
const REFUSED: &[(&str, &[Numbered])] = &[
    ("the defaults of deployments that are created", &[("apply_creates_with_defaults", &[0])]),
    ("an apply to what nobody is recorded to have written", &[("apply_to_one_that_was_forgotten", &[0, 1, 2, 3])]),
    (
        "the defaults of what a write brings or takes away",
        &[
            ("items_with_two_keys", &[7, 8, 9, 11]),
            ("maps_of_one_value", &[3]),
            ("items_with_one_key", &[3, 4, 9]),
            ("lists_of_one_value", &[4]),
            ("merge_patches", &[3, 4]),
            ("merge_patches_of_lists", &[0, 2]),
            ("strategic_patches", &[2, 7, 9]),
            ("what_was_left_out_gets_its_default", &[0, 1, 2]),
            ("bodies_of_an_apply", &[10, 26]),
        ],
    ),
    ("this patch (map: map[image:web:2] does not contain declared merge key: name)", &[("strategic_patches", &[10])]),
    ("this patch (unknown patch type: unknown in map: map[$patch:unknown])", &[("strategic_patches", &[11])]),
    ("a patch to another kind", &[("whatever_changes_is_a_generation", &[3, 4])]),
    ("a write of deployments scale", &[("scale_is_tried", &[0, 1])]),
    (
        "a patch that is no object",
        &[
            ("bodies_of_an_apply", &[1, 2, 3, 4]),
            ("bodies_of_a_merge_patch", &[1, 2, 5]),
            ("bodies_of_a_strategic_patch", &[1, 2]),
        ],
    ),
    (
        "a patch to what the kind cannot hold",
        &[("bodies_of_a_merge_patch", &[6, 7, 9]), ("bodies_of_a_strategic_patch", &[5, 6, 7])],
    ),
];

/// Where the demo answers otherwise than the real server, and why.
const DIFFERENCES: &[(&str, &str, &[usize])] = &[
    ("values are not validated", "values_that_are_not_valid", &[0, 1, 3]),
    ("who reads YAML has words of its own", "bodies_of_an_apply", &[5, 6, 7]),
    ("who reads JSON has words of its own", "bodies_of_a_merge_patch", &[0, 3, 4, 10]),
    ("who reads JSON has words of its own", "bodies_of_a_strategic_patch", &[0, 3, 4]),
    ("Go quotes what cannot be printed in its own way", "options_of_an_apply", &[12]),
];

pub async fn stories() {
    let all = compared("stories").await;
    let refused: BTreeSet<(&str, String)> = REFUSED
        .iter()
        .flat_map(|(words, stories)| {
            stories
                .iter()
                .flat_map(move |(story, numbers)| numbers.iter().map(move |number| (*words, named(story, *number))))
        })
        .collect();
    let differing: BTreeSet<String> =
        DIFFERENCES.iter().flat_map(|(_, story, numbers)| numbers.iter().map(|number| named(story, *number))).collect();
    for one in &all {
        if differing.contains(&one.name) {
            assert!(!one.is_equal() && !one.is_refused(), "{}: no difference", one.name);
        } else if !one.is_refused() {
            one.check();
        }
    }
    assert_eq!(all.iter().filter_map(|one| Some((one.refused()?, one.name.clone()))).collect::<BTreeSet<_>>(), refused);
    assert_eq!((all.len(), refused.len(), differing.len()), (260, 47, 14));
}

fn named(story: &str, number: usize) -> String {
    format!("{story}/{number}")
}

/// Applies that nobody thought of, and the objects of the recorded cluster. Values are not validated: where the real server does
/// not take them, the demo may answer.
async fn many(file: &str, asked: usize, invalid: usize, expected: &[(&str, usize)]) {
    let all = compared(file).await;
    let mut refused = BTreeMap::<&str, usize>::new();
    let mut not_taken = 0;
    for one in &all {
        if let Some(words) = one.refused() {
            *refused.entry(words).or_default() += 1;
        } else if one.real.0 == 422 {
            not_taken += 1;
        } else {
            one.check();
        }
    }
    assert_eq!((all.len(), not_taken), (asked, invalid), "{file}");
    assert_eq!(refused, expected.iter().copied().collect(), "{file}");
}

pub async fn generated() {
    let refused = [("an amount in another form than it would be kept in", 3), (DEFAULTS, 108)];
    many("generated", 480, 3, &refused).await;
}

pub async fn recorded() {
    many("recorded", 803, 2, &[(DEFAULTS, 27)]).await;
}

const DEFAULTS: &str = "the defaults of what a write brings or takes away";
