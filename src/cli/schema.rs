//! `quaymaster schema`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::report::Column;
use super::{Ended, access, print, tokens};
use crate::apply::schema;

/// Print the JSON Schema of what is read or written.
///
/// For editors that check registry files, and for programs that read plans and reports. `docs/registry.schema.json` is the schema of
/// registry files with the description of each option.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Schema {
    /// What it describes.
    #[arg(value_enum, value_name = "WHAT")]
    what: What,
}

const HELP: &str = "\
Examples:
  quaymaster schema registry > registry.schema.json
  quaymaster schema plan";

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// Registry files.
    Registry,
    /// What plan, apply and destroy print with --output json.
    Plan,
    /// What access prints with --output json.
    Access,
    /// What tokens prints with --output json.
    Tokens,
}

impl Schema {
    /// Prints the schema.
    pub fn run(self) -> Ended {
        let text = match self.what {
            What::Registry => format!("{:#}\n", schema::schema(&|_, _| None)),
            What::Plan => include_str!("../../docs/plan.schema.json").to_owned(),
            What::Access => format!("{:#}\n", report("access", &access::COLUMNS, &["future", "repositories"])),
            What::Tokens => format!("{:#}\n", report("tokens", &tokens::COLUMNS, &["usage_known"])),
        };
        Ok(print::out(&text, ExitCode::SUCCESS))
    }
}

/// The schema of a report, which is that of its columns. A comparison has more of them.
fn report(name: &str, columns: &[Column], more: &[&str]) -> Value {
    let cells: Map<String, Value> =
        columns.iter().map(|column| (column.key.to_owned(), json!({"title": column.title}))).collect();
    let keys: Vec<&str> = columns.iter().map(|column| column.key).collect();
    let mut properties = json!({
        "question": {"type": "object", "description": "What was asked for; only reports about the same are compared."},
        name: {"type": "array", "items": {"type": "object", "properties": cells, "required": keys}},
        "incomplete": {"type": "array", "items": {"type": "string"}, "description": "What could not be read, a sentence each."},
    });
    more.iter().for_each(|key| properties[*key] = json!({}));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("quaymaster {name} --output json"),
        "type": "object",
        "properties": properties,
        "required": ["question", name, "incomplete"],
    })
}
