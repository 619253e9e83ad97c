//! Speaking to the administration of a gateway: where it is, with which token, and what it says.

use crate::administration::token_file;
use crate::cli::{CommandError, Context};
use crate::node::NodeConfig;
use bytes::Bytes;
use clap::Args;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use mekong_base::{ClientId, Problem, ServiceId};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which gateway, and as whom.
#[derive(Args)]
pub(crate) struct At {
    /// The node's configuration file: its administration's address and the operator's token are taken from there.
    #[arg(long, value_name = "FILE", env = "MEKONG_NODE", default_value = "node.toml", display_order = 800)]
    config: PathBuf,
    /// Address of the administration instead of the one in the configuration.
    #[arg(long, value_name = "HOST:PORT", display_order = 801)]
    address: Option<SocketAddr>,
    /// File with a token instead of the operator's; or give the token in MEKONG_TOKEN.
    #[arg(long, value_name = "FILE", display_order = 802)]
    token_file: Option<PathBuf>,
}

/// Speaks to one administration.
pub(crate) struct Client {
    http: HttpClient<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
    token: String,
}

/// What it said: the value, and the `ETag`.
pub(crate) struct Said {
    pub(crate) value: Value,
    pub(super) tag: Option<String>,
}

impl At {
    /// Finds address and token.
    ///
    /// # Errors
    /// In words: which file or option is missing.
    pub(crate) fn client(&self) -> Result<Client, CommandError> {
        let secret = std::env::var("MEKONG_TOKEN").ok().filter(|token| !token.trim().is_empty());
        let (mut address, mut path) = (self.address, self.token_file.clone());
        if address.is_none() || (path.is_none() && secret.is_none()) {
            let config = NodeConfig::read(&self.config).map_err(|error| {
                CommandError::new(format!(
                    "{error}\nName the node's configuration with --config, or give --address and --token-file"
                ))
            })?;
            let gateway = config.gateway.ok_or_else(|| {
                CommandError::new(format!("{} has no gateway: name another with --config", self.config.display()))
            })?;
            let missing = || {
                let file = self.config.display();
                CommandError::new(format!(
                    "{file} does not say where the administration is served: add listen_console = \"127.0.0.1:4100\" to [gateway] and restart the node"
                ))
            };
            address = Some(address.or(gateway.listen_console).ok_or_else(missing)?);
            path = path.or_else(|| Some(token_file(&gateway.folder)));
        }
        let token = match (secret, path) {
            (Some(token), _) if self.token_file.is_none() => token,
            (_, Some(path)) => {
                std::fs::read_to_string(&path).context(|| format!("read the token from {}", path.display()))?
            }
            _ => return Err(CommandError::new("there is no token: give --token-file or MEKONG_TOKEN")),
        };
        let address = address.ok_or_else(|| CommandError::new("there is no address: give --address"))?;
        let http = HttpClient::builder(TokioExecutor::new()).build(HttpConnector::new());
        Ok(Client { http, address, token: token.trim().to_owned() })
    }
}

impl Client {
    /// Where it speaks to.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Asks for something; `path` begins after `/api/v1`.
    ///
    /// # Errors
    /// In words: that nobody is there, or what the gateway refused.
    pub(super) async fn get(&self, path: &str) -> Result<Said, CommandError> {
        self.ask(Method::GET, path, None, None).await
    }

    /// Asks for a change. `seen` is the `ETag` of what it was decided on.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        seen: Option<&str>,
    ) -> Result<Said, CommandError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}/api/v1{path}", self.address))
            .header(header::HOST, self.address.to_string())
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        if let Some(seen) = seen {
            request = request.header(header::IF_MATCH, seen);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map(ToString::to_string).unwrap_or_default();
        let request = request.body(Full::from(body)).context(|| "make the request")?;
        let answering = tokio::time::timeout(PATIENCE, self.answer(request)).await;
        answering.map_err(|_| CommandError::new(format!("{} did not answer within a minute", self.address)))?
    }

    async fn answer(&self, request: Request<Full<Bytes>>) -> Result<Said, CommandError> {
        let address = self.address;
        let response = self.http.request(request).await.map_err(|error| match error.is_connect() {
            true => CommandError::new(format!(
                "nobody answers at {address}: start the node (mekong serve --config FILE), or name another with --config"
            )),
            false => CommandError::because(format!("ask {address}"), &error),
        })?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body =
            body.map_err(|error| CommandError::new(format!("read the answer of {address}: {error}")))?.to_bytes();
        if !status.is_success() {
            return Err(refused(address, status.as_u16(), &body));
        }
        let value = serde_json::from_slice(&body).context(|| format!("understand the answer of {address}"))?;
        let tag = headers.get(header::ETAG).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Said { value, tag })
    }
}

fn refused(address: SocketAddr, status: u16, body: &[u8]) -> CommandError {
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) if status == 401 => CommandError::new(format!(
            "{}: the token is not (or no longer) known at {address}. {}",
            problem.title, problem.detail
        )),
        Ok(problem) => {
            let place = problem.instance.map(|place| format!(" ({place})")).unwrap_or_default();
            CommandError::new(format!("{}{place}: {}", problem.title, problem.detail))
        }
        Err(_) => CommandError::new(format!(
            "{address} answered with HTTP status {status}: is it the administration of a gateway?"
        )),
    }
}

/// An identifier as addresses have it.
pub(crate) fn in_address(id: &ClientId) -> String {
    id.to_string().replace('/', ":").replace('%', "%25")
}

/// A value in an address.
pub(super) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Where a service is in the API, after `/api/v1`.
pub(super) fn service_place(service: &ServiceId) -> String {
    format!("/subsystems/{}/services/{}", in_address(&service.provider), encoded(&service.service))
}

/// A text member of an answer; empty if it is not there.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A list member of an answer; empty if it is not there.
pub(super) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
