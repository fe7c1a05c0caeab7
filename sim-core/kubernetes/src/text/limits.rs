//! How much is read.

/// Bounds on what one input may cost. Crossing one is a diagnostic, never a panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes over all texts.
    pub bytes: usize,
    /// Documents over all texts.
    pub documents: usize,
    /// Nesting depth of one document.
    pub depth: usize,
    /// Nodes of one document; an alias counts as one.
    pub nodes: usize,
    /// Nodes that aliases stand for, over all texts.
    pub aliases: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, documents: 200_000, depth: 100, nodes: 5_000_000, aliases: 200_000 }
    }
}
