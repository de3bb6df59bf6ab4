//! The core held to its references: golden vectors, recordings of a real cluster, and properties.

#![allow(clippy::disallowed_methods, reason = "tests read the repository")]

mod apply;
mod blame;
mod controller;
mod demo;
mod demo_controllers;
mod demo_story;
mod diff;
mod diff_properties;
mod diff_text;
mod drift;
mod expressions;
mod fields;
mod fields_properties;
mod history;
mod join;
mod kstatus;
mod kstatus_command;
mod ownership;
mod patches;
mod properties;
mod recordings;
mod schema;
mod timeline;
#[path = "../told/mod.rs"]
mod told;
mod values;
mod vectors;
mod why;
mod why_cases;
mod world;
