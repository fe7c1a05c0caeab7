//! The `kubehop` binary.
fn main() {}
