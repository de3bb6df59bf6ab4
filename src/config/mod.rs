//! Keymaps and themes: their types, their files, and what may be wrong with them; and the folder of what may be kept.
//!
//! Only [`load`] and [`cache`] touch the file system, and [`surroundings`] the list of the machine's users. Parsing validates and never acts: a file that is not right is answered with
//! every [`Fault`] that it has, each with its line and, where there is one, a suggestion. A keymap is a table from keys
//! to the names of commands; the application knows which commands exist.

pub mod cache;
pub mod depth;
pub mod fault;
pub mod key;
pub mod keymap;
pub mod load;
pub mod settings;
pub mod surroundings;
pub mod theme;

pub use cache::Cache;
pub use depth::Depth;
pub use fault::{Fault, Origin, nearest};
pub use key::{Code, Key, Sequence};
pub use keymap::{Binding, Context, Keymap};
pub use settings::{Guards, Settings};
pub use surroundings::{Multiplexer, Surroundings};
pub use theme::{Background, Role, Theme};
