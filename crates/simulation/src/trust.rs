//! The trust services of a country, on a machine of their own: its directory, its OCSP responder, its time-stamps. They are
//! the real ones, and may be away, late, or wrong about the time like everything else.

use crate::course::Course;
use crate::institutions::Country;
use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt;
use mekong_base::Clock;
use mekong_directory::publish::Publisher;
use mekong_exchange::gateway::net::Net;
use std::net::SocketAddr;
use std::time::Duration;
use tower::ServiceExt;

/// How often a directory is made anew.
pub(crate) const REFRESH: Duration = Duration::from_secs(60);

/// Serves until its machine crashes.
pub(crate) async fn run(net: Net, country: Country, clock: Clock, course: Course) {
    let publisher = match Publisher::new(country.definition.clone(), country.keys.clone(), clock.clone()) {
        Ok(publisher) => publisher,
        Err(error) => return course.wrong(format!("no directory is published: {error}")),
    };
    let router = country.authority.router(clock).merge(publisher.router());
    let serving =
        crate::http::serve(net, SocketAddr::new(country.trust, 80), move |request| answer(router.clone(), request));
    let publishing = async {
        loop {
            tokio::time::sleep(REFRESH).await;
            if let Err(error) = publisher.publish() {
                course.wrong(format!("the directory is not published anew: {error}"));
            }
        }
    };
    tokio::join!(serving, publishing);
}

async fn answer(router: Router, request: http::Request<bytes::Bytes>) -> http::Response<bytes::Bytes> {
    let Ok(response) = router.oneshot(request.map(Body::from)).await;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    http::Response::from_parts(parts, body)
}
