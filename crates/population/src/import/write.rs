//! Storing a checked file: one transaction, in which the register is compared first.

use super::{Checked, Fault, FaultKind, ImportError, ImportLimits, ImportReport, Progress};
use crate::register::{INDEXES, ROWS_PER_INSERT, insert, stored};
use crate::{Country, Person, Register, RegisterError};
use mekong_base::Instant;
use mekong_store::StoreError;
use sqlx::SqliteConnection;
use std::collections::HashMap;
use tokio::sync::mpsc;

/// Why the transaction was given up.
enum GivenUp {
    Conflicts { faults: Vec<Fault>, total: u64 },
    Failed(RegisterError),
}

impl From<StoreError> for GivenUp {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<RegisterError> for GivenUp {
    fn from(error: RegisterError) -> Self {
        Self::Failed(error)
    }
}

/// Stores the persons of a clean file, or reports those that are there with other data.
pub(super) async fn store(
    register: &Register,
    checked: Checked,
    limits: &ImportLimits,
    now: Instant,
    mut progress: impl FnMut(Progress),
) -> Result<ImportReport, ImportError> {
    let Checked { mut report, mut persons } = checked;
    persons.sort_unstable_by(|(_, a), (_, b)| a.id.cmp(&b.id));
    let total = persons.len() as u64;
    let (sender, mut done) = mpsc::unbounded_channel();
    let country = register.country.clone();
    let faults_max = limits.faults;
    let mut writing = std::pin::pin!(register.database.transact(move |connection| {
        Box::pin(async move {
            let storing = Storing { connection, country: &country, faults_max, done: &sender };
            storing.run(&persons, now).await
        })
    }));
    let outcome = loop {
        tokio::select! {
            biased;
            Some(done) = done.recv() => progress(Progress::Writing { done, total }),
            outcome = &mut writing => break outcome,
        }
    };
    match outcome {
        Ok((added, unchanged)) => {
            (report.added, report.unchanged) = (added, unchanged);
            progress(Progress::Writing { done: total, total });
            Ok(report)
        }
        Err(GivenUp::Conflicts { faults, total }) => {
            report.faults_total = total;
            Ok(report.finish(faults, limits))
        }
        Err(GivenUp::Failed(error)) => Err(error.into()),
    }
}

struct Storing<'c> {
    connection: &'c mut SqliteConnection,
    country: &'c Country,
    faults_max: usize,
    done: &'c mpsc::UnboundedSender<u64>,
}

impl Storing<'_> {
    /// How many were added, and how many were there.
    async fn run(mut self, persons: &[(u64, Person)], now: Instant) -> Result<(u64, u64), GivenUp> {
        let is_empty = sqlx::query("SELECT id FROM person LIMIT 1")
            .fetch_optional(&mut *self.connection)
            .await
            .map_err(RegisterError::from)?
            .is_none();
        let all_new = is_empty && persons.len() > ROWS_PER_INSERT;
        for (drop, _) in INDEXES.into_iter().filter(|_| all_new) {
            self.execute(drop).await?;
        }
        let (mut added, mut unchanged, mut conflicts, mut total) = (0, 0, Vec::new(), 0);
        for chunk in persons.chunks(ROWS_PER_INSERT) {
            let new = if is_empty {
                chunk.iter().map(|(_, person)| person).collect()
            } else {
                let (new, faults) = self.compare(chunk).await?;
                unchanged += (chunk.len() - new.len() - faults.len()) as u64;
                total += faults.len() as u64;
                conflicts.extend(faults.into_iter().take(self.faults_max.saturating_sub(conflicts.len())));
                new
            };
            if total == 0 && !new.is_empty() {
                insert(self.connection, &new, self.country).await?;
                added += new.len() as u64;
            }
            let _ = self.done.send(added + unchanged + total);
        }
        for (_, create) in INDEXES.into_iter().filter(|_| all_new) {
            self.execute(create).await?;
        }
        if total > 0 {
            return Err(GivenUp::Conflicts { faults: conflicts, total });
        }
        self.note(persons.len() as u64, added, unchanged, now).await?;
        Ok((added, unchanged))
    }

    async fn execute(&mut self, statement: &'static str) -> Result<(), GivenUp> {
        sqlx::query(statement).execute(&mut *self.connection).await.map_err(RegisterError::from)?;
        Ok(())
    }

    /// The persons that are not there yet, and faults for those that are there with other data.
    async fn compare<'p>(&mut self, chunk: &'p [(u64, Person)]) -> Result<(Vec<&'p Person>, Vec<Fault>), GivenUp> {
        let ids = chunk.iter().map(|(_, person)| person.id.as_str());
        let there = stored(self.connection, ids, self.country.script()).await?;
        let there: HashMap<&str, &Person> = there.iter().map(|person| (person.id.as_str(), person)).collect();
        let (mut new, mut faults) = (Vec::new(), Vec::new());
        for (row, person) in chunk {
            match there.get(person.id.as_str()) {
                None => new.push(person),
                Some(same) if *same == person => {}
                Some(other) => {
                    faults.push(Fault::new(*row, "id", &person.id, FaultKind::Conflict(difference(person, other))))
                }
            }
        }
        Ok((new, faults))
    }

    async fn note(&mut self, rows: u64, added: u64, unchanged: u64, now: Instant) -> Result<(), GivenUp> {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        sqlx::query("INSERT INTO import (at, rows, added, unchanged) VALUES ($1, $2, $3, $4)")
            .bind(now.unix_micros())
            .bind(number(rows))
            .bind(number(added))
            .bind(number(unchanged))
            .execute(&mut *self.connection)
            .await
            .map_err(RegisterError::from)?;
        Ok(())
    }
}

/// The first column in which two entries of a number differ.
fn difference(a: &Person, b: &Person) -> &'static str {
    if a.name.native != b.name.native {
        "name"
    } else if a.name.latin != b.name.latin {
        "Latin name"
    } else if a.sex != b.sex {
        "sex"
    } else if a.born != b.born {
        "date of birth"
    } else if a.birth_place != b.birth_place {
        "birth place"
    } else if a.residence != b.residence {
        "residence"
    } else {
        "status"
    }
}
