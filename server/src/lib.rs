//! The server and the command line of kubehop.
//!
//! Arrows run down:
//!
//! - [`cli`]: arguments, and one function a subcommand.
//! - [`app`]: the whole application; [`routes`]: every address in one place.
//! - [`listen`]: connections; [`layers`]: what surrounds every page.
//! - [`measures`] answers `/metrics`.
//! - [`page`]: one file a page; [`api`]: the same for programs.
//! - [`probe`], [`scenario`]: what the address of a page is about; [`answer`], [`visitor`], [`upload`]: what comes in and goes out.
//! - [`state`]: what all requests share: [`cache`], [`store`], [`pool`], [`guard`], [`client`], [`assets`].
//! - [`raster`]: pictures as pixels; [`step`]: which step is asked for; [`fragment`]: scenarios that a link carries.
//! - [`places`]: nodes, Pods and namespaces by their names.
//! - [`config`], [`rate`], [`error`], [`query`], [`limits`], [`input`], [`tag`]: what all of them use.
//! - [`gather`]: from files, folders, archives and uploads to the texts of an input.

pub mod about;
pub mod answer;
pub mod api;
pub mod app;
pub mod assets;
pub mod cache;
pub mod cli;
pub mod client;
pub mod config;
pub mod draft;
pub mod error;
pub mod fragment;
pub mod gather;
pub mod guard;
pub mod input;
pub mod layers;
mod lessons;
pub mod limits;
pub mod listen;
pub mod measures;
mod pack;
pub mod page;
pub mod places;
pub mod pool;
pub mod probe;
pub mod query;
pub mod raster;
pub mod rate;
pub mod routes;
pub mod scenario;
pub mod state;
pub mod step;
pub mod store;
pub mod tag;
pub mod tick;
pub mod upload;
mod urgency;
pub mod visitor;
