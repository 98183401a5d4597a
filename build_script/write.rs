//! The argument tables as Rust source, in the types of `src/modules/contract.rs`.

use std::fmt::Write;

use super::document::Document;
use super::option::Argument;

/// Source of `pub static DOCUMENTS: &[Document]`.
pub fn rust(documents: &[Document]) -> String {
    let mut out =
        String::from("/// Every module's documentation, sorted by name.\npub static DOCUMENTS: &[Document] = &[\n");
    for document in documents {
        let Document { name, summary, version_added, returns, .. } = document;
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(out, "Document {{ name: {name:?}, summary: {summary:?}, version_added: {version_added:?},");
        out.push_str("options: ");
        arguments(&document.options, &mut out);
        let _ = writeln!(out, ", returns: &{returns:?} }},");
    }
    out.push_str("];\n");
    out
}

fn arguments(options: &[Argument], out: &mut String) {
    out.push_str("&[");
    for argument in options {
        let Argument { name, kind, elements, required, default, choices, aliases, suboptions } = argument;
        let default = default.as_ref().map(ToString::to_string);
        let choices: Vec<String> = choices.iter().map(ToString::to_string).collect();
        let _ = write!(
            out,
            "\nArgument {{ name: {name:?}, kind: Kind::{kind}, elements: Kind::{elements}, required: {required}, \
             default: {default:?}, choices: &{choices:?}, aliases: &{aliases:?}, suboptions: "
        );
        arguments(suboptions, out);
        out.push_str(" },");
    }
    out.push(']');
}
