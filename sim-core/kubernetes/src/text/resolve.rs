//! Types of plain scalars, by the rules of Go's yaml.v2, with which the Kubernetes API machinery reads YAML.
//!
//! They differ from YAML 1.2: `y`, `yes`, `on` are true, `n`, `no`, `off` are false (in three spellings each), a leading
//! zero means octal, underscores in numbers are ignored. There are no sexagesimals, and timestamps stay text.

/// What a plain scalar means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    /// Too big for `i64`.
    UInt(u64),
    Float(f64),
    /// `<<`.
    Merge,
    Text,
}

/// The meaning of an unquoted scalar without a tag.
pub(crate) fn plain(text: &str) -> Plain {
    match text.as_bytes() {
        [] => Plain::Null,
        b"<<" => Plain::Merge,
        [b'+' | b'-' | b'.' | b'0'..=b'9', ..] => number(text),
        [b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~', ..] if text.len() <= 5 => {
            word(text)
        }
        _ => Plain::Text,
    }
}

fn word(text: &str) -> Plain {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Plain::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Plain::Bool(false),
        "~" | "null" | "Null" | "NULL" => Plain::Null,
        _ => Plain::Text,
    }
}

fn number(text: &str) -> Plain {
    match text {
        ".nan" | ".NaN" | ".NAN" => return Plain::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Plain::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Plain::Float(f64::NEG_INFINITY),
        _ => {}
    }
    // Addresses, versions, images, times, quantities and CIDRs begin like numbers, too.
    if !text
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'+' | b'-' | b'.' | b'_' | b'x' | b'X' | b'o' | b'O'))
    {
        return Plain::Text;
    }
    if text.starts_with('.') {
        return float(text).map_or(Plain::Text, Plain::Float);
    }
    let without;
    let digits = if text.contains('_') {
        without = text.replace('_', "");
        &without
    } else {
        text
    };
    integer(digits).or_else(|| float(digits).map(Plain::Float)).unwrap_or(Plain::Text)
}

/// Go's `strconv.ParseInt` and `ParseUint` with base 0.
fn integer(text: &str) -> Option<Plain> {
    let (negative, signed, digits) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // from_str_radix takes a sign of its own.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match (negative, i64::try_from(magnitude)) {
        (false, Ok(value)) => Some(Plain::Int(value)),
        (true, Ok(value)) => Some(Plain::Int(-value)),
        (true, Err(_)) if magnitude == i64::MIN.unsigned_abs() => Some(Plain::Int(i64::MIN)),
        (false, Err(_)) if !signed => Some(Plain::UInt(magnitude)),
        _ => None,
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, finite.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", Plain::Null)]
    #[case("~", Plain::Null)]
    #[case("null", Plain::Null)]
    #[case("Null", Plain::Null)]
    #[case("NULL", Plain::Null)]
    #[case("nULL", Plain::Text)]
    #[case("None", Plain::Text)]
    #[case("y", Plain::Bool(true))]
    #[case("Y", Plain::Bool(true))]
    #[case("yes", Plain::Bool(true))]
    #[case("Yes", Plain::Bool(true))]
    #[case("YES", Plain::Bool(true))]
    #[case("yES", Plain::Text)]
    #[case("on", Plain::Bool(true))]
    #[case("On", Plain::Bool(true))]
    #[case("true", Plain::Bool(true))]
    #[case("True", Plain::Bool(true))]
    #[case("TRUE", Plain::Bool(true))]
    #[case("tRUE", Plain::Text)]
    #[case("n", Plain::Bool(false))]
    #[case("no", Plain::Bool(false))]
    #[case("NO", Plain::Bool(false))]
    #[case("off", Plain::Bool(false))]
    #[case("OFF", Plain::Bool(false))]
    #[case("false", Plain::Bool(false))]
    #[case("False", Plain::Bool(false))]
    #[case("0", Plain::Int(0))]
    #[case("-0", Plain::Int(0))]
    #[case("80", Plain::Int(80))]
    #[case("+80", Plain::Int(80))]
    #[case("-80", Plain::Int(-80))]
    #[case("0755", Plain::Int(0o755))]
    #[case("-0755", Plain::Int(-0o755))]
    #[case("0o755", Plain::Int(0o755))]
    #[case("0x1F", Plain::Int(31))]
    #[case("0b101", Plain::Int(5))]
    #[case("-0b101", Plain::Int(-5))]
    #[case("1_000", Plain::Int(1000))]
    #[case("08", Plain::Float(8.0))]
    #[case("09.5", Plain::Float(9.5))]
    #[case("1.", Plain::Float(1.0))]
    #[case(".5", Plain::Float(0.5))]
    #[case("-.5", Plain::Float(-0.5))]
    #[case("1.30", Plain::Float(1.3))]
    #[case("1e3", Plain::Float(1000.0))]
    #[case("1E+3", Plain::Float(1000.0))]
    #[case("12e05", Plain::Float(1_200_000.0))]
    #[case("1_0.5", Plain::Float(10.5))]
    #[case("9223372036854775807", Plain::Int(i64::MAX))]
    #[case("9223372036854775808", Plain::UInt(1 << 63))]
    #[case("-9223372036854775808", Plain::Int(i64::MIN))]
    #[case("18446744073709551616", Plain::Float(18_446_744_073_709_551_616.0))]
    #[case(".inf", Plain::Float(f64::INFINITY))]
    #[case("-.INF", Plain::Float(f64::NEG_INFINITY))]
    #[case("inf", Plain::Text)]
    #[case("1e999", Plain::Text)]
    #[case("-", Plain::Text)]
    #[case("+", Plain::Text)]
    #[case(".", Plain::Text)]
    #[case("...", Plain::Text)]
    #[case("--1", Plain::Text)]
    #[case("+-1", Plain::Text)]
    #[case("0x", Plain::Text)]
    #[case("0xg", Plain::Text)]
    #[case("1f", Plain::Text)]
    #[case("12:30", Plain::Text)]
    #[case("12:30:45", Plain::Text)]
    #[case("2001-01-01", Plain::Text)]
    #[case("2024-05-01T10:00:00Z", Plain::Text)]
    #[case("1.2.3", Plain::Text)]
    #[case("10.0.0.1", Plain::Text)]
    #[case("10.244.0.0/16", Plain::Text)]
    #[case("fd00::1", Plain::Text)]
    #[case("100m", Plain::Text)]
    #[case("1Gi", Plain::Text)]
    #[case("v1.30.0", Plain::Text)]
    #[case("nginx", Plain::Text)]
    #[case("<<", Plain::Merge)]
    fn plain_scalars(#[case] text: &str, #[case] expected: Plain) {
        assert_eq!(plain(text), expected, "{text}");
    }

    #[test]
    fn not_a_number() {
        assert!(matches!(plain(".nan"), Plain::Float(value) if value.is_nan()));
    }
}
