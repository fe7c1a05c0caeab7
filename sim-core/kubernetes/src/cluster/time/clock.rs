//! Times as they are written.

/// Latest time: thirty days, in milliseconds.
const LATEST: u64 = 30 * 24 * 3_600_000;

/// Milliseconds of `10s`, `1m30s`, `500ms`, `2h`; a number alone is seconds. `None` for what is no time, or beyond thirty days.
///
/// ```
/// use kubernetes::cluster::time_of;
///
/// assert_eq!(time_of("1m30s"), Some(90_000));
/// assert_eq!(time_of("500ms"), Some(500));
/// assert_eq!(time_of("7"), Some(7_000));
/// assert_eq!(time_of("soon"), None);
/// ```
pub fn time_of(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return seconds.checked_mul(1_000).filter(|at| *at <= LATEST);
    }
    let (mut rest, mut all, mut any) = (text, 0u64, false);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, behind) = rest.split_at(digits);
        let number: u64 = number.parse().ok()?;
        let letters = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
        let (unit, next) = behind.split_at(letters);
        let unit = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        all = all.checked_add(number.checked_mul(unit)?)?;
        (rest, any) = (next, true);
    }
    Some(all).filter(|at| any && *at <= LATEST)
}

/// Milliseconds of a duration as Go writes it: `1.5s`, `1h10m`, `0`. `None` for what is none, or negative.
pub(in crate::cluster) fn duration(text: &str) -> Option<u64> {
    let text = text.trim().trim_start_matches('+');
    if text == "0" {
        return Some(0);
    }
    let (mut rest, mut all) = (text, 0.0f64);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at(digits);
        let letters = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        let (unit, next) = behind.split_at(letters);
        let unit = match unit {
            "ns" => 1e-6,
            "us" | "µs" | "μs" => 1e-3,
            "ms" => 1.0,
            "s" => 1e3,
            "m" => 6e4,
            "h" => 3.6e6,
            _ => return None,
        };
        all += number.parse::<f64>().ok()? * unit;
        rest = next;
    }
    (!text.is_empty() && all <= LATEST as f64).then_some(all.round() as u64)
}
