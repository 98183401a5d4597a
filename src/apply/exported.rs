//! An export for those who ask for one: connected, and as the text of a file.

use serde_json::{Map, Value};

use super::export::{self, Export, Wanted};
use super::yaml::write;
use crate::api::{Reader, Settings};
use crate::error::Error;

/// Exports from the server of checked connection options.
///
/// # Errors
/// Everything that could not be read, a sentence each.
pub fn read(connection: &Map<String, Value>, wanted: &Wanted<'_>) -> Result<Export, Vec<String>> {
    let reader = Reader::connect(Settings::from_options(connection)).map_err(|error| vec![error.to_string()])?;
    export::export(&reader, wanted).map_err(|errors| errors.iter().map(Error::to_string).collect())
}

/// The text of a registry file. What had to be left out stands in comments at its top.
pub fn text(export: &Export) -> String {
    let mut text = String::new();
    if !export.left_out.is_empty() {
        text.push_str("# Quay does not show these; add them where they are needed:\n");
    }
    for line in &export.left_out {
        // A name from the server must not end the comment.
        let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        text.push_str(&format!("#   {line}\n"));
    }
    text + &write::write(&export.value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_left_out_stands_in_comments() {
        let left_out = vec!["proxy_cache of acme: password\norganizations: []".to_owned()];
        let text = text(&Export { value: json!({"organizations": [{"name": "acme"}]}), left_out });
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("# ") && lines[1] == "#   proxy_cache of acme: password organizations: []");
        assert_eq!(lines[2..], ["---", "organizations:", "  - name: acme"]);
    }
}
