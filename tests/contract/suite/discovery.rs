//! Discovery: what is served, in both forms.

use super::story::{Case, case};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const KUBECTL: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;\
                       g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

pub fn cases() -> Vec<Case> {
    vec![
        case("discovery_version").get("/version").ask("nobody", "GET", "/version").get("/version/"),
        case("discovery_core_versions").get("/api").get("/api/").ask("nobody", "GET", "/api"),
        case("discovery_groups").get("/apis").get("/apis/"),
        case("discovery_core_resources").get("/api/v1").get("/api/v1/"),
        case("discovery_one_group")
            .get("/apis/apps")
            .get("/apis/autoscaling")
            .get("/apis/source.toolkit.fluxcd.io")
            .get("/apis/helm.toolkit.fluxcd.io/"),
        case("discovery_built_in_resources")
            .get("/apis/apps/v1")
            .get("/apis/batch/v1")
            .get("/apis/autoscaling/v2")
            .get("/apis/networking.k8s.io/v1")
            .get("/apis/policy/v1")
            .get("/apis/apiextensions.k8s.io/v1"),
        case("discovery_custom_resources")
            .get("/apis/source.toolkit.fluxcd.io/v1")
            .get("/apis/helm.toolkit.fluxcd.io/v2"),
        case("discovery_aggregated").accept("/apis", AGGREGATED).accept("/api", AGGREGATED),
        case("discovery_as_kubectl_asks").accept("/apis", KUBECTL).accept("/api", KUBECTL).accept("/api/v1", KUBECTL),
        case("discovery_unknown_group").get("/apis/example.com").get("/apis/example.com/v1"),
        case("discovery_unknown_version").get("/apis/apps/v9").get("/api/v9").get("/apis/helm.toolkit.fluxcd.io/v1"),
        case("discovery_unknown_path").get("/example").get("//api/v1"),
        case("discovery_health").get("/healthz").get("/livez").get("/readyz").ask("nobody", "GET", "/readyz"),
        case("discovery_wrong_method")
            .ask("administrator", "POST", "/version")
            .ask("administrator", "DELETE", "/api/v1")
            .ask("administrator", "PUT", "/apis/apps")
            .ask("administrator", "POST", "/apis")
            .ask("administrator", "POST", "/api")
            .ask("administrator", "POST", "/apis/helm.toolkit.fluxcd.io")
            .ask("administrator", "POST", "/apis/helm.toolkit.fluxcd.io/v2")
            .ask("administrator", "POST", "/apis/apps/v1")
            .ask("administrator", "POST", "/healthz")
            .ask("viewer", "POST", "/version"),
    ]
}
