//! Why a computation ended early.

use crate::locale::{self, Lang};
use kubernetes::budget::Stopped;

/// Bytes of a mebibyte.
const MEBIBYTE: u64 = 1 << 20;

/// What it would take and what it may take; `None` where nobody waits for it any more.
pub fn too_much(lang: Lang, stopped: &Stopped) -> Option<String> {
    let number = |number: u64| number as f64;
    Some(match *stopped {
        Stopped::Exceeded { what, used, limit } => {
            let args = [("used", number(used).into()), ("limit", number(limit).into())];
            locale::ta(lang, &format!("error-too-much-work-{}", what.code()), &args)
        }
        Stopped::Foreseen { driver, count, bytes, limit } => {
            let size = number(bytes.div_ceil(MEBIBYTE));
            let args =
                [("count", number(count).into()), ("size", size.into()), ("limit", number(limit / MEBIBYTE).into())];
            locale::ta(lang, &format!("error-too-much-work-{}", driver.code()), &args)
        }
        Stopped::Cancelled => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubernetes::budget::{Driver, Resource};

    #[test]
    fn every_reason_has_its_figures_in_both_languages() {
        let foreseen =
            Driver::ALL.map(|driver| Stopped::Foreseen { driver, count: 777, bytes: 900 << 20, limit: 400 << 20 });
        let exceeded = [Resource::Steps, Resource::Bytes].map(|what| Stopped::Exceeded { what, used: 901, limit: 400 });
        for lang in Lang::ALL {
            for stopped in foreseen.iter().chain(&exceeded) {
                let words = too_much(lang, stopped).unwrap();
                assert!(words.contains("400") && !words.contains("error-"), "{words}");
                if let Stopped::Foreseen { .. } = stopped {
                    assert!(words.contains("900") && words.contains("777"), "{words}");
                }
            }
            assert_eq!(too_much(lang, &Stopped::Cancelled), None);
        }
    }
}
