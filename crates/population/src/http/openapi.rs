//! The description of the service, made from the code. `openapi.json` beside the sources is compared with it by a test.

use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Population register",
        description = "The register of persons of one country. It stands behind a gateway: every request names the system that asks in \
                       X-Road-Client and is written to the access log before it is answered. Errors are problem details (RFC 9457).",
        version = "1.0.0",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    paths(super::person, super::persons, super::health, super::description),
    tags((name = "persons", description = "Who is registered"), (name = "service", description = "About the service itself")),
)]
struct Description;

/// The OpenAPI 3.1 description as JSON text, ending in a line end.
pub fn openapi() -> String {
    let mut text = Description::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_description_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        let now = openapi();
        if std::env::var_os("MEKONG_UPDATE").is_some() {
            std::fs::write(path, &now).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == now,
            "{path} is not what the code says: run this test with MEKONG_UPDATE=1 and read the difference"
        );
        assert!(now.contains(r#""openapi": "3.1.0""#));
    }
}
