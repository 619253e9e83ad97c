//! The validator for everybody: a page on which one drops a file and reads the verdict, and the same for programs. Where the
//! module of `crates/browser` was built, the browser judges and the document never leaves the reader's machine; without it,
//! or without scripts, the server judges a copy that it forgets. It keeps nothing and knows nobody.
//!
//! - [`page`]: the page, and the form without scripts; [`words`]: its texts; [`reader`]: in which language.
//! - [`api`]: the same for programs; [`failure`]: what went wrong.
//! - [`served`]: what the module needs: lists, anchors, policy; [`module`]: where the module is.
//! - [`upload`]: documents that are sent, kept in files without a name while they are judged.

mod api;
mod failure;
mod module;
mod page;
mod reader;
mod served;
mod upload;
mod words;

use crate::cli::verify::SettingOptions;
use crate::cli::{CommandError, CommandResult};
use crate::interruption::Interruption;
use crate::node::listener::Listener;
use crate::serving::headers;
use crate::serving::sockets::Sockets;
use axum::Router;
use axum::routing::{get, post};
use bytes::Bytes;
use clap::Args;
use failure::Failure;
use mekong_base::{Clock, Instant};
use mekong_signature::read::{Detached, DetachedContent};
use mekong_signature::{ReadError, Reading};
use mekong_verdict::{Setting, Verdict};
use mekong_web::asset;
use served::Served;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use upload::Upload;

/// Documents that are taken in and judged at a time; each is in a file of at most [`upload::MOST`] bytes.
const AT_ONCE: usize = 8;
/// How long a document waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Options of `mekong verify-page`.
#[derive(Args)]
pub(crate) struct VerifyPageOptions {
    #[command(flatten)]
    setting: SettingOptions,
    /// Where the page is served.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4010")]
    listen: SocketAddr,
    /// The module that judges in browsers [default: `mekong_browser.wasm` beside the program, or where `./dev browser` put
    /// it; without one the server judges].
    #[arg(long, value_name = "FILE")]
    module: Option<PathBuf>,
}

/// Runs the command until it is interrupted.
pub(crate) async fn run(options: VerifyPageOptions) -> CommandResult {
    let interruption = Interruption::listen()?;
    let listener =
        start(options.listen, &options.setting, options.module, Clock::system(), &Sockets::default()).await?;
    println!("http://{} judges signed files; Ctrl-C stops it", listener.address());
    interruption.wait().await;
    listener.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Serves the page and the API.
///
/// # Errors
/// In words: what could not be read, which list does not verify, or that the address is taken.
pub(crate) async fn start(
    address: SocketAddr,
    setting: &SettingOptions,
    module: Option<PathBuf>,
    clock: Clock,
    sockets: &Sockets,
) -> Result<Listener, CommandError> {
    let material = setting.material()?;
    let served = Served::of(&material);
    let setting = material.setting()?;
    let module = module::load(module)?;
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let validator = Validator { setting, served, module, clock, turns };
    Listener::on(sockets.listen(address, "the validator").await?, "the validator", router(Arc::new(validator)))
}

/// What all requests share.
struct Validator {
    setting: Setting,
    served: Served,
    module: Option<Bytes>,
    clock: Clock,
    turns: Arc<Semaphore>,
}

fn router(validator: Arc<Validator>) -> Router {
    Router::new()
        .route("/", get(page::show).post(page::judge))
        .route("/health", get(async || "ok\n"))
        .route("/validator.js", get(module::page_script))
        .route("/worker.js", get(module::worker_script))
        .route("/validator.wasm", get(module::module))
        .route("/setting.json", get(served::question))
        .route("/setting/{digest}", get(served::file))
        .route("/api/v1/validations", post(api::validate))
        .route("/api/v1/openapi.json", get(api::description))
        .merge(asset::router())
        .method_not_allowed_fallback(failure::no_such_method)
        .fallback(failure::no_such_place)
        .layer(axum::middleware::from_fn(headers::add))
        .with_state(validator)
}

impl Validator {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    /// A turn to take in a document and judge it.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, Failure> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or(Failure::Busy)
    }

    /// The verdict on what was sent. Takes the time that the document's keys and digests take: not for the runtime's threads.
    fn judge(&self, upload: &Upload, at: Instant) -> Result<Verdict, ReadError> {
        let detached = upload
            .contents
            .iter()
            .map(|content| Detached { name: content.name.clone(), content: DetachedContent::Source(&content.source) });
        let reading = Reading { detached: detached.collect(), ..Reading::default() };
        self.setting.judge(&upload.document.source, &reading, at)
    }
}

/// Runs what is slow beside the runtime's threads.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::Broken(error.to_string()))
}
