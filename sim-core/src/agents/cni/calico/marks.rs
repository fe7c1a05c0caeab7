//! Marks on packets by which Felix' rules tell each other what was decided, and pieces of rules.

/// Bits of marks, out of `iptablesMarkMask` 0xffff0000 in this order.
pub(super) struct Marks {
    /// A policy or profile let it pass.
    pub(super) accept: u32,
    /// A policy handed it on.
    pub(super) pass: u32,
    /// A policy's rule stops it.
    pub(super) drop: u32,
    /// It came from a Pod, in table raw; all blocks of a policy's rule match so far.
    pub(super) scratch0: u32,
    /// This block of a policy's rule matches.
    pub(super) scratch1: u32,
}

/// Those of v3.30.
pub(super) const MARKS: Marks =
    Marks { accept: 0x10000, pass: 0x20000, drop: 0x40000, scratch0: 0x80000, scratch1: 0x0010_0000 };

impl Marks {
    pub(super) fn all(&self) -> u32 {
        self.accept | self.pass | self.scratch0 | self.scratch1
    }

    pub(super) fn accepted(&self, action: &str) -> String {
        format!("-m mark --mark {0:#x}/{0:#x} --jump {action}", self.accept)
    }
}

pub(super) fn clear(bits: u32) -> String {
    format!("--jump MARK --set-mark 0/{bits:#x}")
}

pub(super) fn set(bits: u32) -> String {
    format!("--jump MARK --set-mark {bits:#x}/{bits:#x}")
}

pub(super) fn jump(chain: &str) -> String {
    format!("--jump {chain}")
}

pub(super) fn said(comment: &str, rule: &str) -> String {
    format!("-m comment --comment \"{comment}\" {rule}")
}
