//! The console page of the demo.

use crate::cli::CommandError;
use crate::demo::world::World;
use crate::node::listener::Listener;
use axum::Router;
use mekong_base::Clock;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::RwLock;

/// Serves the console.
///
/// # Errors
/// In words, if the address is taken.
pub(crate) async fn start(address: SocketAddr, _world: Arc<RwLock<World>>, _clock: Clock) -> Result<Listener, CommandError> {
    Listener::start(address, "the console", Router::new()).await
}
