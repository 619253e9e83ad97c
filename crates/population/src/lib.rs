//! The register of persons of one country: imported from CSV, kept in the embedded database, found by number or by name and
//! date of birth, served over HTTP. Thin: it holds who a person is, not yet families, events or documents.
//!
//! - [`person`]: what the register holds about a person.
//! - [`country`]: the rules of a country: its identity numbers, scripts, name order and administrative units.
//! - [`mod@import`]: CSV in, all or nothing, every fault with its place and its repair.
//! - [`mod@generate`]: synthetic persons, the same for the same seed on every machine.
//! - [`register`]: the tables and queries.
//! - [`access`]: the log of who looked at whom, on a ledger.
//! - [`http`]: the REST service, with its OpenAPI 3.1 description.
//!
//! Nothing here asks the system clock: `now` is a parameter, or comes from a [`mekong_base::Clock`].
//!
//! ```
//! use mekong_population::{Country, ImportLimits, MIGRATIONS, Register, generate, import};
//! use std::sync::Arc;
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! # let folder = tempfile::tempdir()?;
//! let country = Arc::new(Country::laos()?);
//! let mut file = Vec::new();
//! generate(&country, 1_000, 7, &mut file)?;
//!
//! let database = mekong_store::Database::open(folder.path().join("population.db"), MIGRATIONS).await?;
//! let register = Register::new(database, country);
//! let now = "2026-11-22T05:00:00Z".parse()?;
//! let report = import(&register, file.as_slice(), &ImportLimits::default(), now, |_progress| {}).await?;
//! assert_eq!(report.to_string(), "1000 rows: 1000 persons added, 0 already there");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod access;
pub mod country;
pub mod fold;
pub mod generate;
pub mod http;
pub mod import;
pub mod number;
pub mod person;
pub mod register;
pub mod units;

pub use access::{Access, AccessLog, Asker};
pub use country::Country;
pub use generate::{GenerateError, generate};
pub use import::{Fault, FaultKind, ImportError, ImportLimits, ImportReport, Progress, import};
pub use person::{NameParts, Person, PersonName, Sex, Status};
pub use register::{MIGRATIONS, Register, RegisterError};
