//! The one writer: takes all waiting jobs, runs them in one transaction, commits once, then answers all.

use crate::StoreError;
use crate::append::{Append, Table, Value};
use crate::error::code;
use futures_util::FutureExt;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteQueryResult};
use sqlx::{Connection, Sqlite, SqliteConnection};
use std::any::Any;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

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
    path: PathBuf,
    source: Arc<sqlx::Error>,
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

/// The task that owns the writing connection.
pub(crate) struct Writer {
    path: PathBuf,
    connection: Option<SqliteConnection>,
    connect: SqliteConnectOptions,
    commands: mpsc::Receiver<Command>,
    group: usize,
    waiting: VecDeque<Box<dyn Task>>,
    closing: Vec<oneshot::Sender<Result<(), StoreError>>>,
}

impl Writer {
    pub(crate) fn new(
        path: PathBuf,
        connection: SqliteConnection,
        connect: SqliteConnectOptions,
        commands: mpsc::Receiver<Command>,
        group: usize,
    ) -> Self {
        let (waiting, closing) = (VecDeque::new(), Vec::new());
        Self { path, connection: Some(connection), connect, commands, group, waiting, closing }
    }

    /// Works until the database is closed or dropped, and whatever was queued is done.
    pub(crate) async fn run(mut self) {
        while let Some(command) = self.commands.recv().await {
            self.take(command);
            for _ in 1..self.group {
                let Ok(command) = self.commands.try_recv() else { break };
                self.take(command);
            }
            while !self.waiting.is_empty() {
                self.run_group().await;
            }
        }
        let closed = self.finish().await;
        if let Err(error) = &closed {
            tracing::warn!(database = %self.path.display(), %error, "the log stays beside the database until the next start");
        }
        let mut closed = Some(closed);
        for reply in self.closing {
            let _ = reply.send(closed.take().unwrap_or(Ok(())));
        }
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Run(task) if task.is_abandoned() => {}
            Command::Run(task) => self.waiting.push_back(task),
            Command::Append(append) => {
                let last = self.waiting.back_mut().and_then(|task| task.as_append());
                let alone = match last {
                    Some(last) => last.join(append),
                    None => Some(append),
                };
                self.waiting.extend(alone.map(|append| Box::new(append) as Box<dyn Task>));
            }
            Command::Close(reply) => {
                self.commands.close();
                self.closing.push(reply);
            }
        }
    }

    /// Runs waiting tasks in one transaction. If it is lost half-way, the tasks not yet begun stay waiting.
    async fn run_group(&mut self) {
        let mut done = Vec::with_capacity(self.waiting.len());
        let outcome = match self.connected().await {
            Ok(mut connection) => {
                let outcome = run_tasks(&mut connection, &mut self.waiting, &mut done).await;
                self.connection = outcome.is_ok().then_some(connection);
                outcome
            }
            Err(error) => Err(error),
        };
        if outcome.is_err() && done.is_empty() {
            done.extend(self.waiting.drain(..));
        }
        let lost = outcome.err().map(|source| Lost { path: self.path.clone(), source });
        if let Some(lost) = &lost {
            tracing::error!(database = %self.path.display(), jobs = done.len(), error = %lost.source, "not committed");
        }
        for task in done {
            task.answer(lost.clone());
        }
    }

    /// The connection; a new one where the last one was given up.
    async fn connected(&mut self) -> Result<SqliteConnection, Arc<sqlx::Error>> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => SqliteConnection::connect_with(&self.connect).await.map_err(Arc::new),
        }
    }

    async fn finish(&mut self) -> Result<(), StoreError> {
        let Some(mut connection) = self.connection.take() else { return Ok(()) };
        control(&mut connection, "PRAGMA wal_checkpoint(TRUNCATE)")
            .await
            .map_err(|source| StoreError::Sql { source })?;
        connection.close().await?;
        Ok(())
    }
}

/// Runs tasks from `waiting` until it is empty or the transaction is lost, and commits. Those that began are in `done`.
async fn run_tasks(
    connection: &mut SqliteConnection,
    waiting: &mut VecDeque<Box<dyn Task>>,
    done: &mut Vec<Box<dyn Task>>,
) -> Result<(), Arc<sqlx::Error>> {
    let alone = waiting.len() == 1;
    if alone && waiting.front().is_some_and(|task| task.is_statement()) {
        return run_statement(connection, waiting, done).await;
    }
    control(connection, "BEGIN IMMEDIATE").await?;
    while let Some(mut task) = waiting.pop_front() {
        let savepoint = !alone && !task.is_statement();
        if savepoint {
            control(connection, "SAVEPOINT job").await?;
        }
        let ran = task.run(connection).await;
        if matches!(ran, Ran::Again) {
            waiting.push_front(task);
        } else {
            done.push(task);
        }
        match ran {
            Ran::Again => {}
            Ran::Well if savepoint => control(connection, "RELEASE job").await?,
            Ran::Well => {}
            Ran::Badly if savepoint => {
                control(connection, "ROLLBACK TO job").await?;
                control(connection, "RELEASE job").await?;
            }
            Ran::Badly if alone => return roll_back(connection).await,
            Ran::Badly => {}
            Ran::Spoiling(error) => return Err(error),
        }
    }
    control(connection, "COMMIT").await
}

/// A lone statement is a transaction of its own.
async fn run_statement(
    connection: &mut SqliteConnection,
    waiting: &mut VecDeque<Box<dyn Task>>,
    done: &mut Vec<Box<dyn Task>>,
) -> Result<(), Arc<sqlx::Error>> {
    let Some(mut statement) = waiting.pop_front() else { return Ok(()) };
    let ran = statement.run(connection).await;
    if matches!(ran, Ran::Again) {
        waiting.push_front(statement);
    } else {
        done.push(statement);
    }
    match ran {
        Ran::Spoiling(error) => Err(error),
        Ran::Again | Ran::Badly | Ran::Well => Ok(()),
    }
}

/// Ends the transaction of a lone task that failed; SQLite may have ended it already.
async fn roll_back(connection: &mut SqliteConnection) -> Result<(), Arc<sqlx::Error>> {
    let _ = control(connection, "ROLLBACK").await;
    Ok(())
}

async fn control(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), Arc<sqlx::Error>> {
    sqlx::query(statement).execute(connection).await.map(|_| ()).map_err(Arc::new)
}
