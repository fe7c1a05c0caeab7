//! What happened at each step, in words.

use crate::locale::{self, Lang};
use crate::scene::{Label, Words};

/// The words of one language for the picture.
#[derive(Clone, Copy, Debug)]
pub struct Local(pub Lang);

impl Words for Local {
    fn label(&self, label: &Label) -> String {
        let args: Vec<_> = label.args().into_iter().map(|(name, value)| (name, value.into())).collect();
        locale::ta(self.0, label.key(), &args)
    }
}
