//! Speaking to a gateway as one of its information systems does: where it is, and what it says.

use crate::cli::{CommandError, Context};
use crate::node::NodeConfig;
use bytes::Bytes;
use clap::Args;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use mekong_base::Problem;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 16 << 20;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(70);

/// Which gateway.
#[derive(Args)]
pub(super) struct At {
    /// The node's configuration file: where the gateway listens for information systems is taken from there.
    #[arg(long, value_name = "FILE", env = "MEKONG_NODE", default_value = "node.toml", display_order = 800)]
    pub(super) config: PathBuf,
    /// Address of the gateway for information systems instead of the one in the configuration.
    #[arg(long, value_name = "HOST:PORT", display_order = 801)]
    gateway: Option<SocketAddr>,
}

impl At {
    fn address(&self) -> Result<SocketAddr, CommandError> {
        if let Some(address) = self.gateway {
            return Ok(address);
        }
        let config = NodeConfig::read(&self.config).map_err(|error| {
            CommandError::new(format!(
                "{error}\nName the node's configuration with --config, or give --gateway HOST:PORT"
            ))
        })?;
        let gateway = config.gateway.ok_or_else(|| {
            CommandError::new(format!("{} has no gateway: name another with --config", self.config.display()))
        })?;
        Ok(gateway.listen_clients)
    }

    /// Asks below `/events/v1`.
    ///
    /// # Errors
    /// In words: that nobody is there, or what the gateway refused.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, String)>,
    ) -> Result<Value, CommandError> {
        let address = self.address()?;
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{address}/events/v1{path}"))
            .header(header::HOST, address.to_string());
        if let Some((content_type, _)) = &body {
            request = request.header(header::CONTENT_TYPE, *content_type);
        }
        let body = Full::from(Bytes::from(body.map(|(_, text)| text).unwrap_or_default()));
        let request = request.body(body).context(|| "make the request")?;
        let answered = tokio::time::timeout(PATIENCE, answer(address, request)).await;
        answered
            .map_err(|_| CommandError::new(format!("{address} did not answer within {} seconds", PATIENCE.as_secs())))?
    }
}

async fn answer(address: SocketAddr, request: Request<Full<Bytes>>) -> Result<Value, CommandError> {
    let http: HttpClient<HttpConnector, Full<Bytes>> =
        HttpClient::builder(TokioExecutor::new()).build(HttpConnector::new());
    let response = http.request(request).await.map_err(|error| match error.is_connect() {
        true => CommandError::new(format!(
            "nobody answers at {address}: start the node (mekong serve --config FILE), or name another with --gateway"
        )),
        false => CommandError::because(format!("ask {address}"), &error),
    })?;
    let status = response.status();
    let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|error| CommandError::new(format!("read the answer of {address}: {error}")))?.to_bytes();
    if status.is_success() {
        return serde_json::from_slice(&body).context(|| format!("understand the answer of {address}"));
    }
    Err(match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) => CommandError::new(format!("{}: {}", problem.title, problem.detail)),
        Err(_) => CommandError::new(format!("{address} answered with HTTP status {}", status.as_u16())),
    })
}
