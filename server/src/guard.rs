//! What is kept to decide who may ask now: names of the server, rates of clients, and how much is under way.

use crate::client::Client;
use crate::config::Config;
use crate::rate::{Rate, UnderWay};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::HOST;
use std::time::Duration;

/// Names that the server answers to; any without one.
pub struct Hosts(Vec<String>);

impl Hosts {
    /// As the options say.
    pub fn of(config: &Config) -> Self {
        let mut hosts: Vec<String> = config.allowed_hosts.iter().map(|host| name(host).to_owned()).collect();
        if !hosts.is_empty() {
            let public = config.public_url.as_deref().and_then(|url| url.split_once("://"));
            hosts.extend(public.map(|(_, host)| name(host).to_owned()));
        }
        Self(hosts)
    }

    /// Whether the server answers to the name that a request has.
    ///
    /// # Errors
    /// 400 without a name, 421 for another.
    pub fn check(&self, request: &Request) -> Result<(), StatusCode> {
        if self.0.is_empty() {
            return Ok(());
        }
        let header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let host = request.uri().authority().map(|authority| authority.as_str()).or(header);
        let host = host.filter(|host| !host.is_empty()).ok_or(StatusCode::BAD_REQUEST)?;
        let known = self.0.iter().any(|known| known.eq_ignore_ascii_case(name(host)));
        if known { Ok(()) } else { Err(StatusCode::MISDIRECTED_REQUEST) }
    }
}

/// A host's name without its port.
fn name(host: &str) -> &str {
    let is_port = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
    let bare =
        host.rsplit_once(':').filter(|(bare, rest)| is_port(rest) && (!bare.contains(':') || bare.ends_with(']')));
    bare.map_or(host, |(bare, _)| bare).trim_end_matches('.')
}

/// What is kept to decide.
pub struct Guard {
    /// Names that are asked for.
    pub hosts: Hosts,
    /// Requests of each client.
    pub requests: Rate,
    /// Uploads of each client.
    pub uploads: Rate,
    /// Requests of each client under way.
    pub under_way: UnderWay<Client>,
    /// Uploads of each client under way.
    pub uploading: UnderWay<Client>,
    /// Bytes of all uploads under way.
    pub all_uploading: UnderWay<()>,
}

impl Guard {
    /// As the options say.
    pub fn new(config: &Config) -> Self {
        let minute = Duration::from_secs(60);
        // A quarter for one client, so that slow uploads of one leave room for others.
        let own = if config.client_requests == 0 { 0 } else { config.uploads.div_ceil(4) };
        Self {
            hosts: Hosts::of(config),
            requests: Rate::new(config.rate, Duration::from_secs(1), config.burst),
            uploads: Rate::new(config.upload_rate, minute, config.upload_rate),
            under_way: UnderWay::new(config.client_requests),
            uploading: UnderWay::new(own),
            all_uploading: UnderWay::new(config.uploads.saturating_mul(config.max_body.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn hosts_are_compared_by_name() {
        for (host, bare) in [
            ("hop.example.org", "hop.example.org"),
            ("hop.example.org:8080", "hop.example.org"),
            ("hop.example.org.", "hop.example.org"),
            ("[::1]:80", "[::1]"),
            ("[::1]", "[::1]"),
            ("127.0.0.1:8080", "127.0.0.1"),
        ] {
            assert_eq!(name(host), bare);
        }
        let config = Config {
            public_url: Some("https://hop.example.org".to_owned()),
            allowed_hosts: vec!["Localhost:8080".to_owned()],
            ..Config::default()
        };
        let (some, any) = (Hosts::of(&config), Hosts::of(&Config { allowed_hosts: Vec::new(), ..config }));
        let asked = |hosts: &Hosts, host: Option<&str>| {
            let request = host.into_iter().fold(Request::get("/"), |request, host| request.header("host", host));
            hosts.check(&request.body(Body::empty()).unwrap())
        };
        for host in ["localhost", "LOCALHOST:1", "hop.example.org"] {
            assert_eq!(asked(&some, Some(host)), Ok(()), "{host}");
        }
        assert_eq!(asked(&some, Some("evil.example")), Err(StatusCode::MISDIRECTED_REQUEST));
        assert_eq!(asked(&some, None), Err(StatusCode::BAD_REQUEST));
        assert_eq!(asked(&any, Some("evil.example")), Ok(()), "without a list every name is taken");
    }
}
