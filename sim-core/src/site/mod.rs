//! What is where: the processes of the machines, and how they behave.

pub mod process;

pub use process::{Behaviour, Listener, Listening, NameServer, Process, ProcessTable};
