//! Suites of other projects, where they are at hand (`KUBEHOP_PEER_CASES`): read by tests, never copied.

use serde_json::Value;
use std::path::PathBuf;

/// The folder of a suite; says so where it is not at hand.
pub fn folder(name: &str) -> Option<PathBuf> {
    let found = std::env::var_os("KUBEHOP_PEER_CASES").map(|folder| PathBuf::from(folder).join(name));
    if found.is_none() {
        println!("KUBEHOP_PEER_CASES is not set: nothing is compared");
    }
    found
}

/// A list of an object; empty where there is none.
pub fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// A text of an object; empty where there is none.
pub fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}
