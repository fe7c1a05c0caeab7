//! The server and the command line of kubehop.
//!
//! - [`cli`]: arguments, and one function a subcommand.
//! - [`app`]: what the server keeps: store, models, assets.
//! - [`routes`]: every address in one place.
//! - [`gather`]: from files, folders, archives and uploads to the texts of an input.
//! - [`error`]: everything that can go wrong over HTTP.

pub mod app;
pub mod assets;
pub mod cli;
pub mod error;
pub mod fix;
pub mod gather;
pub mod lab;
pub mod models;
pub mod pages;
pub mod request;
pub mod routes;
pub mod store;
pub mod upload;
