//! What the writer is given: jobs, statements and appends, each with the caller that waits for it.

use crate::StoreError;
use crate::append::{Append, Table, Value};
use crate::error::code;
use futures_util::FutureExt;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteQueryResult};
use sqlx::{Sqlite, SqliteConnection};
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::oneshot;

/// What a job of [`Database::write`](crate::Database::write) returns: `Box::pin(async move { .. })`.
pub type JobFuture<'c, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>;

/// What is sent to the writer.
pub(crate) enum Command {
    Run(Box<dyn Task>),
    Append(Append),
    Close(oneshot::Sender<Result<(), StoreError>>),
}

/// One waiting caller and its work.
pub(crate) trait Task: Send {
    /// Nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;
    /// One statement, which SQLite undoes by itself when it fails.
    fn is_statement(&self) -> bool;
    /// Does the work and keeps the result.
    fn run<'a>(&'a mut self, connection: &'a mut SqliteConnection) -> Running<'a>;
    /// Hands the kept result back, or an error where the work was lost with its transaction.
    fn answer(self: Box<Self>, lost: Option<Lost>);
    /// Rows that others may join.
    fn as_append(&mut self) -> Option<&mut Append> {
        None
    }
}

/// A task at work.
pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Ran> + Send + 'a>>;

/// A transaction that was not committed.
#[derive(Clone)]
pub(crate) struct Lost {
    pub(crate) path: PathBuf,
    pub(crate) source: Arc<sqlx::Error>,
}

impl From<Lost> for StoreError {
    fn from(lost: Lost) -> Self {
        Self::NotCommitted { path: lost.path, source: lost.source }
    }
}

/// How a task went.
pub(crate) enum Ran {
    /// To be committed.
    Well,
    /// To be undone by itself.
    Badly,
    /// Nothing was written; to be run again, in a transaction.
    Again,
    /// SQLite may have undone the whole transaction, for this reason.
    Spoiling(Arc<sqlx::Error>),
}

impl Command {
    pub(crate) fn job<T, E, F>(job: F) -> (Self, oneshot::Receiver<Result<T, E>>)
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> JobFuture<'c, T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        (Self::Run(Box::new(Job { work: Some(job), result: None, reply })), answer)
    }

    pub(crate) fn statement(
        statement: Query<'static, Sqlite, SqliteArguments>,
    ) -> (Self, oneshot::Receiver<Result<SqliteQueryResult, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        (Self::Run(Box::new(Statement { work: Some(statement), result: None, reply })), answer)
    }

    pub(crate) fn append(
        table: &'static Table,
        rows: Vec<Vec<Value>>,
    ) -> (Self, oneshot::Receiver<Result<i64, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        (Self::Append(Append::new(table, rows, reply)), answer)
    }

    pub(crate) fn close() -> (Self, oneshot::Receiver<Result<(), StoreError>>) {
        let (reply, answer) = oneshot::channel();
        (Self::Close(reply), answer)
    }
}

struct Job<F, T, E> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Task for Job<F, T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> JobFuture<'c, T, E> + Send + 'static,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn is_statement(&self) -> bool {
        false
    }

    fn run<'a>(&'a mut self, connection: &'a mut SqliteConnection) -> Running<'a> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return Ran::Badly };
            let work = AssertUnwindSafe(async move { work(connection).await });
            let result = work.catch_unwind().await.unwrap_or_else(|_| Err(StoreError::Panicked.into()));
            let ran = result.as_ref().err().map_or(Ran::Well, failed);
            self.result = Some(result);
            ran
        })
    }

    fn answer(self: Box<Self>, lost: Option<Lost>) {
        let result = match (self.result, lost) {
            (Some(Err(own)), _) => Err(own),
            (_, Some(lost)) => Err(StoreError::from(lost).into()),
            (Some(done), None) => done,
            (None, None) => Err(StoreError::Closed.into()),
        };
        let _ = self.reply.send(result);
    }
}

struct Statement {
    work: Option<Query<'static, Sqlite, SqliteArguments>>,
    result: Option<Result<SqliteQueryResult, StoreError>>,
    reply: oneshot::Sender<Result<SqliteQueryResult, StoreError>>,
}

impl Task for Statement {
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn is_statement(&self) -> bool {
        true
    }

    fn run<'a>(&'a mut self, connection: &'a mut SqliteConnection) -> Running<'a> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return Ran::Badly };
            let result = work.execute(connection).await.map_err(Arc::new);
            let ran = match &result {
                Ok(_) => Ran::Well,
                Err(error) if undoes_only_itself(error) => Ran::Badly,
                Err(error) => Ran::Spoiling(Arc::clone(error)),
            };
            self.result = Some(result.map_err(|source| StoreError::Sql { source }));
            ran
        })
    }

    fn answer(self: Box<Self>, lost: Option<Lost>) {
        let result = match (self.result, lost) {
            (Some(Err(own)), _) => Err(own),
            (_, Some(lost)) => Err(lost.into()),
            (Some(done), None) => done,
            (None, None) => Err(StoreError::Closed),
        };
        let _ = self.reply.send(result);
    }
}

/// `SQLITE_ERROR`, `_CONSTRAINT`, `_MISMATCH`, `_RANGE` and `_TOOBIG` leave the transaction open; `_FULL`, `_IOERR`,
/// `_NOMEM`, `_BUSY` and `_INTERRUPT` may undo all of it (<https://www.sqlite.org/lang_transaction.html>).
pub(crate) fn undoes_only_itself(error: &sqlx::Error) -> bool {
    match code(error) {
        Some(code) => matches!(code & 0xff, 1 | 18 | 19 | 20 | 25),
        None => !matches!(error, sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed),
    }
}

/// What the error of a job means for the jobs beside it.
fn failed<E: 'static>(error: &E) -> Ran {
    match (error as &dyn Any).downcast_ref::<StoreError>() {
        Some(StoreError::Sql { source }) if !undoes_only_itself(source) => Ran::Spoiling(Arc::clone(source)),
        _ => Ran::Badly,
    }
}
