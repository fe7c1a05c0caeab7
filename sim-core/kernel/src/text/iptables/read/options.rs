//! Which options each module has, and how many values they take.

/// An option of a module: its names (the first is the one used here) and its number of values.
pub(super) type Spec = (&'static [&'static str], usize);

/// A match or target this project knows, with all its options. An option that is known but not modelled makes the whole module
/// one that is kept as text.
pub(super) struct Module {
    pub(super) name: &'static str,
    pub(super) options: &'static [Spec],
}

const SPORT: Spec = (&["--sport", "--source-port"], 1);
const DPORT: Spec = (&["--dport", "--destination-port"], 1);

/// The matches.
pub(super) const MATCHES: &[Module] = &[
    Module { name: "comment", options: &[(&["--comment"], 1)] },
    Module { name: "tcp", options: &[SPORT, DPORT, (&["--syn"], 0), (&["--tcp-flags"], 2), (&["--tcp-option"], 1)] },
    Module { name: "udp", options: &[SPORT, DPORT] },
    Module { name: "sctp", options: &[SPORT, DPORT, (&["--chunk-types"], 2)] },
    Module { name: "icmp", options: &[(&["--icmp-type"], 1)] },
    Module {
        name: "multiport",
        options: &[(&["--sports", "--source-ports"], 1), (&["--dports", "--destination-ports"], 1), (&["--ports"], 1)],
    },
    Module {
        name: "rpfilter",
        options: &[(&["--loose"], 0), (&["--validmark"], 0), (&["--accept-local"], 0), (&["--invert"], 0)],
    },
    Module { name: "iprange", options: &[(&["--src-range"], 1), (&["--dst-range"], 1)] },
    Module {
        name: "set",
        options: &[
            (&["--match-set"], 2),
            (&["--return-nomatch"], 0),
            (&["--update-counters"], 0),
            (&["--update-subcounters"], 0),
            (&["--packets-eq"], 1),
            (&["--packets-lt"], 1),
            (&["--packets-gt"], 1),
            (&["--bytes-eq"], 1),
            (&["--bytes-lt"], 1),
            (&["--bytes-gt"], 1),
        ],
    },
    Module {
        name: "physdev",
        options: &[
            (&["--physdev-is-in"], 0),
            (&["--physdev-in"], 1),
            (&["--physdev-is-out"], 0),
            (&["--physdev-out"], 1),
            (&["--physdev-is-bridged"], 0),
        ],
    },
    Module {
        name: "conntrack",
        options: &[
            (&["--ctstate"], 1),
            (&["--ctproto"], 1),
            (&["--ctorigsrc"], 1),
            (&["--ctorigdst"], 1),
            (&["--ctreplsrc"], 1),
            (&["--ctrepldst"], 1),
            (&["--ctorigsrcport"], 1),
            (&["--ctorigdstport"], 1),
            (&["--ctreplsrcport"], 1),
            (&["--ctrepldstport"], 1),
            (&["--ctstatus"], 1),
            (&["--ctexpire"], 1),
            (&["--ctdir"], 1),
        ],
    },
    Module { name: "state", options: &[(&["--state"], 1)] },
    Module { name: "mark", options: &[(&["--mark"], 1)] },
    Module { name: "connmark", options: &[(&["--mark"], 1)] },
    Module {
        name: "addrtype",
        options: &[(&["--src-type"], 1), (&["--dst-type"], 1), (&["--limit-iface-in"], 0), (&["--limit-iface-out"], 0)],
    },
    Module {
        name: "statistic",
        options: &[(&["--mode"], 1), (&["--probability"], 1), (&["--every"], 1), (&["--packet"], 1)],
    },
    Module {
        name: "owner",
        options: &[(&["--socket-exists"], 0), (&["--uid-owner"], 1), (&["--gid-owner"], 1), (&["--suppl-groups"], 0)],
    },
    Module { name: "nfacct", options: &[(&["--nfacct-name"], 1)] },
    Module {
        name: "recent",
        options: &[
            (&["--set"], 0),
            (&["--rcheck"], 0),
            (&["--update"], 0),
            (&["--remove"], 0),
            (&["--seconds"], 1),
            (&["--reap"], 0),
            (&["--hitcount"], 1),
            (&["--rttl"], 0),
            (&["--name"], 1),
            (&["--mask"], 1),
            (&["--rsource"], 0),
            (&["--rdest"], 0),
        ],
    },
    Module { name: "limit", options: &[(&["--limit"], 1), (&["--limit-burst"], 1)] },
    Module { name: "pkttype", options: &[(&["--pkt-type"], 1)] },
    Module { name: "ttl", options: &[(&["--ttl-eq", "--ttl"], 1), (&["--ttl-lt"], 1), (&["--ttl-gt"], 1)] },
    Module { name: "length", options: &[(&["--length"], 1)] },
    Module { name: "mac", options: &[(&["--mac-source"], 1)] },
    Module { name: "dscp", options: &[(&["--dscp"], 1), (&["--dscp-class"], 1)] },
    Module { name: "tos", options: &[(&["--tos"], 1)] },
];

const RANDOM: Spec = (&["--random"], 0);
const FULLY: Spec = (&["--random-fully"], 0);
const PERSISTENT: Spec = (&["--persistent"], 0);
const TO_PORTS: Spec = (&["--to-ports"], 1);

/// The targets, without chains.
pub(super) const TARGETS: &[Module] = &[
    Module { name: "ACCEPT", options: &[] },
    Module { name: "DROP", options: &[] },
    Module { name: "RETURN", options: &[] },
    Module { name: "REJECT", options: &[(&["--reject-with"], 1)] },
    Module { name: "DNAT", options: &[(&["--to-destination"], 1), RANDOM, PERSISTENT] },
    Module { name: "SNAT", options: &[(&["--to-source"], 1), RANDOM, FULLY, PERSISTENT] },
    Module { name: "MASQUERADE", options: &[TO_PORTS, RANDOM, FULLY] },
    Module { name: "REDIRECT", options: &[TO_PORTS, RANDOM] },
    Module { name: "NETMAP", options: &[(&["--to"], 1)] },
    Module {
        name: "MARK",
        options: &[
            (&["--set-xmark"], 1),
            (&["--set-mark"], 1),
            (&["--and-mark"], 1),
            (&["--or-mark"], 1),
            (&["--xor-mark"], 1),
        ],
    },
    Module {
        name: "CONNMARK",
        options: &[
            (&["--set-xmark"], 1),
            (&["--set-mark"], 1),
            (&["--and-mark"], 1),
            (&["--or-mark"], 1),
            (&["--xor-mark"], 1),
            (&["--save-mark"], 0),
            (&["--restore-mark"], 0),
            (&["--nfmask"], 1),
            (&["--ctmask"], 1),
            (&["--mask"], 1),
            (&["--left-shift-mark"], 1),
            (&["--right-shift-mark"], 1),
        ],
    },
    Module {
        name: "CT",
        options: &[
            (&["--notrack"], 0),
            (&["--helper"], 1),
            (&["--timeout"], 1),
            (&["--ctevents"], 1),
            (&["--expevents"], 1),
            (&["--zone"], 1),
            (&["--zone-orig"], 1),
            (&["--zone-reply"], 1),
        ],
    },
    Module { name: "NOTRACK", options: &[] },
    Module {
        name: "LOG",
        options: &[
            (&["--log-level"], 1),
            (&["--log-prefix"], 1),
            (&["--log-tcp-sequence"], 0),
            (&["--log-tcp-options"], 0),
            (&["--log-ip-options"], 0),
            (&["--log-uid"], 0),
            (&["--log-macdecode"], 0),
        ],
    },
    Module {
        name: "NFLOG",
        options: &[
            (&["--nflog-group"], 1),
            (&["--nflog-prefix"], 1),
            (&["--nflog-range"], 1),
            (&["--nflog-size"], 1),
            (&["--nflog-threshold"], 1),
        ],
    },
    Module { name: "TRACE", options: &[] },
    Module { name: "TTL", options: &[(&["--ttl-set"], 1), (&["--ttl-inc"], 1), (&["--ttl-dec"], 1)] },
];

/// Further targets of the tool, kept as text; any other word after `-j` is a chain.
pub(super) const OTHER_TARGETS: [&str; 24] = [
    "AUDIT",
    "CHECKSUM",
    "CLASSIFY",
    "CLUSTERIP",
    "CONNSECMARK",
    "DSCP",
    "ECN",
    "HL",
    "HMARK",
    "IDLETIMER",
    "LED",
    "NFQUEUE",
    "QUEUE",
    "RATEEST",
    "SECMARK",
    "SET",
    "SYNPROXY",
    "TCPMSS",
    "TCPOPTSTRIP",
    "TEE",
    "TOS",
    "TPROXY",
    "ULOG",
    "NAT",
];

/// A module by name.
pub(super) fn find(modules: &'static [Module], name: &str) -> Option<&'static Module> {
    modules.iter().find(|module| module.name == name)
}

impl Module {
    /// An option by its full name.
    pub(super) fn exact(&self, name: &str) -> Option<&'static Spec> {
        self.options.iter().find(|(names, _)| names.contains(&name))
    }

    /// The one option whose name starts so, as `getopt_long` takes it.
    pub(super) fn shortened(&self, name: &str) -> Option<&'static Spec> {
        let long = name.len() > 3 && name.starts_with("--");
        let mut found =
            self.options.iter().filter(|(names, _)| long && names.iter().any(|known| known.starts_with(name)));
        match (found.next(), found.next()) {
            (one, None) => one,
            _ => None,
        }
    }
}
