//! One release.
