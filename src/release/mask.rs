//! stub
use serde_json::Value;
/// stub
pub fn mask_values(v: &Value) -> Value {
    v.clone()
}
/// stub
pub fn mask_object(v: &Value) -> Value {
    v.clone()
}
/// stub
pub fn mask_manifest(t: &str) -> String {
    t.to_owned()
}
