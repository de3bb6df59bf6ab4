//! The documents that describe the kinds: the index, and one document for each group and version.

use super::story::{Case, case};

const JSON: &str = "application/json";

pub fn cases() -> Vec<Case> {
    vec![
        case("openapi_index").get("/openapi/v3").get("/openapi/v3/").ask("nobody", "GET", "/openapi/v3"),
        case("openapi_documents").get("/openapi/v3/api/v1").get("/openapi/v3/apis/apps/v1").ask(
            "nobody",
            "GET",
            "/openapi/v3/apis/helm.toolkit.fluxcd.io/v2",
        ),
        case("openapi_by_hash")
            .get("/openapi/v3")
            .get("/openapi/v3/apis/apps/v1?hash={hash of apis/apps/v1}")
            .get("/openapi/v3/apis/apps/v1?hash=OLD")
            .get("/openapi/v3/apis/helm.toolkit.fluxcd.io/v2?hash={hash of apis/helm.toolkit.fluxcd.io/v2}")
            .get("/openapi/v3/apis/helm.toolkit.fluxcd.io/v2?hash=OLD"),
        case("openapi_accepting")
            .accept("/openapi/v3", JSON)
            .accept("/openapi/v3/apis/apps/v1", JSON)
            .accept("/openapi/v3/apis/apps/v1", "text/html, */*;q=0.1")
            .accept("/openapi/v3/apis/apps/v1", "text/html")
            .get_with("/openapi/v3/apis/apps/v1", &[("accept-encoding", "gzip")]),
        case("openapi_unknown")
            .get("/openapi/v3/apis/example.com/v1")
            .get("/openapi/v3/example")
            .get("/openapi/v3/apis/example"),
        case("openapi_wrong_method").ask("administrator", "POST", "/openapi/v3").ask(
            "administrator",
            "DELETE",
            "/openapi/v3/apis/apps/v1",
        ),
        case("openapi_stranger").ask("stranger", "GET", "/openapi/v3").ask(
            "stranger",
            "GET",
            "/openapi/v3/apis/apps/v1",
        ),
    ]
}
