//! Pages, pictures, JSON and text of kubehop. No I/O: views are computed from `sim-core`'s values.

mod ask;
pub mod capture;
pub mod compare;
pub mod docker;
pub mod environment;
pub mod escape;
pub mod finding;
pub mod gallery;
pub mod inventory;
mod josa;
pub mod json;
pub mod lab;
pub mod listing;
pub mod locale;
pub mod markdown;
pub mod measure;
pub mod page;
pub mod picture;
pub mod report;
pub mod scene;
pub mod schema;
pub mod snippet;
pub mod text;
pub mod theme;
pub mod topology;
pub mod url;
pub mod words;
