//! Who may do what.

use super::story::{Case, case, config_map, secret};

fn in_checkout(mut object: serde_json::Value) -> serde_json::Value {
    object["metadata"]["namespace"] = "checkout".into();
    object
}

pub fn cases() -> Vec<Case> {
    vec![
        case("stranger").ask("stranger", "GET", "/api/v1/pods").ask("stranger", "GET", "/version"),
        case("nobody_reads_nothing")
            .ask("nobody", "GET", "/api/v1/pods")
            .ask("nobody", "GET", "/api/v1/namespaces")
            .ask("nobody", "GET", "/api/v1/namespaces/{ns}")
            .ask("nobody", "GET", "/api/v1/namespaces/{ns}/secrets/one")
            .ask("nobody", "GET", "/apis/apps/v1/namespaces/{ns}/deployments/one")
            .ask("nobody", "GET", "/apis/helm.toolkit.fluxcd.io/v2/helmreleases")
            .ask("nobody", "GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/one"),
        case("nobody_discovers").ask("nobody", "GET", "/apis/apps").ask(
            "nobody",
            "GET",
            "/apis/helm.toolkit.fluxcd.io/v2",
        ),
        case("nobody_and_other_paths")
            .ask("nobody", "GET", "/")
            .ask("nobody", "GET", "/metrics")
            .ask("nobody", "GET", "/example")
            .ask("nobody", "POST", "/api"),
        case("nobody_and_what_there_is_not")
            .ask("nobody", "GET", "/apis/example.com/v1/examples")
            .ask("nobody", "GET", "/api/v1/nodes/one")
            .ask("nobody", "GET", "/apis/apps/v1/namespaces/{ns}/examples/one"),
        case("nobody_watches_nothing")
            .watch_as("nobody", "/api/v1/namespaces/{ns}/pods?watch=true")
            .watch_as("nobody", "/api/v1/pods?watch=1&fieldSelector=metadata.name%3Done"),
        case("nobody_selects_a_name").ask("nobody", "GET", "/api/v1/pods?fieldSelector=metadata.name%3Done"),
        case("nobody_and_subresources").ask("nobody", "GET", "/api/v1/namespaces/{ns}/pods/one/log").ask(
            "nobody",
            "GET",
            "/apis/apps/v1/namespaces/{ns}/deployments/one/status",
        ),
        case("viewer_reads_status_and_workloads")
            .put(config_map("one", &[("of", "viewer")]))
            .ask("viewer", "GET", "/api/v1/namespaces/{ns}/configmaps?labelSelector=of")
            .ask("viewer", "GET", "/api/v1/namespaces/{ns}/pods")
            .ask("viewer", "GET", "/apis/apps/v1/namespaces/{ns}/deployments")
            .ask("viewer", "GET", "/apis/apps/v1/namespaces/{ns}/deployments/absent/status")
            .ask("viewer", "GET", "/apis/helm.toolkit.fluxcd.io/v2/namespaces/{ns}/helmreleases")
            .ask("viewer", "GET", "/apis/source.toolkit.fluxcd.io/v1/namespaces/{ns}/helmcharts")
            .ask("viewer", "GET", "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets")
            .ask("viewer", "GET", "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers")
            .ask("viewer", "GET", "/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses")
            .ask("viewer", "GET", "/apis/batch/v1/namespaces/{ns}/jobs")
            .ask("viewer", "GET", "/api/v1/namespaces?fieldSelector=metadata.name%3D{ns}"),
        case("viewer_reads_no_secrets")
            .put(secret("one", &[]))
            .ask("viewer", "GET", "/api/v1/secrets")
            .ask("viewer", "GET", "/api/v1/namespaces/{ns}/secrets")
            .ask("viewer", "GET", "/api/v1/namespaces/{ns}/secrets/one")
            .watch_as("viewer", "/api/v1/namespaces/{ns}/secrets?watch=true"),
        case("viewer_reads_no_definitions").ask(
            "viewer",
            "GET",
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        ),
        case("viewer_writes_nothing")
            .ask("viewer", "POST", "/api/v1/namespaces/{ns}/configmaps")
            .ask("viewer", "PUT", "/api/v1/namespaces/{ns}/configmaps/one")
            .ask("viewer", "PATCH", "/apis/helm.toolkit.fluxcd.io/v2/namespaces/{ns}/helmreleases/one")
            .ask("viewer", "DELETE", "/apis/apps/v1/namespaces/{ns}/deployments/one")
            .ask("viewer", "DELETE", "/apis/apps/v1/namespaces/{ns}/deployments")
            .ask("viewer", "OPTIONS", "/api/v1/namespaces/{ns}/configmaps"),
        case("viewer_and_exec")
            .ask("viewer", "GET", "/api/v1/namespaces/{ns}/pods/one/exec")
            .ask("viewer", "POST", "/api/v1/namespaces/{ns}/pods/one/exec")
            .ask("viewer", "GET", "/api/v1/namespaces/{ns}/pods/one/log"),
        case("writer_reads_as_the_viewer_elsewhere")
            .put(config_map("one", &[("of", "writer")]))
            .ask("writer", "GET", "/api/v1/namespaces/{ns}/configmaps?labelSelector=of")
            .ask("writer", "GET", "/api/v1/namespaces/{ns}/secrets")
            .ask("writer", "PATCH", "/apis/helm.toolkit.fluxcd.io/v2/namespaces/{ns}/helmreleases/one")
            .ask("writer", "DELETE", "/apis/apps/v1/namespaces/{ns}/deployments/one"),
        case("writer_writes_in_one_namespace")
            .ask("writer", "GET", "/api/v1/namespaces/payments/secrets/absent")
            .ask("writer", "DELETE", "/api/v1/namespaces/payments/secrets/absent")
            .ask("writer", "DELETE", "/apis/apps/v1/namespaces/payments/deployments/absent")
            .ask("writer", "DELETE", "/apis/helm.toolkit.fluxcd.io/v2/namespaces/payments/helmreleases/absent")
            .ask("writer", "DELETE", "/apis/source.toolkit.fluxcd.io/v1/namespaces/payments/ocirepositories/absent"),
        case("writer_lacks_a_right")
            .ask("writer", "GET", "/apis/policy/v1/namespaces/payments/poddisruptionbudgets/absent")
            .ask("writer", "PATCH", "/apis/policy/v1/namespaces/payments/poddisruptionbudgets/absent")
            .ask("writer", "DELETE", "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/payments/kustomizations/absent")
            .ask("writer", "DELETE", "/api/v1/namespaces/payments/events/absent")
            .ask("writer", "DELETE", "/api/v1/namespaces/payments"),
        case("two_reads_its_namespaces")
            .put(in_checkout(secret("contract", &[("of", "two")])))
            .ask("two", "GET", "/api/v1/namespaces/checkout/secrets?labelSelector=of%3Dtwo")
            .ask("two", "GET", "/api/v1/namespaces/checkout/secrets/contract")
            .ask("two", "GET", "/api/v1/namespaces/payments/pods/absent")
            .ask("two", "GET", "/apis/apps/v1/namespaces/payments/deployments/absent/status")
            .ask("two", "GET", "/apis/helm.toolkit.fluxcd.io/v2/namespaces/payments/helmreleases/absent"),
        case("two_reads_nothing_else")
            .ask("two", "GET", "/api/v1/secrets")
            .ask("two", "GET", "/api/v1/namespaces/{ns}/secrets")
            .ask("two", "GET", "/api/v1/namespaces")
            .ask("two", "GET", "/api/v1/namespaces/checkout")
            .ask("two", "GET", "/apis/helm.toolkit.fluxcd.io/v2/helmreleases")
            .ask("two", "GET", "/apis/policy/v1/namespaces/checkout/poddisruptionbudgets"),
        case("two_and_subresources").ask("two", "GET", "/api/v1/namespaces/checkout/pods/one/log"),
        case("administrator_and_wrong_methods")
            .ask("administrator", "OPTIONS", "/api/v1/namespaces/{ns}/configmaps")
            .ask("administrator", "POST", "/api/v1/namespaces/{ns}/configmaps/one")
            .ask("administrator", "PUT", "/api/v1/namespaces/{ns}/configmaps")
            .ask("administrator", "OPTIONS", "/apis/helm.toolkit.fluxcd.io/v2/namespaces/{ns}/helmreleases/one"),
    ]
}
