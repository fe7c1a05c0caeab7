//! Probes in, journeys out.
