//! Kernel-style text: what the Linux tool of that name prints.
