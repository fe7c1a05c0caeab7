//! Schedules of CronJobs, as `github.com/robfig/cron` reads them (`ParseStandard`).

/// Names of months and days of the week, which may stand for their numbers.
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Words that stand for a whole schedule.
const WORDS: [&str; 7] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// True for a schedule the API server takes. Time zones in it are taken unseen.
pub(super) fn is_schedule(text: &str) -> bool {
    let text = match text.strip_prefix("TZ=").or_else(|| text.strip_prefix("CRON_TZ=")) {
        Some(rest) => rest.split_once(' ').map_or("", |(_, rest)| rest.trim()),
        None => text,
    };
    if let Some(every) = text.strip_prefix("@every ") {
        return is_duration(every);
    }
    if text.starts_with('@') {
        return WORDS.contains(&text);
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else { return false };
    field(minute, 0, 59, &[], 0)
        && field(hour, 0, 23, &[], 0)
        && field(day, 1, 31, &[], 0)
        && field(month, 1, 12, &MONTHS, 1)
        && field(weekday, 0, 6, &DAYS, 0)
}

/// A list of ranges, each with an optional step.
fn field(text: &str, least: u32, most: u32, names: &[&str], first: u32) -> bool {
    let number = |text: &str| -> Option<u32> {
        let name = names.iter().zip(first..).find(|(name, _)| name.eq_ignore_ascii_case(text));
        name.map(|(_, number)| number).or_else(|| text.parse().ok())
    };
    // Empty parts between commas are skipped there.
    let mut parts = text.split(',').filter(|part| !part.is_empty()).peekable();
    parts.peek().is_some()
        && parts.all(|part| {
            let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
            if step.is_some_and(|step| step.parse::<u32>().ok().is_none_or(|step| step == 0)) {
                return false;
            }
            match range {
                "*" | "?" => true,
                _ => {
                    let (from, to) = range.split_once('-').map_or((range, None), |(from, to)| (from, Some(to)));
                    let from = number(from);
                    let to = to.map_or(from, number);
                    from.zip(to).is_some_and(|(from, to)| least <= from && from <= to && to <= most)
                }
            }
        })
}

/// A duration as Go writes it: `1h30m`, `90s`.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut some = false;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let after = rest.get(digits..).unwrap_or_default();
        let unit = ["ns", "us", "µs", "ms", "s", "m", "h"].into_iter().find(|unit| after.starts_with(unit));
        let (true, Some(unit)) = (digits > 0, unit) else { return false };
        rest = after.get(unit.len()..).unwrap_or_default();
        some = true;
    }
    some
}

#[cfg(test)]
mod tests {
    use super::is_schedule;
    use rstest::rstest;

    #[rstest]
    #[case("0 3 * * *", true)]
    #[case("*/5 0-6,12 1,15 jan-MAR sun", true)]
    #[case("5/15 * ? * ?", true)]
    #[case("@daily", true)]
    #[case("@every 1h30m", true)]
    #[case("TZ=Asia/Seoul 0 3 * * 1-5", true)]
    #[case("0 3 * *", false)]
    #[case("0 0 3 * * *", false)]
    #[case("60 * * * *", false)]
    #[case("* 24 * * *", false)]
    #[case("* * 0 * *", false)]
    #[case("* * * 13 *", false)]
    #[case("* * * * 7", false)]
    #[case("*/0 * * * *", false)]
    #[case("9-5 * * * *", false)]
    #[case("@often", false)]
    #[case("@every soon", false)]
    #[case("", false)]
    fn schedules(#[case] text: &str, #[case] good: bool) {
        assert_eq!(is_schedule(text), good);
    }
}
