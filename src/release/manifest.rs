//! stub
use serde_json::Value;
/// stub
pub struct Object {
    /// body
    pub body: Value,
}
/// stub
pub fn objects(_: &str) -> Vec<Result<Object, String>> {
    Vec::new()
}
