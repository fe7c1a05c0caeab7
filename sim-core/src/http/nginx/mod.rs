//! How ingress-nginx routes: the server blocks and locations that the controller writes from Ingresses, and what nginx does with a request in
//! them (ingress-nginx 1.15, its annotations; nginx' `location`, `rewrite`, `return`).
//!
//! Nothing here is read as a configuration of nginx: the tables are built as the controller builds them, then asked as nginx asks.

mod annotations;
mod canary;
mod cors;
mod decide;
mod named;
mod path;
mod snippet;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use table::Nginx;
