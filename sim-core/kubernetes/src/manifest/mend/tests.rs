use super::*;
use crate::origin::SourceId;
use proptest::prelude::*;
use std::ops::Range;

fn mended(text: &str, rounds: &[Vec<Change>]) -> Mended {
    let mut mended = Mended::new(SourceId(0), text, 0..text.len());
    for changes in rounds {
        if let Some((next, _)) = mended.with(changes) {
            mended = next;
        }
    }
    mended
}

#[test]
fn changes_and_ways_back() {
    let mended = mended("ab\ncd\nef", &[vec![Change::insert(3, "  "), Change::new(0..1, "xyz")]]);
    assert_eq!(mended.text, "xyzb\n  cd\nef");
    let span = |range: Range<u32>| {
        let span = mended.span(range.start, range.end);
        (span.start, span.end)
    };
    assert_eq!(span(0..3), (0, 1));
    assert_eq!(span(3..4), (1, 2));
    assert_eq!(span(7..9), (3, 5));
    assert_eq!(span(10..12), (6, 8));
}

#[test]
fn changes_of_changes_are_one() {
    let mended = mended("abcdef", &[vec![Change::new(2..3, "123")], vec![Change::new(3..4, "-")]]);
    assert_eq!(mended.text, "ab1-3def");
    assert_eq!(mended.changes, [Change::new(2..3, "1-3")]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// The changes that are kept, made on the source, give the text that is read.
    #[test]
    fn changes_stay_true(text in "[ab\n한]{0,20}", rounds in prop::collection::vec(
        prop::collection::vec((0_usize..30, 0_usize..4, "[xy]{0,3}"), 1..3), 0..4)) {
        let mut mended = Mended::new(SourceId(0), &text, 0..text.len());
        for round in rounds {
            let changes: Vec<_> = round.into_iter().map(|(at, length, with)| {
                let start = mended.text.floor_char_boundary(at.min(mended.text.len()));
                let end = mended.text.ceil_char_boundary((start + length).min(mended.text.len()));
                Change::new(start..end, with)
            }).collect();
            let mut by_hand = mended.text.clone();
            let mut sorted = changes.clone();
            sorted.sort_by_key(|change| (change.range.start, change.range.end));
            for change in sorted.iter().rev() {
                if change.range.end <= by_hand.len() && by_hand.get(change.range.clone()).is_some() {
                    by_hand.replace_range(change.range.clone(), &change.text);
                }
            }
            if let Some((next, _)) = mended.with(&changes) {
                prop_assert_eq!(&next.text, &by_hand);
                mended = next;
            }
            let mut source = text.clone();
            for change in mended.changes.iter().rev() {
                source.replace_range(change.range.clone(), &change.text);
            }
            prop_assert_eq!(&source, &mended.text);
            for at in 0..=mended.text.len() {
                let span = mended.span(at as u32, mended.text.len() as u32);
                prop_assert!(text.get(span.start as usize..span.end as usize).is_some() || !mended.text.is_char_boundary(at));
            }
        }
    }
}
