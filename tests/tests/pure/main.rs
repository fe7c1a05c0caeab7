//! What needs no server and no kernel: conformance with recorded behaviour, properties, words, structure.

mod architecture;
mod bounded;
mod capture;
mod compose;
mod dns;
mod docker;
mod flannel;
mod fleet;
mod fuzzed;
mod hostile;
mod hosts;
mod kindnet;
mod kustomize;
mod live;
mod match_nft;
mod mutated;
mod mutations;
mod names;
mod roundtrip_iptables;
mod roundtrip_nft;
mod rules;
mod rules_settings;
mod shown;
mod toy_cni;
mod trace;
mod words;
