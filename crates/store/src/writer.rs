//! The one writer: takes all waiting jobs, runs them in one transaction, commits once, then answers all.

use crate::StoreError;
use crate::task::{Command, Lost, Ran, Task};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

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
