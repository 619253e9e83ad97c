//! A node goes on in another process, of another release perhaps, without a connection refused or a message lost.
//!
//! The running process starts the program anew and gives it its listening sockets ([`Successor`]). The new one reads its
//! configuration and opens its keys; only then the old one ends what is under way, closes its ledgers and lets the new one
//! go on ([`Predecessor`]). Connections wait in the system's queue meanwhile. If the new one fails, before or after, the old
//! one serves (again): it still has the sockets.
//!
//! Both speak over a socket that is the standard input of the new one:
//!
//! ```text
//! old to new   1 byte with the listening sockets (SCM_RIGHTS)
//! new to old   "prepared\n"    configuration and keys are good
//! old to new   "go\n"          the ledgers are closed
//! new to old   "serving\n"
//! ```
//!
//! [`control`] is where `mekong restart` asks for it, [`signals`] hears who asks by signal, [`supervisor`] tells systemd.

pub(crate) mod control;
mod predecessor;
pub(crate) mod signals;
mod successor;
pub(crate) mod supervisor;

pub(crate) use predecessor::{Predecessor, tell_failed};
pub(crate) use successor::{Program, Successor, terminate};

use std::time::Duration;

/// The most listening sockets that are handed over.
const SOCKETS_MAX: usize = 64;
/// What the new process says when its configuration and keys are good.
const PREPARED: &str = "prepared";
/// What the old process says when its ledgers are closed.
const GO: &str = "go";
/// What the new process says when it serves.
const SERVING: &str = "serving";
/// What the new process says before it ends because it cannot go on; the reason follows.
const FAILED: &str = "failed: ";
/// The option with which the new process is started.
const OPTION: &str = "--take-over";

/// For reading the configuration and opening keys.
const PREPARING: Duration = Duration::from_secs(60);
/// For opening ledgers and beginning to serve; an index that has to be made anew is not waited for.
const BEGINNING: Duration = Duration::from_secs(120);
