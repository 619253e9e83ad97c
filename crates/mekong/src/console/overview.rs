//! The overview: everything at a glance on one page.

use super::exchanges::{Exchange, Logged, Outcome};
use super::model::{CertificateLine, CountryView, GatewayView, Overview, State, Usage, View};
use super::reader::Reader;
use super::{Console, named};
use axum::extract::State as Shared;
use axum::response::Response;
use mekong_base::Instant;
use mekong_exchange::messagelog::{Part, Statistics};
use mekong_web::component::{Badge, Column, Table, Tile, Tone, button, link, notice, tiles};
use mekong_web::plot::{Series, latency_plot};
use mekong_web::{Language, Markup, NavItem, Page, countries, format};
use std::sync::Arc;

/// Seconds between loads, if the reader wants the page to load itself.
const REFRESH_SECONDS: u32 = 10;

/// `GET /`
pub(super) async fn show(reader: Reader, Shared(console): Shared<Arc<Console>>) -> Response {
    let view = match console.view().await {
        Ok(view) => view,
        Err(failure) => return failure.page(reader, "/"),
    };
    let overview = Overview::collect(&view, console.people(&view).await, console.now()).await;
    page(reader, &view, &overview).response()
}

/// The page.
pub(super) fn page(reader: Reader, view: &View, overview: &Overview) -> Page {
    let nav = [
        ("/", reader.shared("nav.overview")),
        ("/#gateways", reader.word("gateways")),
        ("/#messages", reader.shared("nav.messages")),
        ("/#members", reader.shared("nav.members")),
        ("/#certificates", reader.shared("nav.certificates")),
    ];
    let connected = view.gateways().all(|gateway| gateway.state() == State::Running);
    let body = refresh_bar(reader, overview.at)
        .and(troubles(reader, view, overview))
        .and(numbers(reader, view, overview))
        .and(plot(reader, view, overview))
        .and(Markup::section("gateways", reader.word("gateways"), gateways(reader, view, overview)))
        .and(Markup::section("messages", reader.shared("nav.messages"), messages(reader, view, overview)))
        .and(Markup::section("members", reader.shared("nav.members"), members(reader, view)))
        .and(Markup::section("certificates", reader.shared("nav.certificates"), certificates(reader, view, overview)));
    let page = Page::new(reader.language, reader.word("overview.title"), "/")
        .nav(nav.map(|(href, text)| NavItem::new(href, text)).to_vec())
        .picture(countries::picture(reader.language, connected))
        .lead(reader.shared("app.tagline"))
        .footer(reader.shared("footer.synthetic"))
        .body(body);
    if reader.refresh { page.refresh_seconds(REFRESH_SECONDS) } else { page }
}

fn refresh_bar(reader: Reader, at: Instant) -> Markup {
    let here = reader.path("/");
    let (href, text) = if reader.refresh {
        (here.clone(), reader.word("refresh.off").to_owned())
    } else {
        (format!("{here}&refresh=on"), reader.fill("refresh.on", &[("n", &REFRESH_SECONDS.to_string())]))
    };
    let again = if reader.refresh { format!("{here}&refresh=on") } else { here };
    let as_of =
        Markup::text(format!("{} ", reader.word("refresh.state"))).and(format::time_element(reader.language, at));
    Markup::bar([Markup::muted(as_of), button(&again, reader.word("refresh.now"), ""), button(&href, text, "")])
}

/// What somebody should look at now.
fn troubles(reader: Reader, view: &View, overview: &Overview) -> Markup {
    let english = |text: &str| Markup::text_in(Language::English, text);
    let one = |(gateway, log): (&GatewayView, &Result<Statistics, String>)| {
        let name = [("gateway", gateway.slug.as_str())];
        let state = match gateway.state() {
            State::Running => Markup::default(),
            State::Down => notice(Tone::Warning, &reader.fill("gateway.switched_off", &name), Markup::default()),
            State::Refusing(reason) => notice(Tone::Bad, &reader.fill("gateway.refusing", &name), english(reason)),
        };
        state.and(match log {
            Err(error) => notice(Tone::Bad, &reader.fill("gateway.log_broken", &name), english(error)),
            Ok(Statistics { failing_since: Some(since), .. }) => {
                let since = format::time(reader.language, *since);
                let values = [("gateway", gateway.slug.as_str()), ("since", since.as_str())];
                notice(Tone::Warning, &reader.fill("gateway.stamping_fails", &values), Markup::default())
            }
            Ok(_) => Markup::default(),
        })
    };
    view.gateways().zip(&overview.logs).map(one).collect()
}

fn numbers(reader: Reader, view: &View, overview: &Overview) -> Markup {
    let number = |n: u64| format::number(reader.language, n);
    let logs = || overview.logs.iter().flatten();
    let people = view.countries.iter().zip(&overview.people);
    let mut all: Vec<Tile> = people
        .map(|(country, count)| {
            Tile::new(reader.shared("tile.people"), number(*count)).note(country_name(reader, country.instance))
        })
        .collect();
    let messages: u64 = logs().map(|log| log.messages).sum();
    all.push(Tile::new(reader.shared("tile.messages"), number(messages)).note(reader.word("tile.messages.note")));
    all.push(Tile::new(reader.word("tile.waiting"), number(logs().map(|log| log.waiting).sum())));
    tiles(&all)
}

fn plot(reader: Reader, view: &View, overview: &Overview) -> Markup {
    let series = |(country, samples): (&CountryView, &Vec<(u64, f64)>)| Series {
        name: reader.fill("series.asks", &[("country", country_name(reader, country.instance))]),
        samples: samples.clone(),
    };
    let all: Vec<Series> = view.countries.iter().zip(&overview.durations).map(series).collect();
    latency_plot(reader.language, "latency", &all)
}

fn messages(reader: Reader, view: &View, overview: &Overview) -> Markup {
    let columns = vec![
        Column::text(reader.shared("message.time")),
        Column::text(reader.shared("message.client")),
        Column::text(reader.word("message.asked_for")),
        Column::text(reader.shared("message.outcome")),
        Column::text(reader.shared("evidence.title")),
    ];
    let table = Table::new(reader.language, reader.word("messages.latest"), columns);
    overview.exchanges.iter().fold(table, |table, exchange| table.row(exchange_row(reader, view, exchange))).markup()
}

fn exchange_row(reader: Reader, view: &View, exchange: &Exchange) -> Vec<Markup> {
    let duration = exchange.duration.map(|duration| {
        let ms = format::milliseconds(reader.language, duration.as_secs_f64() * 1_000.0);
        Markup::muted(Markup::text(format!("{ms} ms")))
    });
    let way = |text: &str| text.split('/').next().unwrap_or_default().to_owned();
    let direction = format!("{} → {}", way(&exchange.client), way(&exchange.service));
    vec![
        Markup::lines([format::time_element(reader.language, exchange.at), Markup::muted(Markup::text(direction))]),
        named::client(view, &exchange.client),
        named::service(view, &exchange.service, &exchange.operation),
        Markup::lines([outcome(reader, exchange.outcome(), exchange.status)].into_iter().chain(duration)),
        evidence_links(reader, exchange),
    ]
}

/// A badge that says how a question ended, with the status.
pub(super) fn outcome(reader: Reader, outcome: Outcome, status: Option<u16>) -> Markup {
    let tone = match outcome {
        Outcome::Answered => Tone::Good,
        Outcome::NotFound => Tone::Neutral,
        Outcome::Rejected | Outcome::Unanswered => Tone::Warning,
        Outcome::Failed => Tone::Bad,
    };
    let word = match outcome {
        Outcome::Rejected | Outcome::Unanswered => reader.word(outcome.key()),
        _ => reader.shared(outcome.key()),
    };
    let text = status.map_or_else(|| word.to_owned(), |status| format!("{status} {word}"));
    Badge::new(tone, text).markup()
}

/// For each gateway that logged it, links to its request and response; then which of them are stamped.
fn evidence_links(reader: Reader, exchange: &Exchange) -> Markup {
    let mut gateways: Vec<&str> = exchange.logged.iter().map(|l| l.gateway.as_str()).collect();
    gateways.dedup();
    let of_gateway = |gateway: &str| {
        let of_it = exchange.logged.iter().filter(|l| l.gateway == gateway);
        let links =
            of_it.map(|l| Markup::text(" ").and(link(&message_path(reader, l), part_word(reader, l.record.part))));
        Markup::code(gateway).and(links.collect())
    };
    let is_stamped = |l: &&Logged| l.record.timestamp_id.is_some();
    let stamped = match exchange.logged.iter().filter(is_stamped).count() {
        0 => stamp_badge(reader, false),
        n if n == exchange.logged.len() => stamp_badge(reader, true),
        _ => {
            let mut stamped_at =
                exchange.logged.iter().filter(is_stamped).map(|l| l.gateway.as_str()).collect::<Vec<_>>();
            stamped_at.dedup();
            let text = reader.fill("stamp.partly", &[("gateways", &stamped_at.join(", "))]);
            Badge::new(Tone::Info, text).markup()
        }
    };
    Markup::lines(gateways.into_iter().map(of_gateway).chain([stamped]))
}

/// The address of a message's page.
pub(super) fn message_path(reader: Reader, logged: &Logged) -> String {
    reader.path(&format!("/messages/{}/{}", logged.gateway, logged.record.id))
}

/// Request or response, in words.
pub(super) fn part_word(reader: Reader, part: Part) -> &'static str {
    match part {
        Part::Request => reader.shared("message.request"),
        Part::Response => reader.word("message.response"),
    }
}

/// Whether a message is time-stamped.
pub(super) fn stamp_badge(reader: Reader, stamped: bool) -> Markup {
    let (tone, key) = if stamped { (Tone::Good, "stamp.done") } else { (Tone::Neutral, "stamp.waits") };
    Badge::new(tone, reader.word(key)).markup()
}

fn gateways(reader: Reader, view: &View, overview: &Overview) -> Markup {
    let columns = vec![
        Column::text(reader.shared("member.server")),
        Column::text(reader.shared("member.state")),
        Column::number(reader.word("gateway.asked")),
        Column::number(reader.word("gateway.answered")),
        Column::number(reader.word("gateway.waiting")),
        Column::text(reader.word("gateway.stamped_at")),
        Column::text(reader.word("gateway.directory_expires")),
    ];
    let table = Table::new(reader.language, reader.word("gateway.since_start"), columns);
    let rows = view.gateways().zip(&overview.logs);
    rows.fold(table, |table, (gateway, log)| table.row(gateway_row(reader, view, gateway, log))).markup()
}

fn gateway_row(reader: Reader, view: &View, gateway: &GatewayView, log: &Result<Statistics, String>) -> Vec<Markup> {
    let (tone, state) = match gateway.state() {
        State::Running => (Tone::Good, reader.shared("state.running")),
        State::Down => (Tone::Warning, reader.shared("state.down")),
        State::Refusing(_) => (Tone::Bad, reader.word("state.refusing")),
    };
    let number = |n: u64| format::number(reader.language, n);
    let pair = |good: u64, bad: u64| Markup::text(format!("{} / {}", number(good), number(bad)));
    let status = gateway.status.as_ref();
    let counts = |read: fn(&mekong_exchange::gateway::Counts) -> (u64, u64)| {
        status.map_or_else(
            || Markup::text("–"),
            |s| {
                let (good, bad) = read(&s.counts);
                pair(good, bad)
            },
        )
    };
    let expires = gateway.directory.expires_at();
    let address = status.map(|s| Markup::muted(Markup::code(s.consumer.to_string())));
    let stamped_at = log.as_ref().ok().and_then(|log| log.stamped_at);
    let waiting = log.as_ref().map_or_else(|_| Markup::text("–"), |log| Markup::text(number(log.waiting)));
    vec![
        Markup::lines([named::server(view, &gateway.server)].into_iter().chain(address)),
        Badge::new(tone, state).markup(),
        counts(|c| (c.asked, c.asked_failed)),
        counts(|c| (c.answered, c.answered_failed)),
        waiting,
        stamped_at.map_or_else(|| Markup::text("–"), |at| format::time_element(reader.language, at)),
        expires
            .map_or_else(|| Markup::text(reader.word("gateway.never")), |at| format::time_element(reader.language, at)),
    ]
}

fn members(reader: Reader, view: &View) -> Markup {
    let of_country = |country: &CountryView| {
        let columns = ["member.name", "member.subsystem", "member.service"].map(|key| Column::text(reader.shared(key)));
        let mut table = Table::new(reader.language, country_name(reader, country.instance), columns.to_vec());
        let members =
            view.directory(country.instance).map(|directory| directory.members(country.instance)).unwrap_or_default();
        for member in members {
            for subsystem in &member.subsystems {
                let id = member.id.subsystem(subsystem.code.clone());
                let with_code = |name, code: &str| Markup::lines([name, Markup::muted(Markup::code(code))]);
                let services = services(country, &id);
                let services = match services.as_slice() {
                    [] => Markup::muted(Markup::text(reader.word("verdict.none"))),
                    codes => Markup::lines(codes.iter().map(Markup::code)),
                };
                table = table.row(vec![
                    with_code(named::member(view, &member.id), &member.id.to_string()),
                    with_code(named::subsystem(view, &id), &subsystem.code),
                    services,
                ]);
            }
        }
        table.markup()
    };
    Markup::columns(view.countries.iter().map(of_country))
}

/// Codes of the services that a subsystem offers at a running gateway.
pub(super) fn services(country: &CountryView, id: &mekong_base::ClientId) -> Vec<String> {
    let clients =
        country.gateways.iter().filter_map(|gateway| gateway.status.as_ref()).flat_map(|status| &status.clients);
    clients.filter(|(client, _)| client == id).flat_map(|(_, services)| services.clone()).collect()
}

fn certificates(reader: Reader, view: &View, overview: &Overview) -> Markup {
    let of_country = |country: &CountryView| {
        let columns = ["certificate.holder", "certificate.use", "certificate.not_after"]
            .map(|key| Column::text(reader.shared(key)));
        let table = Table::new(reader.language, country_name(reader, country.instance), columns.to_vec());
        let lines = overview.certificates.iter().filter(|line| line.instance == country.instance);
        lines.fold(table, |table, line| table.row(certificate_row(reader, line, overview.at))).markup()
    };
    Markup::columns(view.countries.iter().map(of_country))
}

fn certificate_row(reader: Reader, line: &CertificateLine, now: Instant) -> Vec<Markup> {
    let usage = match line.usage {
        Usage::Authentication => reader.shared("certificate.use.authentication"),
        Usage::IssuingAuthority => reader.word("certificate.use.issuing"),
        Usage::Ocsp => reader.shared("certificate.use.ocsp"),
        Usage::RootAuthority => reader.word("certificate.use.root"),
        Usage::Signing => reader.shared("certificate.use.signing"),
        Usage::TimeStamping => reader.shared("certificate.use.timestamping"),
    };
    let is_an_id = matches!(line.usage, Usage::Authentication | Usage::Signing);
    let holder = if is_an_id {
        Markup::code(&line.holder)
    } else {
        Markup::text_in(named::language_of(line.instance), &line.holder)
    };
    let left = Badge::certificate(
        reader.language,
        line.not_before.unwrap_or(Instant::from_unix_seconds(0)),
        line.not_after,
        now,
    );
    let problem = line.ocsp_problem.as_ref().map(|problem| {
        let badge = Badge::new(Tone::Bad, reader.word("certificate.ocsp_problem")).markup();
        Markup::lines([badge, Markup::muted(Markup::text_in(Language::English, problem))])
    });
    let end = Markup::muted(format::day_element(reader.language, line.not_after));
    vec![holder, Markup::text(usage), Markup::lines([left.markup(), end].into_iter().chain(problem))]
}

/// What a country is called.
pub(super) fn country_name(reader: Reader, instance: &str) -> &'static str {
    match instance {
        "LA" => reader.shared("country.LA"),
        "VN" => reader.shared("country.VN"),
        _ => reader.word("country"),
    }
}
