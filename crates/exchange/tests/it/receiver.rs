//! An information system to which events are pushed, with its moods.

use super::world::Failure;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An event that was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    pub event: Value,
    pub position: u64,
    pub repeats: bool,
    pub message: String,
    pub content_type: String,
}

impl Taken {
    pub fn id(&self) -> u64 {
        self.event["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(u64::MAX)
    }
}

#[derive(Debug, Default)]
struct Moods {
    taken: Vec<Taken>,
    refused: Option<String>,
    is_busy: bool,
    pause: Duration,
}

pub struct Receiver {
    address: SocketAddr,
    moods: Arc<Mutex<Moods>>,
}

impl Receiver {
    pub async fn start() -> Result<Self, Failure> {
        let moods = Arc::new(Mutex::new(Moods::default()));
        let router = Router::new().route("/in", post(take)).with_state(Arc::clone(&moods));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, moods })
    }

    pub fn url(&self) -> String {
        format!("http://{}/in", self.address)
    }

    /// Events of this subject are refused.
    pub fn refuse(&self, subject: &str) {
        self.moods.lock().unwrap().refused = Some(subject.to_owned());
    }

    /// Nothing is taken for now.
    pub fn be_busy(&self) {
        self.moods.lock().unwrap().is_busy = true;
    }

    /// Each event takes so long.
    pub fn be_slow(&self, pause: Duration) {
        self.moods.lock().unwrap().pause = pause;
    }

    pub fn take_all(&self) {
        let mut moods = self.moods.lock().unwrap();
        (moods.refused, moods.is_busy) = (None, false);
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.moods.lock().unwrap().taken.clone()
    }

    pub async fn wait_for(&self, count: usize) -> Result<Vec<Taken>, Failure> {
        for _ in 0..400 {
            let taken = self.taken();
            if taken.len() >= count {
                return Ok(taken);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(format!("{} of {count} events came", self.taken().len()).into())
    }
}

async fn take(State(moods): State<Arc<Mutex<Moods>>>, headers: HeaderMap, body: String) -> (StatusCode, &'static str) {
    let event: Value = serde_json::from_str(&body).unwrap_or_default();
    let value = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let (pause, answer) = {
        let moods = moods.lock().unwrap();
        let is_refused = moods.refused.as_deref().is_some_and(|subject| event["subject"] == subject);
        let answer = match (moods.is_busy, is_refused) {
            (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "later"),
            (_, true) => (StatusCode::UNPROCESSABLE_ENTITY, "not so"),
            _ => (StatusCode::NO_CONTENT, ""),
        };
        (moods.pause, answer)
    };
    if answer.0 == StatusCode::NO_CONTENT {
        moods.lock().unwrap().taken.push(Taken {
            position: value("mekong-event-position").parse().unwrap_or(u64::MAX),
            repeats: value("mekong-redelivery") == "true",
            message: value("mekong-message-id"),
            content_type: value("content-type"),
            event,
        });
    }
    // It was taken, and nobody knows yet.
    tokio::time::sleep(pause).await;
    answer
}
