//! Texts the way Python writes them: Quay's validation errors quote values and schemas.

use std::fmt::Write as _;

use serde_json::Value;

/// `repr()` of a JSON value.
pub fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => repr_text(text),
        Value::Array(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let items: Vec<String> =
                sorted(map).iter().map(|(key, value)| format!("{}: {}", repr_text(key), repr(value))).collect();
            format!("{{{}}}", items.join(", "))
        }
    }
}

/// `repr()` of a text.
pub fn repr_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for sign in text.chars() {
        match sign {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            sign if sign == quote => {
                out.push('\\');
                out.push(sign);
            }
            sign if sign.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\x{:02x}", u32::from(sign));
            }
            sign => out.push(sign),
        }
    }
    out.push(quote);
    out
}

fn sorted(map: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut items: Vec<_> = map.iter().collect();
    items.sort_by_key(|(key, _)| *key);
    items
}

/// `pprint.pformat()` with a width of 72 columns.
pub fn pretty(value: &Value) -> String {
    let mut out = String::new();
    Printer { width: 72 }.value(&mut out, value, 0, 0, 0);
    out
}

struct Printer {
    width: usize,
}

impl Printer {
    fn value(&self, out: &mut String, value: &Value, indent: usize, allowance: usize, level: usize) {
        let text = repr(value);
        if text.chars().count() <= self.width.saturating_sub(indent + allowance) {
            out.push_str(&text);
            return;
        }
        match value {
            Value::Object(map) => {
                out.push('{');
                let items = sorted(map);
                for (index, (key, item)) in items.iter().enumerate() {
                    let last = index + 1 == items.len();
                    let key = repr_text(key);
                    out.push_str(&key);
                    out.push_str(": ");
                    let inner = indent + 1 + key.chars().count() + 2;
                    self.value(out, item, inner, if last { allowance + 1 } else { 1 }, level + 1);
                    if !last {
                        new_line(out, indent + 1);
                    }
                }
                out.push('}');
            }
            Value::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    let last = index + 1 == items.len();
                    self.value(out, item, indent + 1, if last { allowance + 1 } else { 1 }, level + 1);
                    if !last {
                        new_line(out, indent + 1);
                    }
                }
                out.push(']');
            }
            Value::String(text) => self.text(out, text, indent, allowance, level + 1),
            _ => out.push_str(&text),
        }
    }

    fn text(&self, out: &mut String, text: &str, indent: usize, allowance: usize, level: usize) {
        let top = level == 1;
        let (indent, allowance) = if top { (indent + 1, allowance + 1) } else { (indent, allowance) };
        let width = self.width.saturating_sub(indent);
        let parts: Vec<&str> = text.split_inclusive(char::is_whitespace).collect();
        let mut chunks: Vec<String> = Vec::new();
        let mut current = String::new();
        for (index, part) in parts.iter().enumerate() {
            let room = if index + 1 == parts.len() { width.saturating_sub(allowance) } else { width };
            let candidate = format!("{current}{part}");
            if repr_text(&candidate).chars().count() > room && !current.is_empty() {
                chunks.push(repr_text(&current));
                current = (*part).to_owned();
            } else {
                current = candidate;
            }
        }
        chunks.push(repr_text(&current));
        let several = top && chunks.len() > 1;
        if several {
            out.push('(');
        }
        out.push_str(&chunks.join(&format!("\n{}", " ".repeat(indent))));
        if several {
            out.push(')');
        }
    }
}

fn new_line(out: &mut String, indent: usize) {
    out.push_str(",\n");
    out.push_str(&" ".repeat(indent));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_quoted_like_python_does() {
        assert_eq!(repr(&json!(["a", null, true, "it's", "\\d"])), r#"['a', None, True, "it's", '\\d']"#);
    }

    #[test]
    fn long_values_break_like_pprint() {
        let value = json!({
            "description": "Org wide permissions that should apply to the team",
            "enum": ["member", "creator", "admin"],
            "type": "string",
        });
        let expected = "{'description': 'Org wide permissions that should apply to the team',\n 'enum': ['member', 'creator', 'admin'],\n 'type': 'string'}";
        assert_eq!(pretty(&value), expected);
    }
}
