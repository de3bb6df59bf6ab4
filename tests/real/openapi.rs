//! What the API server says of the types of its kinds.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use wheelhouse::cluster::{Cluster as Client, Target};
use wheelhouse::config::Cache;
use wheelhouse::demo::bundle::Bundle;
use wheelhouse::release::ProblemKind;
use wheelhouse::schema::Schema;

use crate::Case;
use crate::cluster::{Cluster, User};
use crate::contract::suite::documents;

pub const CASES: &[Case] = &[
    Case::shared("the_documents_of_the_demo_are_those_of_the_server", the_same),
    Case::shared("each_document_is_fetched_once_and_kept", fetched),
];

/// `UPDATE_CONTRACT=1` writes down what it says now.
fn the_same(cluster: &'static Cluster) {
    let definitions = definitions();
    for (path, definition) in &definitions {
        let path = format!("{path}?fieldManager=contract&force=true");
        let text = definition.to_string();
        let mut connection = cluster.connection().unwrap();
        let token = cluster.token(User::Admin);
        let answer =
            connection.send_as("application/apply-patch+yaml", "PATCH", &path, Some(&token), Some(&text)).unwrap();
        assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
    }
    let known = || {
        let index = cluster.get("/openapi/v3");
        documents::NAMES.iter().all(|name| index["paths"].get(name).is_some())
    };
    cluster.wait("the documents to be in the index", Duration::from_secs(120), known);
    let of = |name: &&str| ((*name).to_owned(), documents::plain(&cluster.get(&format!("/openapi/v3/{name}"))));
    let said: Map<String, Value> = documents::NAMES.iter().map(of).collect();
    for (path, _) in &definitions {
        cluster.request(User::Admin, "DELETE", path, None);
    }
    if std::env::var_os("UPDATE_CONTRACT").is_some() {
        documents::write(&said);
        return;
    }
    let committed = documents::committed();
    assert_eq!(said.keys().collect::<Vec<_>>(), committed.keys().collect::<Vec<_>>());
    for (name, document) in &said {
        crate::contract::suite::check(name, document, &committed[name]);
    }
}

/// The definitions that the demo has and the test cluster lacks, as one would apply them, and where.
pub fn definitions() -> Vec<(String, Value)> {
    let objects = Bundle::embedded().unwrap().objects(Timestamp::UNIX_EPOCH).unwrap();
    let defines = |object: &Value| object["kind"] == "CustomResourceDefinition";
    let definitions = objects.into_iter().filter(defines).map(|object| {
        let name = object["metadata"]["name"].as_str().unwrap();
        let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
        let definition = json!({
            "apiVersion": object["apiVersion"],
            "kind": object["kind"],
            "metadata": {"name": name},
            "spec": object["spec"],
        });
        (path, definition)
    });
    definitions.collect()
}

/// By the user without rights, too: whoever is known may read what describes the kinds.
fn fetched(cluster: &'static Cluster) {
    let folder = tempfile::tempdir().unwrap();
    let committed = documents::committed();
    let target = Target { kubeconfig: Some(cluster.kubeconfig(User::Nobody)), context: None };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let names = ["api/v1", "apis/apps/v1", "apis/helm.toolkit.fluxcd.io/v2"];
    for documents in [names.as_slice(), &[]] {
        let mark = cluster.audit_mark();
        runtime.block_on(async {
            let client = Client::open(&target).await.unwrap().with_cache(Cache::at(folder.path()));
            for name in names {
                let version = name.split_once('/').unwrap().1;
                let (one, two) = tokio::join!(client.schema(version), client.schema(version));
                assert_eq!(*one.unwrap(), Schema::from_openapi(&committed[name]).unwrap(), "{name}");
                assert!(two.is_ok());
            }
            let absent = client.schema("nobody.example.com/v1").await.unwrap_err();
            assert_eq!(absent.kind, ProblemKind::NotFound);
        });
        let asked: Vec<String> = cluster
            .audit_since(mark)
            .into_iter()
            // Stories of the contract are told meanwhile, by other clients.
            .filter(|event| event.user_agent.starts_with("wheelhouse/") && event.uri.starts_with("/openapi"))
            .inspect(|event| assert_eq!(event.user, User::Nobody.name()))
            .map(|event| event.uri.split('?').next().unwrap().to_owned())
            .collect();
        let expected: Vec<String> = std::iter::once("/openapi/v3".to_owned())
            .chain(documents.iter().map(|name| format!("/openapi/v3/{name}")))
            .collect();
        assert_eq!(asked, expected);
    }
}
