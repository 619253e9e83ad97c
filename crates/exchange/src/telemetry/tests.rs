//! On a simulated network: in one thread, by simulated time.

use super::*;
use crate::gateway::net::SimulatedNet;
use crate::wire::fault::{FaultCode, Kind, Origin};
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use mekong_base::MemberId;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::time::Duration;

const GATEWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const COLLECTOR: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
const REQUEST: &str = "7b0c3c1e-1f2d-4a3b-8c4d-5e6f708192a3";

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A network on which time goes on.
fn network() -> SimulatedNet {
    let net = SimulatedNet::new(1);
    let passing = net.clone();
    tokio::spawn(async move {
        for millisecond in 0.. {
            passing.advance(Duration::from_millis(millisecond));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    net
}

fn telemetry(net: &SimulatedNet) -> Result<(Telemetry, Exporter), SettingsError> {
    let server = MemberId::new("LA", "GOV", "MOHA").server("gw");
    let settings = Settings::new(&format!("http://{COLLECTOR}:4318"), server, "gateway")?;
    let clock = Clock::manual(Instant::from_unix_seconds(1_795_000_000));
    Ok(Telemetry::start(settings, Net::Simulated(net.host(GATEWAY)), clock))
}

/// One exchange of a consumer with two steps, which ends like this.
async fn exchange(telemetry: &Telemetry, result: Result<(), Fault>) {
    let work = async {
        note(|trail| trail.is_of(REQUEST));
        drop(begin(Step::Accept));
        let sending = begin(Step::Send);
        tokio::time::sleep(Duration::from_millis(1)).await;
        drop(sending);
        telemetry.end(&result);
    };
    telemetry.follow(Side::Consumer, Instant::from_unix_seconds(1_795_000_000), work).await;
}

/// A collector that refuses its first request for a moment.
async fn collector(net: &SimulatedNet) -> std::io::Result<Arc<Mutex<Vec<Span>>>> {
    let listener = Net::Simulated(net.host(COLLECTOR)).listen(SocketAddr::new(COLLECTOR, 4318)).await?;
    let taken: Arc<Mutex<Vec<Span>>> = Arc::default();
    let (kept, asked) = (Arc::clone(&taken), Arc::new(Mutex::new(0)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (kept, asked) = (Arc::clone(&kept), Arc::clone(&asked));
            let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let (kept, asked) = (Arc::clone(&kept), Arc::clone(&asked));
                async move {
                    let body = request.into_body().collect().await?.to_bytes();
                    *asked.lock().unwrap() += 1;
                    let status = if *asked.lock().unwrap() == 1 { 503 } else { 200 };
                    if status == 200 {
                        let request = ExportTraceServiceRequest::decode(body).unwrap();
                        let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
                        kept.lock().unwrap().extend(scopes.flat_map(|scope| scope.spans));
                    }
                    let mut answer = http::Response::new(Full::<bytes::Bytes>::default());
                    *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
                    Ok::<_, hyper::Error>(answer)
                }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Ok(taken)
}

#[tokio::test(start_paused = true)]
async fn traces_reach_a_collector_on_a_simulated_network_that_was_busy_first() -> Outcome {
    let net = network();
    let taken = collector(&net).await?;
    let (telemetry, exporter) = telemetry(&net)?;
    exchange(&telemetry, Ok(())).await;
    let code = FaultCode::new(Origin::ServerProxy, &[Kind::AccessDenied]);
    exchange(&telemetry, Err(Fault::new(code, "0123456789 may not"))).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    exporter.stop().await;
    assert_eq!(telemetry.counts(), Some(Counts { sent: 6, dropped: 0 }));
    let spans = taken.lock().unwrap().clone();
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["exchange", "accept", "send", "exchange", "accept", "send"]);
    assert!(spans.iter().all(|span| hex::encode(&span.trace_id) == REQUEST.replace('-', "")));
    let statuses: Vec<_> = spans.iter().filter_map(|span| span.status.as_ref()).map(|s| s.message.as_str()).collect();
    assert_eq!(statuses, ["server.serverproxy.access_denied"]);
    assert!(!format!("{spans:?}").contains("0123456789"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_is_away_costs_traces_and_no_time() -> Outcome {
    let net = network();
    let (telemetry, exporter) = telemetry(&net)?;
    let begun = tokio::time::Instant::now();
    let exchanges = 5_000;
    let all = futures_util::future::join_all((0..exchanges).map(|_| exchange(&telemetry, Ok(()))));
    all.await;
    assert!(begun.elapsed() < Duration::from_millis(10), "{:?}", begun.elapsed());
    let counts = telemetry.counts().unwrap_or_default();
    assert!(counts.sent == 0 && counts.dropped > 0, "{counts:?}");
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(telemetry.counts(), Some(Counts { sent: 0, dropped: exchanges * 3 }));
    exporter.stop().await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_exporter_that_stops_sends_what_is_left_and_later_traces_are_counted() -> Outcome {
    let net = network();
    let taken = collector(&net).await?;
    let (telemetry, exporter) = telemetry(&net)?;
    exchange(&telemetry, Ok(())).await;
    exporter.stop().await;
    assert_eq!(taken.lock().unwrap().len(), 3);
    exchange(&telemetry, Ok(())).await;
    assert_eq!(telemetry.counts(), Some(Counts { sent: 3, dropped: 3 }));
    Ok(())
}

#[tokio::test]
async fn without_telemetry_nothing_is_noted() {
    let telemetry = Telemetry::off();
    let work = async {
        let began = begin(Step::Sign);
        note(|_| panic!("there is no trail"));
        telemetry.end(&Ok::<(), Fault>(()));
        began.0
    };
    assert_eq!(telemetry.follow(Side::Consumer, Instant::from_unix_seconds(0), work).await, None);
    assert!(begin(Step::Sign).0.is_none() && telemetry.counts().is_none());
}
