//! `mekong serve`: the roles of one configuration file, until interrupted. `mekong restart`: the same in a new process, without
//! a connection refused.

use super::{CommandError, CommandResult};
use crate::node::{Node, NodeConfig};
use crate::restart::control::{self, Control, Order};
use crate::restart::signals::{Asked, Signals};
use crate::restart::{Predecessor, Program, Successor, supervisor, tell_failed, terminate};
use crate::serving::sockets::Sockets;
use clap::Args;
use mekong_base::Clock;
use mekong_ledger::LedgerError;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Exit code of a node whose disk failed: `EX_IOERR` of sysexits(3). Who supervises it starts it again.
const DISK_FAILED: u8 = 74;
/// How long after a ledger failed it is opened again.
const OPEN_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Failing again within this time is no passing trouble.
const FAILS_AGAIN: Duration = Duration::from_secs(60);

/// Options of `mekong serve`.
#[derive(Args)]
pub(crate) struct ServeOptions {
    /// The configuration file (TOML). `mekong demo` writes such files: DIR/VN/mps/node.toml is one.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Takes over from the process that started this one (`mekong restart`).
    #[arg(long, hide = true)]
    take_over: bool,
}

/// Options of `mekong restart`.
#[derive(Args)]
pub(crate) struct RestartOptions {
    /// The configuration file of the node that runs (TOML).
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) async fn run(options: ServeOptions) -> CommandResult {
    match options.take_over {
        true => {
            let (predecessor, sockets) = Predecessor::meet()?;
            let served = serve_on(&options.config, Sockets::kept(sockets)?, Some(predecessor)).await;
            served.inspect_err(tell_failed)
        }
        false => serve(&options.config).await,
    }
}

/// Asks a node that runs to go on in a new process.
pub(crate) async fn restart(options: RestartOptions) -> CommandResult {
    let config = NodeConfig::read(&options.config)?;
    let no_folder = || CommandError::new("a node without a folder is restarted by a signal: kill -USR2 PID");
    match control::ask(config.folder().ok_or_else(no_folder)?).await? {
        outcome if options.json => {
            let (is_restarted, text) = (outcome.is_ok(), outcome.unwrap_or_else(|text| text));
            println!("{}", serde_json::json!({ "restarted": is_restarted, "text": text }));
            Ok(if is_restarted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Ok(text) => {
            println!("{text}");
            Ok(ExitCode::SUCCESS)
        }
        Err(text) => {
            eprintln!("mekong: not restarted, the node serves as before: {text}");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Runs the roles of a file until interrupted.
///
/// # Errors
/// In words: which role does not start, and what to do.
pub(crate) async fn serve(file: &Path) -> CommandResult {
    serve_on(file, Sockets::kept(supervisor::sockets()?)?, None).await
}

async fn serve_on(file: &Path, sockets: Sockets, predecessor: Option<Predecessor>) -> CommandResult {
    let mut signals = Signals::listen()?;
    let (program, clock) = (Program::own()?, Clock::system());
    let config = NodeConfig::read(file)?;
    let node = begin(&config, &clock, &sockets, predecessor, &mut signals).await?;
    let Some(node) = node else { return Ok(ExitCode::SUCCESS) };
    let mut node = Box::new(node);
    let mut control = Control::listen(config.folder());
    for (what, place) in config.places() {
        println!("{what:<26}{place}");
    }
    println!("{} is running; Ctrl-C stops it", file.display());
    supervisor::ready();
    let mut reopened: Option<Instant> = None;
    loop {
        let order = tokio::select! {
            asked = signals.next() => match asked {
                Asked::End => break,
                Asked::Restart => None,
            },
            order = control.next() => Some(order),
            error = node.failed() => {
                let is_new = reopened.is_none_or(|at| at.elapsed() > FAILS_AGAIN);
                node = match open_again(node, &error, is_new, &config, &sockets).await {
                    Ok(node) => node,
                    Err(error) => {
                        eprintln!("mekong: {error}");
                        return Ok(ExitCode::from(DISK_FAILED));
                    }
                };
                reopened = Some(Instant::now());
                continue;
            }
        };
        node = match hand_over(node, &config, &program, &sockets).await {
            Handover::Done { successor, text } => return gone(successor, text, order, &mut signals).await,
            Handover::Failed { node, error } => {
                serves_on(&error, order).await;
                node
            }
            Handover::Ended(error) => {
                if let Some(order) = order {
                    order.answer(&Err(format!("{error}; this process ends too"))).await;
                }
                return Err(error);
            }
        };
    }
    supervisor::stopping();
    // Who comes from now on is better told at once, and goes elsewhere, than let in and cut off.
    sockets.close();
    end(node, &mut signals).await
}

/// Starts the node, after the process before, if there is one, has let it. Nothing, if it was asked to end meanwhile.
async fn begin(
    config: &NodeConfig,
    clock: &Clock,
    sockets: &Sockets,
    mut predecessor: Option<Predecessor>,
    signals: &mut Signals,
) -> Result<Option<Node>, CommandError> {
    let starting = async {
        if let Some(predecessor) = &mut predecessor {
            Node::check(config, clock).await?;
            predecessor.prepared().await?;
        }
        Node::start_on(config, clock, sockets).await
    };
    let node = tokio::select! {
        node = starting => node?,
        () = signals.end() => return Ok(None),
    };
    sockets.close_unused();
    if let Some(predecessor) = predecessor {
        predecessor.serving().await;
    }
    Ok(Some(node))
}

/// After a ledger failed: opens everything again, once. What is on the disk is verified by that as at any start, and what may
/// not have reached it is written again and waited for; what is only remembered of it is not relied on.
async fn open_again(
    node: Box<Node>,
    error: &LedgerError,
    is_new: bool,
    config: &NodeConfig,
    sockets: &Sockets,
) -> Result<Box<Node>, CommandError> {
    tracing::error!(%error, "a ledger takes nothing more");
    supervisor::status(&format!("a ledger takes nothing more: {error}"));
    node.stop().await;
    if !is_new {
        supervisor::stopping();
        return Err(CommandError::new(format!("ended, because a ledger failed again: {error}")));
    }
    tokio::time::sleep(OPEN_AGAIN_AFTER).await;
    match Node::start_on(config, &Clock::system(), sockets).await {
        Ok(node) => {
            tracing::warn!("the ledger was opened again; what was acknowledged is there");
            supervisor::status("a ledger failed and was opened again");
            Ok(Box::new(node))
        }
        Err(second) => {
            supervisor::stopping();
            Err(CommandError::new(format!(
                "ended, because a ledger failed ({error}) and does not open again: {second}"
            )))
        }
    }
}

/// How a handover ended.
enum Handover {
    /// The new process serves.
    Done { successor: u32, text: String },
    /// This process serves, as before or again.
    Failed { node: Box<Node>, error: CommandError },
    /// Neither.
    Ended(CommandError),
}

async fn hand_over(node: Box<Node>, config: &NodeConfig, program: &Program, sockets: &Sockets) -> Handover {
    let began = Instant::now();
    let successor = match Successor::start(program, sockets).await {
        Ok(successor) => successor,
        Err(error) => return Handover::Failed { node, error },
    };
    let (id, prepared) = (successor.id(), began.elapsed());
    node.stop().await;
    let ended = began.elapsed();
    let Err(error) = successor.go().await else {
        let seconds = |from, to: Duration| to.saturating_sub(from).as_secs_f64();
        let text = format!(
            "process {id} serves now: prepared in {:.1} s, messages under way ended in {:.1} s, ready {:.1} s after that",
            seconds(Duration::ZERO, prepared),
            seconds(prepared, ended),
            seconds(ended, began.elapsed())
        );
        return Handover::Done { successor: id, text };
    };
    match Node::start_on(config, &Clock::system(), sockets).await {
        Ok(node) => Handover::Failed { node: Box::new(node), error },
        Err(second) => {
            Handover::Ended(CommandError::new(format!("{error}; and this process does not serve again: {second}")))
        }
    }
}

async fn gone(successor: u32, text: String, order: Option<Order>, signals: &mut Signals) -> CommandResult {
    println!("{text}");
    supervisor::goes_on_as(successor);
    if let Some(order) = order {
        order.answer(&Ok(text)).await;
    }
    if signals.are_to_end().await {
        terminate(successor);
    }
    Ok(ExitCode::SUCCESS)
}

async fn serves_on(error: &CommandError, order: Option<Order>) {
    tracing::error!(%error, "not restarted: this process serves on");
    supervisor::status(&format!("not restarted: {error}"));
    if let Some(order) = order {
        order.answer(&Err(error.to_string())).await;
    }
}

/// Stops in good order; at once, if asked a second time.
async fn end(node: Box<Node>, signals: &mut Signals) -> CommandResult {
    tokio::select! {
        () = node.stop() => Ok(ExitCode::SUCCESS),
        () = signals.end() => Err(CommandError::new("ended before messages under way did, as asked twice")),
    }
}
