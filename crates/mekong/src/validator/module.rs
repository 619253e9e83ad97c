//! The module that judges in browsers, and the scripts that run it. The module is no part of the program: it is built by
//! `./dev browser` and found when the validator starts.

use super::Validator;
use super::failure::Failure;
use crate::cli::{CommandError, Context};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Of the page: its own scripts, WebAssembly, its own worker; it speaks with this server only.
pub(super) const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
/// Of the worker, in which the module runs.
const WORKER_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// What every WebAssembly module begins with.
const MAGIC: &[u8] = b"\0asm";
/// Where it may be, from the folder of the program: beside it, or where `./dev browser` puts it (the program being in
/// `target/release` or `target/debug`).
const PLACES: [&str; 2] = ["mekong_browser.wasm", "../browser/wasm32-unknown-unknown/browser/mekong_browser.wasm"];

/// The module of a file; without one, the first that is found; `None` if there is none.
///
/// # Errors
/// In words, if the file that was named cannot be read, or is no module.
pub(super) fn load(named: Option<PathBuf>) -> Result<Option<Bytes>, CommandError> {
    let found = match named {
        Some(path) => Some(path),
        None => std::env::current_exe()
            .ok()
            .as_deref()
            .and_then(Path::parent)
            .and_then(|folder| PLACES.iter().map(|place| folder.join(place)).find(|path| path.is_file())),
    };
    let Some(path) = found else {
        tracing::warn!("no module for browsers: the server judges; ./dev browser builds one");
        return Ok(None);
    };
    let bytes = std::fs::read(&path).context(|| format!("read the module {}", path.display()))?;
    match bytes.starts_with(MAGIC) {
        true => Ok(Some(bytes.into())),
        false => {
            Err(CommandError::new(format!("{} is no WebAssembly module; ./dev browser builds it", path.display())))
        }
    }
}

/// `GET /validator.wasm`
pub(super) async fn module(State(validator): State<Arc<Validator>>) -> Response {
    match &validator.module {
        Some(bytes) => {
            ([(header::CONTENT_TYPE, "application/wasm"), (header::CACHE_CONTROL, "no-cache")], bytes.clone())
                .into_response()
        }
        None => Failure::NotFound.problem(),
    }
}

/// `GET /validator.js`
pub(super) async fn page_script() -> Response {
    script(include_str!("assets/validator.js"))
}

/// `GET /worker.js`
pub(super) async fn worker_script() -> Response {
    let mut response = script(include_str!("assets/worker.js"));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, WORKER_POLICY);
    response
}

fn script(text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], text).into_response()
}
