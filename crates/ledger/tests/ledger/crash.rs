//! Crashes at every step of a simulated disk: what was acknowledged is there, nothing half-written is shown.
