//! What a person sees and what is asked for, told as stories: keys and changes in, effects and screen text out.

#![allow(clippy::disallowed_methods, reason = "tests read the repository")]

mod contexts;
mod diff;
mod fixture;
mod history;
mod list;
mod live;
mod logs;
mod objects;
mod palette;
mod pen;
mod plan;
mod preflight;
mod release;
mod rights;
mod scenario;
mod states;
mod styled;
mod suspension;
mod text;
mod timeline;
mod typed_ahead;
mod unfinished;
mod values;
mod verdicts;
mod why;
