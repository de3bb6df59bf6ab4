pub mod release {}
