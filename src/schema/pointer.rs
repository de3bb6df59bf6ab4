//! JSON pointers (RFC 6901).

/// A key as a step of a pointer.
#[must_use]
pub fn step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The pointer to what is below another under this key.
#[must_use]
pub fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", step(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_pointer_is_escaped() {
        assert_eq!(below("/metadata/annotations", "a.b/c~d"), "/metadata/annotations/a.b~1c~0d");
        assert_eq!(below("", ""), "/");
    }
}
