//! Writes a large cluster's manifests to standard output.

use kubehop_tests::{fleet, hostile, large};
use std::fmt;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

const USAGE: &str = "large-input SERVICES ENDPOINTS            three nodes, Services with EndpointSlices (YAML)
large-input fleet NODES PODS SERVICES      as many nodes, Deployments and Services (JSON)
large-input dump NODES PODS SERVICES       the same as kubectl prints it, about 4 KB a Pod (JSON)
large-input hostile SHAPE SIZE             an input that asks for far more than it weighs (YAML)";

/// Lets text be written to a file or pipe.
struct Text<W>(W, io::Result<()>);

impl<W: Write> fmt::Write for Text<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_all(text.as_bytes()).map_err(|error| {
            self.1 = Err(error);
            fmt::Error
        })
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<usize> = words.iter().filter_map(|text| text.parse().ok()).collect();
    let mut out = Text(BufWriter::new(io::stdout().lock()), Ok(()));
    if let (Some("hostile"), Some(shape), &[size]) = (words.first().map(String::as_str), words.get(1), &numbers[..]) {
        let text = hostile::input(shape, size).unwrap_or_else(|known| {
            eprintln!("shapes: {known}");
            std::process::exit(2)
        });
        let written = fmt::Write::write_str(&mut out, &text);
        return if written.is_err() || out.0.flush().is_err() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    let written = match (words.first().map(String::as_str), &numbers[..]) {
        (Some("fleet"), &[nodes, pods, services]) if nodes * services > 0 => {
            fleet::write_manifests(&mut out, fleet::Size { nodes, pods, services })
        }
        (Some("dump"), &[nodes, pods, services]) if nodes * services > 0 => {
            fleet::write_dump(&mut out, fleet::Size { nodes, pods, services })
        }
        (Some(_), &[services, endpoints]) => fmt::Write::write_str(&mut out, &large::cluster(services, endpoints)),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    if written.is_err() || out.0.flush().is_err() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
