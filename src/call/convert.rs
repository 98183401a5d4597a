//! Conversion of one value to the type of its option, as Ansible's library does it.

use serde_json::{Map, Value};

use super::python;
use crate::modules::contract::Kind;
use crate::quay::without_line_end;

/// Looks up an environment variable.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Ansible's name of a type.
pub fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Str => "str",
        Kind::Bool => "bool",
        Kind::Int => "int",
        Kind::Float => "float",
        Kind::List => "list",
        Kind::Dict => "dict",
        Kind::Path => "path",
        Kind::Raw => "raw",
    }
}

/// Whether `value` has the form already that [`convert`] would give it.
pub fn is_converted(kind: Kind, value: &Value) -> bool {
    match (kind, value) {
        (Kind::Raw, _)
        | (Kind::Bool, Value::Bool(_))
        | (Kind::List, Value::Array(_))
        | (Kind::Dict, Value::Object(_)) => true,
        (Kind::Str, Value::String(text)) => without_line_end(text).len() == text.len(),
        _ => false,
    }
}

/// Converts `value`; the elements of a list stay as they are. Unlike in Ansible, a text loses the line breaks at its end.
///
/// # Errors
/// The end of Ansible's message: the reason why the value is not of that type.
pub fn convert(kind: Kind, value: &Value, environment: Environment) -> Result<Value, String> {
    match kind {
        Kind::Raw => Ok(value.clone()),
        Kind::Str => Ok(Value::String(text(value))),
        Kind::Path => Ok(Value::String(path(&text(value), environment))),
        Kind::Bool => match value {
            Value::Bool(_) | Value::Number(_) | Value::String(_) => boolean(value).map(Value::Bool).ok_or_else(|| {
                format!("The value '{}' is not a valid boolean. Valid booleans include: {BOOLEANS}", python::str(value))
            }),
            _ => Err(cannot("bool", value)),
        },
        Kind::Int => integer(value).ok_or_else(|| format!("\"{}\" cannot be converted to an int", python::repr(value))),
        Kind::Float => float(value).map(Value::from).ok_or_else(|| cannot("float", value)),
        Kind::List => match value {
            Value::Array(_) => Ok(value.clone()),
            Value::String(text) => Ok(text.split(',').collect()),
            Value::Number(_) | Value::Bool(_) => Ok(Value::Array(vec![Value::String(python::str(value))])),
            _ => Err(cannot("list", value)),
        },
        Kind::Dict => match value {
            Value::Object(_) => Ok(value.clone()),
            Value::String(text) => dictionary(text).map(Value::Object),
            _ => Err(cannot("dict", value)),
        },
    }
}

const BOOLEANS: &str = "'y', 'yes', 'on', '1', 'true', 't', 1, 'n', 'no', 'off', '0', 'false', 'f', 0";

fn cannot(kind: &str, value: &Value) -> String {
    format!("<class '{}'> cannot be converted to a {kind}", python::type_name(value))
}

fn text(value: &Value) -> String {
    match value {
        // Where null is a value at all (in a list), it is empty text.
        Value::Null => String::new(),
        Value::String(text) => without_line_end(text).to_owned(),
        _ => python::str(value),
    }
}

/// The boolean that Ansible understands under `value`.
pub fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) if number.as_f64() == Some(1.0) => Some(true),
        Value::Number(number) if number.as_f64() == Some(0.0) => Some(false),
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "y" | "yes" | "on" | "1" | "true" | "t" => Some(true),
            "n" | "no" | "off" | "0" | "false" | "f" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn integer(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(value) => Some(Value::from(i64::from(*value))),
        Value::Number(number) if !number.is_f64() => Some(value.clone()),
        // The exact digits of a float decide, as `decimal.Decimal` does.
        Value::Number(number) => decimal_integer(&format!("{}", number.as_f64()?)),
        Value::String(text) => decimal_integer(text),
        _ => None,
    }
}

/// The whole number that a decimal text such as `7`, `1_000`, `2.0` or `1e3` stands for.
fn decimal_integer(text: &str) -> Option<Value> {
    let text = text.trim().replace('_', "");
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(&text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // Place of the decimal point, counted in digits from the left.
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
    let point = usize::try_from(point.max(0)).ok()?;
    let fraction = digits.get(point..).unwrap_or_default();
    if fraction.bytes().any(|digit| digit != b'0') {
        return None;
    }
    if digits.bytes().all(|digit| digit == b'0') {
        return Some(Value::from(0));
    }
    // Numbers beyond 64 bits are no use to any option, and a huge exponent must not fill the memory.
    if point > 40 {
        return None;
    }
    digits.truncate(point);
    let number = format!("{sign}{digits:0<point$}");
    number.parse::<i64>().map(Value::from).or_else(|_| number.parse::<u64>().map(Value::from)).ok()
}

fn float(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => {
            let text = text.trim();
            let separated = |part: &str| part.ends_with(|c: char| c.is_ascii_digit());
            let parts: Vec<_> = text.split('_').collect();
            let grouped =
                parts.windows(2).all(|pair| separated(pair[0]) && pair[1].starts_with(|c: char| c.is_ascii_digit()));
            if !grouped {
                return None;
            }
            parts.concat().parse().ok()?
        }
        _ => return None,
    };
    // JSON has no infinity, and no option wants one.
    number.is_finite().then_some(number)
}

/// A dict written as JSON, or as `k1=v1, k2="v 2"`.
fn dictionary(text: &str) -> Result<Map<String, Value>, String> {
    if text.starts_with('{') {
        return serde_json::from_str(text).map_err(|_| "unable to evaluate string as dictionary".to_string());
    }
    if !text.contains('=') {
        return Err("dictionary requested, could not parse JSON or key=value".to_string());
    }
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quote = None;
    let mut characters = text.trim().chars();
    while let Some(c) = characters.next() {
        match (c, quote) {
            ('\\', _) => field.extend(characters.next()),
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(open)) if open == c => quote = None,
            (',' | ' ', None) => fields.push(std::mem::take(&mut field)),
            _ => field.push(c),
        }
    }
    fields.push(field);
    fields
        .iter()
        .filter(|field| !field.is_empty())
        .map(|field| field.split_once('=').map(|(key, value)| (key.to_string(), Value::from(value))))
        .collect::<Option<Map<_, _>>>()
        .ok_or_else(|| "unable to evaluate string in the \"key=value\" format as dictionary".to_string())
}

/// Replaces `$NAME`, `${NAME}`, and `~` or `~user` at the start. What is unknown stays as it is.
fn path(text: &str, environment: Environment) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
        let (name, next) = braced.unwrap_or_else(|| after.split_at(end));
        match environment(name).filter(|_| !name.is_empty()) {
            Some(value) => {
                out.push_str(&value);
                rest = next;
            }
            None => {
                out.push('$');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    home(&out, environment).unwrap_or(out)
}

fn home(path: &str, environment: Environment) -> Option<String> {
    let path = path.strip_prefix('~')?;
    let (user, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
    let home = if user.is_empty() { environment("HOME")? } else { home_of(user)? };
    let joined = format!("{}{rest}", home.trim_end_matches('/'));
    Some(if joined.is_empty() { "/".to_string() } else { joined })
}

fn home_of(user: &str) -> Option<String> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    accounts.lines().find_map(|line| {
        let fields: Vec<_> = line.split(':').collect();
        (fields.first() == Some(&user)).then(|| fields.get(5).map(ToString::to_string))?
    })
}
