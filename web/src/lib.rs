//! Pages and pictures of kubehop.

pub mod scene;
pub mod steps;
