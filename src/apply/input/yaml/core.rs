//! What unquoted text means: the core schema of YAML 1.2.

use serde_json::Number;

use super::Scalar;

/// The value that an unquoted scalar stands for.
///
/// What JSON has no number for (infinity, an integer beyond 64 bits) stays text, so that no digit is lost.
pub fn value(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        _ => number(text).map_or_else(|| Scalar::Text(text.to_owned()), Scalar::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole)
        || !digits(fraction.unwrap_or_default())
        || (whole.is_empty() && fraction.is_none_or(str::is_empty))
    {
        return None;
    }
    let Some(exponent) = exponent else {
        return if fraction.is_none() { integer(text) } else { float(text) };
    };
    let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    (!power.is_empty() && digits(power)).then(|| float(text)).flatten()
}

fn radix(digits: &str, radix: u32) -> Option<Number> {
    // `from_str_radix` takes a sign, YAML does not here.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok().map(Number::from)
}

fn integer(text: &str) -> Option<Number> {
    text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok()
}

fn float(text: &str) -> Option<Number> {
    text.parse::<f64>().ok().and_then(Number::from_f64)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_core_schema_decides_and_nothing_else() {
        for (text, expected) in [
            ("~", json!(null)),
            ("", json!(null)),
            ("Null", json!(null)),
            ("TRUE", json!(true)),
            ("false", json!(false)),
            ("0", json!(0)),
            ("-12", json!(-12)),
            ("+7", json!(7)),
            ("0x1F", json!(31)),
            ("0o17", json!(15)),
            ("007", json!(7)),
            ("18446744073709551615", json!(u64::MAX)),
            ("1.5", json!(1.5)),
            (".5", json!(0.5)),
            ("2.", json!(2.0)),
            ("1e3", json!(1000.0)),
            ("-1.5E-2", json!(-0.015)),
        ] {
            assert_eq!(Value::from(value(text)), expected, "{text}");
        }
    }

    #[test]
    fn everything_else_is_text() {
        for text in [
            "yes",
            "no",
            "on",
            "off",
            "y",
            "nULL",
            "1_000",
            "0b1",
            "12:30",
            "2026-01-01",
            "0x",
            "0xg",
            "0x-1",
            "0o8",
            "-",
            "+",
            ".",
            "e3",
            "1e",
            "1e+",
            "1.2.3",
            ".inf",
            ".nan",
            "1e999",
            "123456789012345678901234567890",
            "- 1",
            "--1",
        ] {
            assert_eq!(Value::from(value(text)), json!(text));
        }
    }
}
