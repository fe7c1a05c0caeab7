//! Writes a large cluster's manifests to standard output: `large-input SERVICES ENDPOINTS`.

use kubehop_tests::large;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let [services, endpoints] = numbers[..] else {
        eprintln!("large-input SERVICES ENDPOINTS");
        return ExitCode::from(2);
    };
    match std::io::stdout().lock().write_all(large::cluster(services, endpoints).as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
