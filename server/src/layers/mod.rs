//! What surrounds every page, from the outside in: [`slashes`] (paths), [`record`] (who asks, request id, access log, metrics), [`surround`]
//! (headers, error pages, the longest time), [`guard`] (host, rates), [`body`] (bodies that come in time), [`keep`] (answers that are
//! kept, and compressed).

pub mod body;
pub mod guard;
pub mod keep;
pub mod record;
pub mod slashes;
pub mod surround;
