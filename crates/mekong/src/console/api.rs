//! The same as the pages, for programs. Times are UTC (RFC 3339), durations milliseconds.

use super::exchanges::Logged;
use super::model::{CountryView, GatewayView, MESSAGES_MAX, Overview, State as Health, Usage, View};
use super::{Console, Failure};
use axum::Json;
use axum::extract::{Query, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use mekong_base::Instant;
use mekong_exchange::messagelog::{Side, Statistics};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

const SECONDS_PER_DAY: i64 = 86_400;

/// `GET /api/overview.json`
pub(super) async fn overview(State(console): State<Arc<Console>>) -> Response {
    let view = match console.view().await {
        Ok(view) => view,
        Err(failure) => return failure.problem(),
    };
    let overview = Overview::collect(&view, console.people(&view).await, console.now()).await;
    Json(overview_json(&view, &overview)).into_response()
}

/// `GET /api/messages.json?limit=`: the newest logged messages of all gateways; 1 to 50, 50 if not said.
pub(super) async fn messages(State(console): State<Arc<Console>>, uri: Uri) -> Response {
    let messages = async {
        let limit = limit(&uri)?;
        let view = console.view().await?;
        let messages = view.messages(limit).await?;
        Ok::<_, Failure>(json!({ "messages": messages.iter().map(message_json).collect::<Vec<_>>() }))
    };
    match messages.await {
        Ok(messages) => Json(messages).into_response(),
        Err(failure) => failure.problem(),
    }
}

fn limit(uri: &Uri) -> Result<u32, Failure> {
    let wrong = Failure::Parameter("limit must be a whole number from 1 to 50");
    let Ok(Query(asked)) = Query::<HashMap<String, String>>::try_from_uri(uri) else { return Err(wrong) };
    match asked.get("limit") {
        None => Ok(MESSAGES_MAX),
        Some(text) => text.parse().ok().filter(|limit| (1..=MESSAGES_MAX).contains(limit)).ok_or(wrong),
    }
}

fn overview_json(view: &View, overview: &Overview) -> Value {
    let mut logs = overview.logs.iter();
    let mut countries = Vec::new();
    for (country, people) in view.countries.iter().zip(&overview.people) {
        let gateways: Vec<_> =
            country.gateways.iter().zip(logs.by_ref()).map(|(g, log)| gateway_json(g, log)).collect();
        let certificates = overview.certificates.iter().filter(|line| line.instance == country.instance).map(|line| {
            json!({
                "holder": line.holder, "use": usage(line.usage), "subject": line.subject, "not_after": line.not_after,
                "days_left": days_left(line.not_after, overview.at), "ocsp_problem": line.ocsp_problem,
            })
        });
        countries.push(json!({
            "instance": country.instance,
            "people": people,
            "gateways": gateways,
            "members": members_json(view, country),
            "certificates": certificates.collect::<Vec<_>>(),
        }));
    }
    let exchanges = overview.exchanges.iter().map(|exchange| {
        json!({
            "at": exchange.at, "client": exchange.client, "service": exchange.service, "operation": exchange.operation,
            "status": exchange.status, "outcome": exchange.outcome().key().trim_start_matches("outcome."),
            "duration_ms": milliseconds(exchange.duration), "messages": exchange.logged.iter().map(message_json).collect::<Vec<_>>(),
        })
    });
    json!({ "at": overview.at, "countries": countries, "exchanges": exchanges.collect::<Vec<_>>() })
}

fn gateway_json(gateway: &GatewayView, log: &Result<Statistics, String>) -> Value {
    let (state, refusing) = match gateway.state() {
        Health::Down => ("down", None),
        Health::Refusing(reason) => ("refusing", Some(reason)),
        Health::Running => ("running", None),
    };
    let counts = gateway.status.as_ref().map(|status| {
        let c = status.counts;
        json!({
            "asked": c.asked, "asked_failed": c.asked_failed, "answered": c.answered, "answered_failed": c.answered_failed,
            "connections": c.connections, "reused": c.reused,
        })
    });
    let statistics = log.as_ref().ok();
    json!({
        "gateway": gateway.slug, "server": gateway.server.to_string(), "state": state, "refusing": refusing, "counts": counts,
        "address": gateway.status.as_ref().map(|status| format!("http://{}", status.consumer)),
        "messages": statistics.map(|s| s.messages), "waiting_for_timestamp": statistics.map(|s| s.waiting),
        "stamped_at": statistics.and_then(|s| s.stamped_at), "stamping_fails_since": statistics.and_then(|s| s.failing_since),
        "log_problem": log.as_ref().err(), "directory_expires": gateway.directory.expires_at(),
    })
}

fn members_json(view: &View, country: &CountryView) -> Vec<Value> {
    let members =
        view.directory(country.instance).map(|directory| directory.members(country.instance)).unwrap_or_default();
    let subsystems = |member: &mekong_directory::shared::Member| -> Vec<Value> {
        let of = |s: &mekong_directory::shared::Subsystem| {
            let id = member.id.subsystem(s.code.clone());
            json!({ "id": id.to_string(), "name": s.name, "services": super::overview::services(country, &id) })
        };
        member.subsystems.iter().map(of).collect()
    };
    members.iter().map(|m| json!({ "id": m.id.to_string(), "name": m.name, "subsystems": subsystems(m) })).collect()
}

fn message_json(logged: &Logged) -> Value {
    let record = &logged.record;
    let path = format!("/messages/{}/{}", logged.gateway, record.id);
    json!({
        "gateway": logged.gateway, "id": record.id, "part": record.part.name(),
        "side": if record.side == Side::Consumer { "consumer" } else { "provider" },
        "at": record.recorded_at, "client": record.client, "service": record.service, "operation": record.operation,
        "peer": record.peer, "status": record.status, "duration_ms": milliseconds(record.duration),
        "timestamped": record.timestamp_id.is_some(), "evidence": format!("{path}/evidence"), "verify": format!("{path}/verify.json"),
    })
}

fn milliseconds(duration: Option<std::time::Duration>) -> Option<f64> {
    duration.and_then(|duration| u32::try_from(duration.as_micros()).ok()).map(|micros| f64::from(micros) / 1_000.0)
}

fn days_left(not_after: Instant, now: Instant) -> i64 {
    (not_after.unix_seconds() - now.unix_seconds()).div_euclid(SECONDS_PER_DAY)
}

const fn usage(usage: Usage) -> &'static str {
    match usage {
        Usage::Authentication => "authentication",
        Usage::IssuingAuthority => "issuing_authority",
        Usage::Ocsp => "ocsp",
        Usage::RootAuthority => "root_authority",
        Usage::Signing => "signing",
        Usage::TimeStamping => "time_stamping",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_kept() {
        let of = |query: &'static str| limit(&Uri::from_static(query)).ok();
        assert_eq!(of("/api/messages.json"), Some(50));
        assert_eq!(of("/api/messages.json?limit=7"), Some(7));
        for bad in
            ["/m?limit=0", "/m?limit=51", "/m?limit=-1", "/m?limit=x", "/m?limit=", "/m?limit=1&limit=99999999999"]
        {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn days_are_whole_ones() {
        let at = Instant::from_unix_seconds;
        assert_eq!([days_left(at(86_399), at(0)), days_left(at(86_400), at(0)), days_left(at(0), at(1))], [0, 1, -1]);
    }
}
