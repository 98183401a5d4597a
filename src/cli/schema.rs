//! `quaymaster schema`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::report::Column;
use super::report::json::FORMAT_VERSION;
use super::{Ended, access, audit, preview, print, tokens, usage};
use crate::apply::audit::policy;
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
    /// What usage prints with --output json.
    Usage,
    /// What preview prints with --output json.
    Preview,
    /// What audit prints with --output json.
    Audit,
    /// The file of rules for audit --rules.
    Rules,
    /// A line of what logs prints.
    Logs,
}

impl Schema {
    /// Prints the schema.
    pub fn run(self) -> Ended {
        let schema = match self.what {
            What::Plan => return Ok(print::out(include_str!("../../docs/plan.schema.json"), ExitCode::SUCCESS)),
            What::Registry => schema::schema(&|_, _| None),
            What::Access => report("access", "access", &access::COLUMNS, &["future", "repositories"]),
            What::Tokens => report("tokens", "tokens", &tokens::COLUMNS, &["usage_known"]),
            What::Usage => report("usage", "usage", &usage::COLUMNS, &["total", "registry"]),
            What::Preview => report("preview", "preview", &preview::COLUMNS, &["tags", "repositories"]),
            What::Audit => report("audit", "findings", &audit::COLUMNS, &["counts", "excused"]),
            What::Rules => policy::schema(),
            What::Logs => logs(),
        };
        Ok(print::out(&format!("{schema:#}\n"), ExitCode::SUCCESS))
    }
}

/// The schema of a report, which is that of its columns. A comparison has more of them.
fn report(command: &str, name: &str, columns: &[Column], more: &[&str]) -> Value {
    let cells: Map<String, Value> =
        columns.iter().map(|column| (column.key.to_owned(), json!({"title": column.title}))).collect();
    let keys: Vec<&str> = columns.iter().map(|column| column.key).collect();
    let version = "Goes up when a program that reads this would have to change; new keys are no such change.";
    let mut properties = json!({
        "format_version": {"const": FORMAT_VERSION, "description": version},
        "question": {"type": "object", "description": "What was asked for; only reports about the same are compared."},
        name: {"type": "array", "items": {"type": "object", "properties": cells, "required": keys}},
        "incomplete": {"type": "array", "items": {"type": "string"}, "description": "What could not be read, a sentence each."},
    });
    more.iter().for_each(|key| properties[*key] = json!({}));
    json!({
        "$schema": schema::DIALECT,
        "title": format!("quaymaster {command} --output json"),
        "type": "object",
        "properties": properties,
        "required": ["format_version", "question", name, "incomplete"],
    })
}

/// An entry of the log, as each line of `quaymaster logs` holds one.
fn logs() -> Value {
    json!({
        "$schema": schema::DIALECT,
        "title": "A line of quaymaster logs",
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": "Tells the entry from all others, the same in each run."},
            "time": {"type": "string", "format": "date-time"},
            "kind": {"type": "string"},
            "datetime": {"type": "string", "description": "The time as Quay writes it."},
            "ip": {"type": ["string", "null"]},
            "performer": {"type": ["object", "null"], "description": "Who did it: kind, name, is_robot."},
            "namespace": {"type": "object", "description": "Where it was done: kind, name."},
            "metadata": {"description": "What Quay notes of such an entry; secrets are hidden."},
        },
        "required": ["id", "time", "kind", "datetime", "ip", "performer", "metadata"],
    })
}
