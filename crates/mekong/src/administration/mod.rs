//! The administration of one gateway: pages for the people of its institution, and the same for programs. Only for the machine
//! it runs on, and only for whom it knows: see [`access`]. What is changed is decided and recorded by
//! [`mekong_exchange::administration`]; nothing is kept here.
//!
//! - [`access`]: who asks; [`enter`]: letting in and out.
//! - [`api`]: the REST API; its description is `openapi.json` beside `Cargo.toml`.
//! - [`keys`]: keys and certificates, for both.
//! - [`overview`], [`subsystem`], [`forms`], [`change`], [`explained`], [`audit`], [`users`], [`events`], [`messages`]: the
//!   pages; [`words`]: their texts. [`letters`]: what may be decided about events, for pages and API.
//! - [`failure`]: what went wrong; [`reader`]: in which language; [`shown`]: parts of pages.

mod access;
mod api;
mod audit;
mod change;
mod enter;
mod events;
mod explained;
mod failure;
mod forms;
mod keys;
mod letters;
mod messages;
mod overview;
mod reader;
mod shown;
mod subsystem;
mod users;
mod words;

pub(crate) use access::token_file;

use crate::cli::CommandError;
use crate::node::keys::{Keys, Operator};
use crate::node::listener::Listener;
use crate::serving::failure::{no_such_method, no_such_place};
use crate::serving::sockets::Sockets;
use crate::serving::{loopback, own_pages};
use access::{Access, Who};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use failure::Failure;
use mekong_base::{Clock, Instant, ServerId};
use mekong_directory::GlobalConf;
use mekong_exchange::administration::role::{Permission, permits};
use mekong_exchange::administration::{
    Administration, Changed, Command, Entry, Event, Outcome, Refusal, Request, Right,
};
use mekong_exchange::gateway::Handle;
use mekong_exchange::rules::rights;
use mekong_web::asset;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// What is administered.
#[derive(Clone)]
pub(crate) struct Subject {
    /// The gateway's name.
    pub(crate) server: ServerId,
    /// Its state, and the recording of changes.
    pub(crate) administration: Administration,
    /// A look into it while it runs.
    pub(crate) handle: watch::Receiver<Option<Handle>>,
    /// The directory as it knows it.
    pub(crate) directory: watch::Receiver<Arc<GlobalConf>>,
    /// Its keys.
    pub(crate) keys: Arc<Keys>,
    /// Where the operator certifies keys, if it joined there.
    pub(crate) operator: Option<Arc<Operator>>,
    /// Where its message log is, or its index, with the checkpoints.
    pub(crate) log_folder: PathBuf,
}

/// The administration as it is served.
pub(crate) struct Running {
    listener: Listener,
}

/// What all requests share.
struct Desk {
    subject: Subject,
    access: Access,
    /// Whether other users of this machine may connect too.
    other_users: bool,
    clock: Clock,
    /// Held while it is decided whether a certificate goes out of use: of two that are the last, one stays.
    disabling: tokio::sync::Mutex<()>,
}

/// Serves it.
///
/// # Errors
/// In words, if the address is taken or others than this machine could reach it, or the operator's token cannot be kept.
pub(crate) async fn start(
    address: SocketAddr,
    subject: Subject,
    folder: &Path,
    other_users: bool,
    clock: Clock,
    sockets: &Sockets,
) -> Result<Running, CommandError> {
    loopback::check_address(address, "the administration of a gateway")?;
    let access = Access::new(folder)?;
    let desk = Arc::new(Desk { subject, access, other_users, clock, disabling: tokio::sync::Mutex::default() });
    let listener =
        Listener::on(sockets.listen(address, "the administration").await?, "the administration", router(desk))?;
    Ok(Running { listener })
}

impl Running {
    /// Stops serving.
    pub(crate) async fn stop(self) {
        self.listener.stop().await;
    }
}

fn router(desk: Arc<Desk>) -> Router {
    let inside = Router::new()
        .route("/", get(overview::show))
        .route("/events", get(events::show))
        .route("/messages", get(messages::show))
        .route("/messages/evidence", get(messages::download))
        .route("/events/add", get(events::subscription::add))
        .route("/events/{name}", get(events::subscription::show).post(events::subscription::carry_out))
        .route("/events/{name}/prepare", post(events::subscription::prepare))
        .route("/subsystems/add", get(forms::add_subsystem))
        .route("/subsystems/{id}", get(subsystem::show))
        .route("/subsystems/{id}/connection", get(forms::connection))
        .route("/subsystems/{id}/service", get(forms::service))
        .route("/subsystems/{id}/endpoint", get(forms::endpoint))
        .route("/subsystems/{id}/grant", get(forms::grant))
        .route("/subsystems/{id}/group", get(forms::group))
        .route("/subsystems/{id}/member", get(forms::member))
        .route("/keys", get(keys::page::show))
        .route("/keys/request", get(keys::forms::request).post(keys::act::request))
        .route("/keys/request/prepare", post(keys::act::prepare_request))
        .route("/keys/request.pem", get(keys::act::download))
        .route("/keys/import", get(keys::forms::import).post(keys::act::import))
        .route("/keys/import/prepare", post(keys::act::prepare_import))
        .route("/keys/renew", get(keys::forms::renew).post(keys::act::renew))
        .route("/explain", get(explained::show))
        .route("/audit", get(audit::show))
        .route("/users", get(users::show))
        .route("/users/user", get(forms::user))
        .route("/users/token", get(forms::token))
        .route("/prepare/{what}", post(change::prepare))
        .route("/change", post(change::carry_out))
        .route("/leave", post(enter::leave))
        .merge(api::router())
        .method_not_allowed_fallback(no_such_method::<Failure>)
        .fallback(no_such_place::<Failure>)
        .layer(from_fn_with_state(Arc::clone(&desk), access::inside));
    let outside = Router::new()
        .route("/enter", get(enter::show).post(enter::enter))
        .route("/health", get(async || "ok\n"))
        .merge(asset::router());
    own_pages::around::<Failure, _>(inside, outside, desk.other_users).with_state(desk)
}

impl Desk {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn directory(&self) -> Arc<GlobalConf> {
        Arc::clone(&self.subject.directory.borrow())
    }

    fn handle(&self) -> Option<Handle> {
        self.subject.handle.borrow().clone()
    }

    /// May whoever asks do what takes one of these?
    fn may(&self, who: &Who, permissions: &[Permission]) -> bool {
        let roles = self.subject.administration.state().roles(&who.actor.user);
        who.actor.is_operator() || permissions.iter().any(|permission| permits(&roles, *permission))
    }

    /// May whoever asks do what takes one of these? If not, that they tried is recorded.
    async fn permit(&self, who: &Who, permissions: &[Permission], what: &str) -> Result<(), Failure> {
        if self.may(who, permissions) {
            return Ok(());
        }
        let refusal = Refusal::not_permitted(&who.actor.user, permissions.first().copied().unwrap_or(Permission::Look));
        self.note(who, Event::Refused { what: what.to_owned() }, (&refusal).into()).await?;
        Err(refusal.into())
    }

    /// Records what is no change.
    async fn note(&self, who: &Who, event: Event, outcome: Outcome) -> Result<(), Failure> {
        let entry = Entry { actor: who.actor.clone(), from: who.from, event, outcome };
        Ok(self.subject.administration.note(entry).await?)
    }

    /// Records what was refused.
    async fn note_failure(&self, who: &Who, what: String, failure: &Failure) -> Result<(), Failure> {
        match failure {
            Failure::Refused(refusal) => self.note(who, Event::Refused { what }, refusal.into()).await,
            _ => Ok(()),
        }
    }

    /// Makes a change.
    async fn change(
        &self,
        who: &Who,
        command: Command,
        seen: Option<u64>,
        key: Option<String>,
    ) -> Result<Changed, Failure> {
        let (actor, from) = (who.actor.clone(), who.from);
        self.carry_out(who, Request { actor, from, command, seen, whole: None, key }).await
    }

    /// Makes a change that was decided on the whole gateway as it was at `whole`.
    async fn change_whole(
        &self,
        who: &Who,
        command: Command,
        whole: u64,
        key: Option<String>,
    ) -> Result<Changed, Failure> {
        let (actor, from) = (who.actor.clone(), who.from);
        self.carry_out(who, Request { actor, from, command, seen: None, whole: Some(whole), key }).await
    }

    async fn carry_out(&self, who: &Who, request: Request) -> Result<Changed, Failure> {
        let _disabling = match request.command {
            Command::SetCertificateUse { .. } => Some(self.disabling.lock().await),
            _ => None,
        };
        if let Err(failure) = self.check(&request.command) {
            self.note_failure(who, request.command.line(), &failure).await?;
            return Err(failure);
        }
        Ok(self.subject.administration.change(request).await?)
    }

    /// What somebody who makes this change should know, in English: it is done all the same.
    fn warnings(&self, command: &Command) -> Vec<String> {
        let (directory, server) = (self.directory(), &self.subject.server);
        match command {
            Command::All { commands } => {
                let one = |command: &Command| match command {
                    Command::All { .. } => Vec::new(),
                    one => self.warnings(one),
                };
                commands.iter().flat_map(one).collect()
            }
            Command::AddSubsystem { subsystem } if !directory.is_registered(subsystem, server) => vec![format!(
                "the directory does not know {subsystem} at this gateway: nobody reaches it until it is registered (mekong \
                 registration)"
            )],
            Command::Grant { right: Right { subject: rights::Subject::Client(client), .. }, .. }
                if !directory.exists(client) =>
            {
                vec![format!(
                    "{client} is not in the directory: check the identifier, and that its country is federated"
                )]
            }
            _ => Vec::new(),
        }
    }

    /// What only this gateway can tell of a change: that a subsystem is of its own instance, that a certificate is not the last.
    fn check(&self, command: &Command) -> Result<(), Failure> {
        let instance = &self.subject.server.owner.instance;
        let added = match command {
            Command::All { commands } => commands.as_slice(),
            one => std::slice::from_ref(one),
        };
        for one in added {
            if let Command::SetCertificateUse { .. } = one {
                keys::check_use(self, one, std::ptr::eq(one, command))?;
            }
            if let Command::AddSubsystem { subsystem } = one
                && subsystem.member.instance != *instance
            {
                let why = format!("{subsystem} is not of instance {instance}, which this gateway is of");
                return Err(Refusal::Invalid { what: "subsystem", why }.into());
            }
        }
        Ok(())
    }
}
