//! Server and command line of kubehop.
