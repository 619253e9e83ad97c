//! Rows of many callers in one `INSERT`.

use crate::StoreError;
use crate::task::{Lost, Ran, Running, Task, undoes_only_itself};
use sqlx::{AssertSqlSafe, SqliteConnection};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Rows of one `INSERT` that several callers share, at most.
const ROWS_MAX: usize = 32;

/// Where rows are appended.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The columns of a row, in order.
    pub columns: &'static [&'static str],
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number or an instant.
    Integer(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Rows of one or more callers that wait for the writer.
pub(crate) struct Append {
    table: &'static Table,
    callers: Vec<Caller>,
    rows: usize,
    /// One of the callers has a row that the table refuses: each is inserted by itself, to find which.
    is_split: bool,
}

struct Caller {
    rows: Vec<Vec<Value>>,
    result: Option<Result<i64, StoreError>>,
    reply: oneshot::Sender<Result<i64, StoreError>>,
}

impl Caller {
    fn take(&mut self) -> impl Iterator<Item = Value> + use<> {
        std::mem::take(&mut self.rows).into_iter().flatten()
    }

    fn copy(&self) -> impl Iterator<Item = Value> {
        self.rows.iter().flatten().cloned()
    }
}

impl Append {
    pub(crate) fn new(
        table: &'static Table,
        rows: Vec<Vec<Value>>,
        reply: oneshot::Sender<Result<i64, StoreError>>,
    ) -> Self {
        let count = rows.len();
        Self { table, callers: vec![Caller { rows, result: None, reply }], rows: count, is_split: false }
    }

    /// Takes the rows of another in, or gives it back if they do not go together.
    pub(crate) fn join(&mut self, other: Self) -> Option<Self> {
        if self.table != other.table || self.is_split || self.rows + other.rows > ROWS_MAX {
            return Some(other);
        }
        self.rows += other.rows;
        self.callers.extend(other.callers);
        None
    }

    async fn run_together(&mut self, connection: &mut SqliteConnection) -> Ran {
        let counts: Vec<usize> = self.callers.iter().map(|caller| caller.rows.len()).collect();
        let done = match self.callers.as_mut_slice() {
            [only] => insert(connection, self.table, self.rows, only.take()).await,
            // Kept for the case that one of them is refused.
            several => insert(connection, self.table, self.rows, several.iter().flat_map(Caller::copy)).await,
        };
        match done {
            Ok(last) => {
                let mut left = self.rows;
                for (caller, count) in self.callers.iter_mut().zip(counts) {
                    left -= count;
                    caller.result = Some(Ok(last.saturating_sub_unsigned(left as u64)));
                }
                Ran::Well
            }
            Err(error) if undoes_only_itself(&error) && self.callers.len() > 1 => {
                self.is_split = true;
                Ran::Again
            }
            Err(error) => {
                let ran = if undoes_only_itself(&error) { Ran::Badly } else { Ran::Spoiling(Arc::clone(&error)) };
                for caller in &mut self.callers {
                    caller.result = Some(Err(StoreError::Sql { source: Arc::clone(&error) }));
                }
                ran
            }
        }
    }

    async fn run_each(&mut self, connection: &mut SqliteConnection) -> Ran {
        for caller in &mut self.callers {
            match insert(connection, self.table, caller.rows.len(), caller.take()).await {
                Err(error) if !undoes_only_itself(&error) => return Ran::Spoiling(error),
                result => caller.result = Some(result.map_err(|source| StoreError::Sql { source })),
            }
        }
        Ran::Well
    }
}

impl Task for Append {
    fn is_abandoned(&self) -> bool {
        self.callers.iter().all(|caller| caller.reply.is_closed())
    }

    fn is_statement(&self) -> bool {
        !self.is_split
    }

    fn run<'a>(&'a mut self, connection: &'a mut SqliteConnection) -> Running<'a> {
        Box::pin(async move {
            if self.is_split { self.run_each(connection).await } else { self.run_together(connection).await }
        })
    }

    fn answer(self: Box<Self>, lost: Option<Lost>) {
        for caller in self.callers {
            let result = match (caller.result, &lost) {
                (Some(Err(own)), _) => Err(own),
                (_, Some(lost)) => Err(lost.clone().into()),
                (Some(done), None) => done,
                (None, None) => Err(StoreError::Closed),
            };
            let _ = caller.reply.send(result);
        }
    }

    fn as_append(&mut self) -> Option<&mut Append> {
        Some(self)
    }
}

/// Inserts `count` rows with one statement; returns the number of the last.
async fn insert(
    connection: &mut SqliteConnection,
    table: &Table,
    count: usize,
    values: impl Iterator<Item = Value>,
) -> Result<i64, Arc<sqlx::Error>> {
    let mut statement = sqlx::query(AssertSqlSafe(text(table, count)));
    for value in values {
        statement = match value {
            Value::Null => statement.bind(None::<i64>),
            Value::Integer(number) => statement.bind(number),
            Value::Text(text) => statement.bind(text),
            Value::Blob(bytes) => statement.bind(bytes),
        };
    }
    statement.execute(connection).await.map(|done| done.last_insert_rowid()).map_err(Arc::new)
}

fn text(table: &Table, rows: usize) -> String {
    let row = format!("({})", vec!["?"; table.columns.len()].join(", "));
    format!("INSERT INTO {} ({}) VALUES {}", table.name, table.columns.join(", "), vec![row; rows].join(", "))
}
