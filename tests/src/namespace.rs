//! A bare network namespace for the tools' own opinion of a text.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A network namespace of our own, gone with the value. Needs root and iproute2.
pub struct Namespace(String);

impl Namespace {
    /// Makes one whose name says what it is for.
    ///
    /// # Panics
    /// Without root or iproute2.
    pub fn new(what: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("kubehop-{what}-{}-{number}", std::process::id());
        let made = Command::new("ip").args(["netns", "add", &name]).status().expect("iproute2 is needed");
        assert!(made.success(), "root is needed to make a network namespace");
        Self(name)
    }

    /// Runs a command in it.
    ///
    /// # Panics
    /// When the command cannot be started.
    pub fn run(&self, command: &[&str], input: &str) -> Output {
        let mut child = Command::new("ip")
            .args(["netns", "exec", &self.0])
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("iproute2 is needed");
        // A tool that refuses its input may stop reading.
        let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
        child.wait_with_output().expect("it ends")
    }

    /// Runs a command that must succeed, and returns what it printed.
    ///
    /// # Panics
    /// When it fails.
    pub fn succeed(&self, command: &[&str], input: &str) -> String {
        let out = self.run(command, input);
        assert!(out.status.success(), "{command:?}: {}\n{input}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).into_owned()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.0]).status();
    }
}
