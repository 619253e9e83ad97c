//! What is asked: across the border, and the same at the service itself; and the service that reads bodies.

use crate::cli::CommandError;
use crate::demo::country::{CIVIL, CLASS, ECHO, LAOS, PERSONS, POPULATION, VIETNAM, server};
use crate::demo::journey::{Expected, Scene, Step};
use crate::demo::network::CLIENT_PORT;
use crate::demo::question_of;
use crate::demo::world::{World, WorldFile};
use crate::node::listener::Listener;
use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use http_body_util::BodyExt;
use rand::TryRngCore;
use std::net::SocketAddr;

/// One question, and where it is asked.
#[derive(Clone)]
pub(super) struct Asked {
    /// Where, by turns; one at least.
    pub(super) ways: Vec<Way>,
    /// The question.
    pub(super) step: Step,
    /// Its body; what differs from one to the next comes before it.
    pub(super) body: Bytes,
}

/// Where a question is asked.
#[derive(Clone)]
pub(super) struct Way {
    /// `host:port`
    pub(super) place: String,
    /// The provider's gateway that is to be used, if it matters.
    pub(super) with: Option<String>,
}

impl Way {
    fn to(place: SocketAddr) -> Vec<Self> {
        vec![Self { place: place.to_string(), with: None }]
    }
}

/// A question of a Lao system to a Vietnamese service.
pub(super) struct Question {
    /// Through the gateways.
    pub(super) across: Asked,
    /// At the service itself.
    pub(super) direct: Asked,
}

impl Question {
    /// For one person of the register.
    ///
    /// # Errors
    /// In words, if there is nobody to ask for.
    pub(super) async fn of(world: &World) -> Result<Self, CommandError> {
        let step = question_of(world).await?;
        debug_assert!(step.scene == Scene::Normal && step.expected == Expected::Answer(200));
        let service = world.file.block.country(VIETNAM.instance).register();
        Self::asked(&world.file, step, PERSONS, service, Bytes::new())
    }

    /// With a body of this many bytes for the service that reads them ([`Sink`]); of chance, so that nothing can shorten it.
    ///
    /// # Errors
    /// In words, if the system has no random numbers.
    pub(super) fn with_body(file: &WorldFile, bytes: u64) -> Result<Self, CommandError> {
        let mut body = vec![0; usize::try_from(bytes).unwrap_or(usize::MAX).saturating_sub(DIFFERENT)];
        let filled = rand::rngs::OsRng.try_fill_bytes(&mut body);
        filled.map_err(|error| CommandError::because("make a body", &error))?;
        let service = file.block.country(VIETNAM.instance).echo();
        Self::asked(file, step(), ECHO, service, body.into())
    }

    fn asked(file: &WorldFile, step: Step, code: &str, service: SocketAddr, body: Bytes) -> Result<Self, CommandError> {
        let prefix = service_path(code);
        let path = step.path.strip_prefix(&prefix).map(str::to_owned);
        let path = path.ok_or_else(|| CommandError::new(format!("{} does not begin with {prefix}", step.path)))?;
        let gateway = SocketAddr::new(file.block.country(LAOS.instance).asker(), CLIENT_PORT);
        let direct = Asked { ways: Way::to(service), step: Step { path, ..step.clone() }, body: body.clone() };
        Ok(Self { across: Asked { ways: Way::to(gateway), step, body }, direct })
    }

    /// By turns through every pair of this many gateways on each side: a gateway would stay with that of the provider that
    /// answered it first.
    pub(super) fn through(mut self, file: &WorldFile, gateways: u8) -> Self {
        if gateways > 1 {
            let place = |number| SocketAddr::new(file.block.country(LAOS.instance).asker_of(number), CLIENT_PORT);
            let with = |number| format!("{}/{CLASS}/{}/{}", VIETNAM.instance, VIETNAM.keeper.code, server(number));
            let pairs = (0..gateways).flat_map(|shift| (0..gateways).map(move |one| (one, (one + shift) % gateways)));
            let way = |(one, other)| Way { place: place(one + 1).to_string(), with: Some(with(other + 1)) };
            self.across.ways = pairs.map(way).collect();
        }
        self
    }
}

/// Bytes of a body that no other body has.
pub(super) const DIFFERENT: usize = 16;

fn service_path(code: &str) -> String {
    format!("/r1/{}/{CLASS}/{}/{POPULATION}/{code}", VIETNAM.instance, VIETNAM.keeper.code)
}

fn step() -> Step {
    Step {
        what: "a body is sent",
        from: LAOS.instance,
        client: format!("{}/{CLASS}/{}/{CIVIL}", LAOS.instance, LAOS.asker.code),
        method: http::Method::POST,
        path: format!("{}/v1/bodies", service_path(ECHO)),
        scene: Scene::Normal,
        expected: Expected::Answer(200),
    }
}

/// A service that reads what it is sent, and answers with how much it was.
pub(super) struct Sink(Listener);

impl Sink {
    /// Starts it where the gateway of the Vietnamese register looks for it.
    ///
    /// # Errors
    /// In words, if the address is taken.
    pub(super) async fn start(file: &WorldFile) -> Result<Self, CommandError> {
        let address = file.block.country(VIETNAM.instance).echo();
        let router = Router::new().fallback(read);
        Ok(Self(Listener::start(address, "a service that reads", router).await?))
    }

    /// Stops it.
    pub(super) async fn stop(self) {
        self.0.stop().await;
    }
}

async fn read(mut body: Body) -> Result<String, StatusCode> {
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
        bytes += frame.data_ref().map_or(0, Bytes::len);
    }
    Ok(bytes.to_string())
}
