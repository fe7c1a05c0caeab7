//! Pages and pictures of kubehop.
