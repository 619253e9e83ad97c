//! What the values of a change must be: codes, names, texts, addresses.

use super::limits as max;
use super::model::{Description, ServiceSettings};
use super::refusal::{Refusal, invalid};
use crate::events::settings::SERVICE_URL;
use mekong_base::ident::check_segment;

/// Codes of the services that every gateway answers itself.
pub(super) const RESERVED: [&str; 3] = ["allowedMethods", "getOpenAPI", "listMethods"];

pub(super) fn check_code(what: &'static str, code: &str) -> Result<(), Refusal> {
    check_segment(code).map_err(|error| Refusal::Invalid { what, why: error.to_string() })
}

pub(super) fn is_fingerprint(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Names of users and tokens: what may stand in an address.
pub(super) fn check_name(what: &'static str, name: &str) -> Result<(), Refusal> {
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
    let begins = name.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    if begins && name.len() <= 64 && name.chars().all(is_good) {
        return Ok(());
    }
    Err(invalid(what, "1 to 64 characters of a-z, A-Z, 0-9, - _ . @ are wanted, a letter or digit first"))
}

pub(super) fn check_text(what: &'static str, text: &str) -> Result<(), Refusal> {
    if text.len() > max::TEXT_BYTES_MAX || text.chars().any(char::is_control) {
        return Err(invalid(what, &format!("one line of at most {} bytes is wanted", max::TEXT_BYTES_MAX)));
    }
    Ok(())
}

pub(super) fn check_settings(settings: &ServiceSettings) -> Result<(), Refusal> {
    if settings.urls.is_empty() || settings.urls.len() > max::URLS_MAX {
        return Err(invalid("urls", &format!("1 to {} addresses are wanted", max::URLS_MAX)));
    }
    // One that the gateway answers itself.
    let is_own = settings.urls == [SERVICE_URL];
    if !is_own {
        settings.urls.iter().try_for_each(|url| check_url("urls", url))?;
    }
    if settings.urls.iter().any(|url| url.contains('?')) {
        return Err(invalid("urls", "an address without a query is wanted: that comes with each request"));
    }
    if !(1..=max::TIMEOUT_SECONDS_MAX).contains(&settings.timeout_seconds) {
        return Err(invalid("timeout_seconds", &format!("1 to {} is wanted", max::TIMEOUT_SECONDS_MAX)));
    }
    if let Some(notice) = &settings.disabled {
        check_text("disabled", notice)?;
    }
    match &settings.openapi {
        None => Ok(()),
        Some(Description::Url(url)) => check_url("openapi", url),
        Some(Description::Text(text)) if text.len() > max::DESCRIPTION_BYTES_MAX => {
            Err(Refusal::Limit { what: "bytes of an OpenAPI description", max: max::DESCRIPTION_BYTES_MAX })
        }
        Some(Description::Text(text)) => crate::rules::openapi::rewritten(text)
            .map(|_| ())
            .map_err(|error| Refusal::Invalid { what: "openapi", why: error.to_string() }),
    }
}

fn check_url(what: &'static str, url: &str) -> Result<(), Refusal> {
    let wrong = |why: &str| Err(invalid(what, &format!("{:?} {why}", url.chars().take(100).collect::<String>())));
    if url.len() > max::URL_BYTES_MAX {
        return wrong(&format!("is longer than {} bytes", max::URL_BYTES_MAX));
    }
    let Ok(parsed) = url.parse::<http::Uri>() else {
        return wrong("is no address: http://host[:port][/path] is wanted");
    };
    if parsed.scheme_str() != Some("http") || parsed.host().is_none_or(str::is_empty) {
        return wrong("is no address of a service: http://host[:port][/path] is wanted");
    }
    if parsed.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return wrong("has a user name in it: leave that out");
    }
    if url.contains('#') { wrong("has a fragment: leave that out") } else { Ok(()) }
}
