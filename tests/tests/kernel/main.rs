//! The kernel of this machine as the judge, and labs built on it. Needs root; a missing tool or feature is a failure.

mod copies;
mod fragments;
mod iptables;
mod iptables_text;
mod journeys;
mod known_gaps;
mod kube_proxy;
mod lab;
mod names;
mod neighbours;
mod owners;
mod random;
mod routing;
mod sizes;
mod streams;
mod tunnels;
mod wrapped;
