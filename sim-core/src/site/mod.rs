//! What is where: the machines as a tree, the segments between them, and the processes on them with how they behave.

pub mod process;
pub mod tree;

pub use process::{Behaviour, Listener, Listening, NameServer, Process, ProcessTable};
pub use tree::{Kind, Machine, MachineId, Place, Segment, SegmentId, Tree};
