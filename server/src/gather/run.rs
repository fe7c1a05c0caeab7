//! Programs of this machine, run for a bounded time and with bounded output.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Bytes of its complaints that are passed on.
const COMPLAINTS: usize = 4_000;

/// Bounds on a program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// How long it may take.
    pub(super) time: Duration,
    /// Bytes it may print.
    pub(super) output: u64,
}

/// Runs a program to its end and returns what it printed.
///
/// # Errors
/// In its own words, or the system's.
pub(super) fn run(command: &mut Command, bounds: Bounds) -> Result<Vec<u8>, String> {
    fn reader(from: impl Read + Send + 'static, most: u64) -> JoinHandle<Vec<u8>> {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            // What was read before a pipe breaks is kept.
            let _ = from.take(most).read_to_end(&mut bytes);
            bytes
        })
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let (Some(out), Some(complaints)) = (child.stdout.take(), child.stderr.take()) else {
        return Err("no output".to_owned());
    };
    let (out, complaints) = (reader(out, bounds.output), reader(complaints, bounds.output));
    let started = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if started.elapsed() < bounds.time => std::thread::sleep(Duration::from_millis(10)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("> {} s", bounds.time.as_secs()));
            }
            Err(error) => return Err(error.to_string()),
        }
    };
    let out = out.join().unwrap_or_default();
    let complaints = complaints.join().unwrap_or_default();
    if status.success() {
        return Ok(out);
    }
    let said = String::from_utf8_lossy(complaints.get(..COMPLAINTS).unwrap_or(&complaints)).trim().to_owned();
    Err(if said.is_empty() { status.to_string() } else { said })
}
