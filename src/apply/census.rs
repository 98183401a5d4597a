//! Who is calling.

use serde_json::Value;

use crate::api::{Path, Reader};

/// The name of the calling user, when the server tells.
pub fn caller(reader: &Reader) -> Option<String> {
    reader.get(&Path::api("user/")).ok().and_then(|user: Value| user["username"].as_str().map(str::to_owned))
}
