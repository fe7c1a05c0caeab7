#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kubehop_tests::fuzz::events(bytes));
