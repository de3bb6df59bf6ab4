use super::*;

/// Each object as `apiVersion kind namespace/name @document`, each bad document as its text.
fn check(manifest: &str, expected: &[&str]) {
    let actual: Vec<String> = objects(manifest)
        .into_iter()
        .map(|object| match object {
            Ok(object) => {
                let namespace = object.namespace.map(|namespace| namespace + "/").unwrap_or_default();
                let star = if object.is_name_generated { "*" } else { "" };
                let Object { api_version, kind, name, document, .. } = object;
                format!("{api_version} {kind} {namespace}{name}{star} @{document}")
            }
            Err(error) => error.to_string(),
        })
        .collect();
    assert_eq!(actual, expected, "{manifest}");
}

const A: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

#[test]
fn reads_objects_and_passes_over_nothing() {
    check("", &[]);
    check("# only a comment\n---\n\n---\n# Source: x\n--- ~\n", &[]);
    check(&format!("---\n# Source: c/t.yaml\n{A}---\n{A}"), &["v1 ConfigMap a @0", "v1 ConfigMap a @1"]);
    check("---apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-, namespace: shop}", &["v1 Pod shop/a-* @0"]);
}

#[test]
fn keeps_bad_documents_with_their_place() {
    check(
        &format!("{A}---\n# Source: c/bad.yaml\na: b\n  c: d\n---\n- a\n--- text\n---\nkind: A\n---\n{A}"),
        &[
            "v1 ConfigMap a @0",
            "document 2 (line 7): mapping values are not allowed in this context",
            "document 3 (line 9): it is a list and no object",
            "document 4 (line 10): it is text and no object",
            "document 5 (line 12): it has no `apiVersion`",
            "v1 ConfigMap a @5",
        ],
    );
    check("kind: A\napiVersion: v1\n", &["document 1 (line 1): it has no `metadata.name`"]);
    let source = objects("# Source: c/bad.yaml\n{").remove(0).unwrap_err().source;
    assert_eq!(source.as_deref(), Some("c/bad.yaml"));
}

#[test]
fn opens_lists() {
    check(
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: a}}\n- 7\n",
        &["v1 A a @0", "document 1 (line 1): it is a number and no object"],
    );
    check("apiVersion: v1\nkind: ConfigMapList\nitems: [{metadata: {name: a}}]\n", &["v1 ConfigMap a @0"]);
    check("{apiVersion: v1, kind: List, items: []}\n", &[]);
    let nested = (0..20).fold("{}".to_owned(), |inner, _| format!("{{kind: List, items: [{inner}]}}"));
    check(&nested, &["document 1 (line 1): its lists are nested too deeply"]);
}

#[test]
fn finds_the_template() {
    let manifest = "\n# c\n# Source: a/b.yaml \nx: 1\n---\nx: 1\n# Source: no\n";
    let sources: Vec<_> = split(manifest).iter().map(|document| (document.line, document.source)).collect();
    assert_eq!(sources, [(2, Some("a/b.yaml")), (6, None)]);
}

#[test]
fn pieces_are_the_whole_text() {
    for manifest in ["", "---", " \n---\na\n--- b\n ---\nc---", "a\n\n---\t \t\n---x", "\u{2003}---\na"] {
        let whole: String = pieces(manifest).iter().flat_map(|piece| [piece.separator, piece.text]).collect();
        assert_eq!(whole, manifest);
    }
}
