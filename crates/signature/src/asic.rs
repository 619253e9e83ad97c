//! Associated signature containers (ETSI EN 319 162-1, -2).

pub(crate) mod uri;
