//! Append-only logs that prove themselves: what was recorded can be neither rewritten, dropped nor reordered unnoticed.
//!
//! A [`Ledger`] is an append-only sequence of [`Record`]s, durable when [`Ledger::append`] resolves:
//!
//! ```
//! use mekong_base::{Clock, Instant};
//! use mekong_ledger::{Disk, Ledger, NewRecord, Options};
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! # let folder = tempfile::tempdir()?;
//! let clock = Clock::manual(Instant::from_unix_seconds(1_800_000_000));
//! let ledger = Ledger::open_files(folder.path().join("log"), Options::default(), Disk::real(), clock).await?;
//! let first = ledger.append(vec![NewRecord { kind: 1, payload: "hello".into() }]).await?;
//! assert_eq!((first, ledger.end()), (0, 1));
//! assert_eq!(ledger.get(0).await?.map(|record| record.payload), Some("hello".into()));
//! let root = ledger.root(1).await?;
//! ledger.close().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Two things keep it. **Files** ([`Ledger::open_files`]), for one process: a writer encodes all appends that wait into one
//! write and one sync, on zeros written ahead; the tree is kept behind it. After a crash what was acknowledged is there, a
//! torn tail is cut, and damage before it is an error that names segment, offset and record. **PostgreSQL**
//! ([`Ledger::open_postgres`]), for several processes: positions follow commits, an answer that was lost with its connection
//! is looked for, everyone is told what the others append. [`Ledger::export`] copies either into a folder, proofs and all.
//!
//! What stands in the tree for a record is a salted [`commitment`], so that proofs have nothing personal and old records may
//! go ([`Ledger::remove_before`]) while every proof stays. With [`Keys`] payloads, salts and blobs are encrypted at rest; the
//! name of a blob, the digest of its content, is not.
//!
//! Not here: what records mean. That belongs to the rooms that append them, and what people search is a projection that can
//! be made again from the ledger.
//!
//! - [`disk`]: the seam to the disk, real or simulated. With a simulated one no thread is started and all waiting is
//!   Tokio's.
//! - [`Blobs`]: content beside the ledger, under its digest.
//! - [`segment`]: the format of the files that records are in. No IO.
//! - [`merkle`]: the tree over the records (RFC 9162): its right edge, roots, proofs, and their verification. No IO.
//! - [`tile`]: the tree in files (C2SP tlog-tiles). No IO.
//! - [`commitment`]: what stands for a record in the tree. No IO.
//! - [`note`], [`checkpoint`]: signed notes and heads of logs (C2SP signed-note, tlog-checkpoint, tlog-cosignature). No IO.
//! - [`witness`]: cosigning other logs, and finding two histories (C2SP tlog-witness). No IO.
//! - [`proof`]: proofs that need nothing but themselves and the keys one trusts (C2SP tlog-proof). No IO.
//! - [`offline`]: a ledger's folder read without opening it.
//! - [`audit`]: what was rewritten, dropped, moved or cut off is found and named.

mod at_rest;
pub mod audit;
mod blobs;
pub mod checkpoint;
pub mod commitment;
mod cosignature;
pub mod disk;
mod error;
mod export;
mod files;
mod ledger;
pub mod merkle;
pub mod note;
pub mod offline;
mod options;
mod postgres;
pub mod proof;
mod record;
pub mod segment;
pub mod tile;
mod tree;
pub mod witness;

pub use at_rest::{Key, Keys};
pub use blobs::{BLOB_KEPT, BlobId, BlobIdError, BlobReader, Blobs};
pub use disk::Disk;
pub use error::LedgerError;
pub use ledger::Ledger;
pub use merkle::Hash;
pub use options::Options;
pub use record::{Entry, NewRecord, Record, SALT_LEN};
