//! One file a page: what its address takes, its answer, and what holds it.

pub mod below;
pub mod compare;
pub mod door;
pub mod embed;
pub mod ends;
pub mod export;
pub mod fix;
pub mod help;
pub mod home;
pub mod lab;
pub mod link;
pub mod matrix;
pub mod picture;
pub mod plain;
pub mod rule;
pub mod rules;
pub mod scenario;
pub mod service;
pub mod share;
pub mod source;
pub mod state;
pub mod trace;
pub mod upload;
pub mod urls;
pub mod versions;
pub mod view;
