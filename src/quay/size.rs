//! Sizes of storage: a decimal number, with or without a unit.

use serde_json::{Value, json};

use super::written;

/// A size, 1 byte or larger, as a number of bytes. Fractions of a byte are cut off.
///
/// `KB`, `MB` and so on are powers of 1000, `KiB`, `MiB` and so on of 1024; the `B` may be missing, and upper and lower case
/// are equal. The arithmetic is exact.
///
/// # Errors
/// When the text is no size, or one that Quay cannot keep (0, or beyond 2^63 - 1).
pub fn bytes(value: &Value) -> Result<Value, String> {
    match number(value)? {
        0 => Err(format!("\"{}\" is no quota at all: use state absent to remove one", written(value))),
        bytes => Ok(json!(bytes)),
    }
}

/// The same, where 0 stands for no quota.
///
/// # Errors
/// When the text is no size, or one beyond 2^63 - 1.
pub fn bytes_or_none(value: &Value) -> Result<Value, String> {
    number(value).map(Value::from)
}

fn number(value: &Value) -> Result<i64, String> {
    let given = written(value);
    let text = given.trim();
    let wrong =
        || format!("\"{given}\" is not a size: a number of bytes, or a number with a unit, such as 500 GiB or 1.5TB");
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = factor(unit).ok_or_else(wrong)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Err(wrong());
    }
    match exact(whole, fraction, factor).and_then(|bytes| i64::try_from(bytes).ok()) {
        Some(bytes) => Ok(bytes),
        None => Err(format!("\"{given}\" is more than Quay can keep (2^63 - 1 bytes)")),
    }
}

/// A number of bytes as a person reads it, `888.7 KiB`.
pub fn shown(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let power = (1..=units.len()).rev().find(|power| bytes >> (10 * power) > 0);
    let Some((power, unit)) = power.and_then(|power| Some((power, units.get(power - 1)?))) else {
        return format!("{bytes} B");
    };
    // Tenths, rounded, without a float.
    let tenths = (u128::from(bytes) * 10 + (1 << (10 * power - 1))) >> (10 * power);
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

/// Whole and fraction times factor, `None` when it is beyond everything.
fn exact(whole: &str, fraction: &str, factor: u128) -> Option<u128> {
    let number = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<u128>().ok() };
    // 20 digits times the largest unit fit; what comes after them is less than a fiftieth of a byte.
    let fraction = &fraction[..fraction.len().min(20)];
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    number(whole)?.checked_mul(factor)?.checked_add(number(fraction)? * factor / scale)
}

fn factor(unit: &str) -> Option<u128> {
    let unit = unit.trim().to_ascii_lowercase();
    let prefix = unit.strip_suffix('b').unwrap_or(&unit);
    let (letter, base) = match prefix.strip_suffix('i') {
        Some(letter) if !letter.is_empty() => (letter, 1024_u128),
        _ => (prefix, 1000),
    };
    let power = match letter {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        "e" => 6,
        _ => return None,
    };
    Some(base.pow(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_1000_or_1024() {
        for (text, expected) in [
            ("1", 1_i64),
            ("1B", 1),
            (" 10 kB ", 10_000),
            ("10K", 10_000),
            ("1.5TiB", 1_649_267_441_664),
            ("1.5 gib", 1_610_612_736),
            ("4096 Mb", 4_096_000_000),
            ("2Ki", 2_048),
            (".5 KB", 500),
            ("1.", 1),
            ("1.9", 1),
            ("7 EiB", 8_070_450_532_247_928_832),
            ("8000000TB", 8_000_000_000_000_000_000),
            ("9223372036854775807", i64::MAX),
            ("0.1000000000000000000000000000000001 KB", 100),
        ] {
            assert_eq!(bytes(&json!(text)), Ok(json!(expected)), "{text}");
        }
        assert_eq!(bytes(&json!(5)), Ok(json!(5)));
    }

    #[test]
    fn exact_beyond_the_precision_of_floats() {
        assert_eq!(bytes(&json!("9007199.254740993 GB")), Ok(json!(9_007_199_254_740_993_i64)));
    }

    #[test]
    fn people_read_larger_units() {
        let told = [0, 1023, 1024, 910_000, 1_000_000, 5_000_000_000, u64::MAX].map(shown);
        assert_eq!(told, ["0 B", "1023 B", "1.0 KiB", "888.7 KiB", "976.6 KiB", "4.7 GiB", "16.0 EiB"]);
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "GB", "GB 5", "5 GB x", "1.2.3", ".", "-1", "1e3", "inf", "5 ZB", "5 iB", "5 bb", "5 5", "１"]
        {
            assert!(bytes(&json!(text)).unwrap_err().contains("is not a size"), "{text}");
        }
        for text in ["0", "0.0 GB", "0.9"] {
            assert!(bytes(&json!(text)).unwrap_err().contains("state absent"), "{text}");
        }
        for text in ["8 EiB", "9223372036854775808", &"9".repeat(60)] {
            assert!(bytes(&json!(text)).unwrap_err().contains("more than Quay can keep"), "{text}");
        }
    }
}
