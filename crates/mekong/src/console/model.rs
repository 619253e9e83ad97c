//! What is to be seen, collected from the running nodes without keeping them waiting.

use super::exchanges::{self, Exchange, Logged};
use super::failure::Failure;
use crate::demo::country::{CLASS, MinistrySpec, SERVER};
use crate::demo::world::{Country, World};
use crate::node::Node;
use crate::node::gateway::GLOBAL_CONF;
use mekong_authority::ca::CertificateAuthority;
use mekong_base::{Instant, MemberId, ServerId};
use mekong_directory::GlobalConf;
use mekong_exchange::gateway::Status;
use mekong_exchange::messagelog::{Latency, MessageLog, MessageLogError, Record, Side, Statistics};
use mekong_pki::Certificate;
use mekong_population::Register;
use std::path::PathBuf;
use std::sync::Arc;

/// Messages that a list for programs has, at most.
pub(super) const MESSAGES_MAX: u32 = 50;
/// Exchanges that the overview shows.
pub(super) const EXCHANGES: u32 = 25;
/// Exchanges of each gateway that the plot shows.
const DURATIONS: u32 = 200;

/// The running world at one moment: handles and copies.
pub(super) struct View {
    pub(super) countries: Vec<CountryView>,
}

/// A country.
pub(super) struct CountryView {
    /// Instance and ISO 3166 code.
    pub(super) instance: &'static str,
    pub(super) gateways: Vec<GatewayView>,
    pub(super) authority: Option<CertificateAuthority>,
    register: Option<Register>,
}

/// A gateway.
#[derive(Clone)]
pub(super) struct GatewayView {
    /// How addresses of ours name it: `LA-MOHA`.
    pub(super) slug: String,
    pub(super) server: ServerId,
    /// `None` while it is switched off.
    pub(super) status: Option<Status>,
    pub(super) log: MessageLog,
    pub(super) directory: Arc<GlobalConf>,
    /// Folder of its copy of the global configuration.
    pub(super) global_conf: PathBuf,
}

impl View {
    /// Takes handles of everything.
    pub(super) fn of(world: &World) -> Self {
        Self { countries: world.countries.iter().map(CountryView::of).collect() }
    }

    /// All gateways.
    pub(super) fn gateways(&self) -> impl Iterator<Item = &GatewayView> {
        self.countries.iter().flat_map(|country| &country.gateways)
    }

    /// A gateway by its name in addresses.
    pub(super) fn gateway(&self, slug: &str) -> Result<&GatewayView, Failure> {
        self.gateways().find(|gateway| gateway.slug == slug).ok_or(Failure::NotFound)
    }

    /// Persons in the register of each country; 0 where it cannot be told.
    pub(super) async fn people(&self) -> Vec<u64> {
        let mut counts = Vec::with_capacity(self.countries.len());
        for country in &self.countries {
            counts.push(match &country.register {
                Some(register) => register.count().await.unwrap_or(0),
                None => 0,
            });
        }
        counts
    }

    /// What its own gateways know of an instance.
    pub(super) fn directory(&self, instance: &str) -> Option<&GlobalConf> {
        let known = |gateway: &&GatewayView| gateway.directory.of(instance).is_some();
        let own =
            self.countries.iter().filter(|country| country.instance == instance).flat_map(|country| &country.gateways);
        own.chain(self.gateways()).find(known).map(|gateway| &*gateway.directory)
    }

    /// The records of an exchange in the logs of all gateways, as they were passed on.
    pub(super) async fn logged(&self, message_id: &str, request_id: &str) -> Vec<Logged> {
        let mut logged = Vec::new();
        for gateway in self.gateways() {
            let records = gateway.log.find(message_id).await.unwrap_or_default();
            let of_exchange = records.into_iter().filter(|record| record.request_id == request_id).take(8);
            logged.extend(of_exchange.map(|record| Logged { gateway: gateway.slug.clone(), record }));
        }
        exchanges::order(&mut logged);
        logged
    }

    /// The newest messages of all logs, newest first.
    pub(super) async fn messages(&self, limit: u32) -> Result<Vec<Logged>, MessageLogError> {
        let mut all = Vec::new();
        for gateway in self.gateways() {
            let records = gateway.log.recent(limit).await?;
            all.extend(records.into_iter().map(|record| Logged { gateway: gateway.slug.clone(), record }));
        }
        all.sort_by_key(|logged| std::cmp::Reverse((logged.record.recorded_at, logged.record.id)));
        all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(all)
    }
}

impl CountryView {
    fn of(country: &Country) -> Self {
        let gateway = |node: &Node, ministry: &MinistrySpec| GatewayView::of(country, node, ministry);
        let (keeper, asker) =
            (gateway(&country.keeper, &country.spec.keeper), gateway(&country.asker, &country.spec.asker));
        Self {
            instance: country.spec.instance,
            gateways: [keeper, asker].into_iter().flatten().collect(),
            authority: country.operator.trust.as_ref().map(|trust| trust.authority.clone()),
            register: country.keeper.register.as_ref().map(|register| register.register.clone()),
        }
    }
}

impl GatewayView {
    fn of(country: &Country, node: &Node, ministry: &MinistrySpec) -> Option<Self> {
        let gateway = node.gateway.as_ref()?;
        let instance = country.spec.instance;
        Some(Self {
            slug: format!("{instance}-{}", ministry.code),
            server: MemberId::new(instance, CLASS, ministry.code).server(SERVER),
            status: gateway.handle().map(|handle| handle.status()),
            log: gateway.log().clone(),
            directory: gateway.directory(),
            global_conf: country.folder.join(ministry.folder).join("gateway").join(GLOBAL_CONF),
        })
    }

    /// One of its logged messages by number.
    pub(super) async fn record(&self, id: &str) -> Result<Record, Failure> {
        let id: i64 = id.parse().map_err(|_| Failure::NotFound)?;
        self.log.numbered(id).await?.ok_or(Failure::NotFound)
    }

    /// Whether it works.
    pub(super) fn state(&self) -> State<'_> {
        match &self.status {
            None => State::Down,
            Some(Status { refusing: Some(reason), .. }) => State::Refusing(reason),
            Some(_) => State::Running,
        }
    }
}

/// Whether a gateway works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State<'a> {
    /// It is switched off.
    Down,
    /// It refuses messages, and why.
    Refusing(&'a str),
    /// It works.
    Running,
}

/// What the overview shows beside the view itself.
pub(super) struct Overview {
    /// When it was collected.
    pub(super) at: Instant,
    /// The logs of the gateways, in their order; an error in words where one cannot be read.
    pub(super) logs: Vec<Result<Statistics, String>>,
    /// The newest exchanges, newest first.
    pub(super) exchanges: Vec<Exchange>,
    /// Of each country's questions: when answered (microseconds), and after how many milliseconds.
    pub(super) durations: Vec<Vec<(u64, f64)>>,
    /// Certificates, by country.
    pub(super) certificates: Vec<CertificateLine>,
    /// Persons in each country's register.
    pub(super) people: Vec<u64>,
}

impl Overview {
    /// Collects it. A log that cannot be read is shown so; the others are shown.
    pub(super) async fn collect(view: &View, people: Vec<u64>, at: Instant) -> Self {
        let (mut logs, mut logged, mut durations) = (Vec::new(), Vec::new(), Vec::new());
        for country in &view.countries {
            let mut asked = Vec::new();
            for gateway in &country.gateways {
                logs.push(look(gateway, &mut logged, &mut asked).await.map_err(|error| error.to_string()));
            }
            durations.push(asked);
        }
        let exchanges = exchanges::merge(logged, EXCHANGES as usize);
        Self { at, logs, exchanges, durations, certificates: certificates(view), people }
    }
}

/// How the services of events of the demo end. A gateway that asks there waits until something happens.
const EVENTS: &str = "/events";

/// Reads one log: its newest records, how long its questions took, its state.
async fn look(
    gateway: &GatewayView,
    logged: &mut Vec<Logged>,
    asked: &mut Vec<(u64, f64)>,
) -> Result<Statistics, MessageLogError> {
    // Two records an exchange, and a few of exchanges whose other half is older.
    let records = gateway.log.recent(2 * EXCHANGES + 20).await?;
    logged.extend(records.into_iter().map(|record| Logged { gateway: gateway.slug.clone(), record }));
    let latencies = gateway.log.latencies(DURATIONS).await?;
    let is_question = |latency: &&Latency| latency.side == Side::Consumer && !latency.service.ends_with(EVENTS);
    let of_questions = latencies.iter().filter(is_question);
    asked.extend(of_questions.map(|latency| {
        (u64::try_from(latency.at.unix_micros()).unwrap_or(0), latency.duration.as_secs_f64() * 1_000.0)
    }));
    gateway.log.statistics().await
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    Authentication,
    IssuingAuthority,
    Ocsp,
    RootAuthority,
    Signing,
    TimeStamping,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CertificateLine {
    pub(super) instance: &'static str,
    /// Gateway, member or authority.
    pub(super) holder: String,
    pub(super) usage: Usage,
    pub(super) subject: String,
    /// `None` where only the end is known.
    pub(super) not_before: Option<Instant>,
    pub(super) not_after: Instant,
    /// Why there is no good OCSP response; `None` if there is, or none is needed.
    pub(super) ocsp_problem: Option<String>,
}

fn certificates(view: &View) -> Vec<CertificateLine> {
    view.countries
        .iter()
        .flat_map(|country| of_gateways(country).chain(of_authority(country)).collect::<Vec<_>>())
        .collect()
}

fn of_gateways(country: &CountryView) -> impl Iterator<Item = CertificateLine> {
    let statuses = country.gateways.iter().filter_map(|gateway| gateway.status.as_ref());
    statuses.flat_map(|status| {
        status.certificates.iter().map(|own| {
            let authenticates = own.purpose == "authentication";
            CertificateLine {
                instance: country.instance,
                holder: if authenticates { status.server.to_string() } else { own.purpose.clone() },
                usage: if authenticates { Usage::Authentication } else { Usage::Signing },
                subject: own.subject.clone(),
                not_before: None,
                not_after: own.not_after,
                ocsp_problem: own.ocsp_problem.clone(),
            }
        })
    })
}

fn of_authority(country: &CountryView) -> impl Iterator<Item = CertificateLine> {
    let line = |authority: &CertificateAuthority, usage, certificate: &Certificate| CertificateLine {
        instance: country.instance,
        holder: authority.name().to_owned(),
        usage,
        subject: certificate.subject(),
        not_before: Some(certificate.not_before()),
        not_after: certificate.not_after(),
        ocsp_problem: None,
    };
    country.authority.iter().flat_map(move |authority| {
        [
            line(authority, Usage::RootAuthority, authority.root()),
            line(authority, Usage::IssuingAuthority, authority.issuing()),
            line(authority, Usage::Ocsp, authority.ocsp_responder()),
            line(authority, Usage::TimeStamping, authority.tsa().certificate()),
        ]
    })
}
