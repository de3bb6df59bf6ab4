//! What a person sees and what is asked for, told as stories: keys and changes in, effects and screen text out.

mod fixture;
mod list;
mod pen;
mod release;
mod scenario;
