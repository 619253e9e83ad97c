//! Descriptions of services (OpenAPI 3) as they are given to others: without the address that the service has inside.

use serde_json::Value;

/// Why a description is not given out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// It is no JSON.
    #[error("the description is no JSON: {0}")]
    Json(String),
    /// It is no object that says `openapi`.
    #[error("the description is no OpenAPI description: it has no text \"openapi\"")]
    NoVersion,
    /// A version before 3.
    #[error("the description is of OpenAPI {0}: 3 or later is wanted")]
    Version(String),
}

/// The same description in which every `servers[].url` is only its path; one with variables (`{}`) stays as it is.
///
/// # Errors
/// [`DescriptionError`].
///
/// Source: PR-MREST 5; the reference reduces the addresses so.
pub fn rewritten(text: &str) -> Result<String, DescriptionError> {
    let mut tree: Value = serde_json::from_str(text).map_err(|error| DescriptionError::Json(error.to_string()))?;
    let version = tree.get("openapi").and_then(Value::as_str).ok_or(DescriptionError::NoVersion)?;
    if !version.starts_with("3.") {
        return Err(DescriptionError::Version(version.chars().take(20).collect()));
    }
    let servers = tree.get_mut("servers").and_then(Value::as_array_mut);
    for server in servers.into_iter().flatten() {
        if let Some(url) = server.get_mut("url")
            && let Some(text) = url.as_str()
        {
            *url = Value::String(path_of(text));
        }
    }
    Ok(tree.to_string())
}

fn path_of(url: &str) -> String {
    if url.contains('{') && url.contains('}') {
        return url.to_owned();
    }
    let after_scheme = match url.split_once("://") {
        Some((_, rest)) => rest.find(['/', '?', '#']).and_then(|at| rest.get(at..)).unwrap_or_default(),
        None => url,
    };
    after_scheme.split(['?', '#']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_paths() -> Result<(), DescriptionError> {
        for (url, expected) in [
            ("https://inside.example:8080/v1", "/v1"),
            ("http://inside.example", ""),
            ("http://inside.example?x=1", ""),
            ("/v1?x", "/v1"),
            ("https://{host}/v1", "https://{host}/v1"),
        ] {
            let text = format!(r#"{{"openapi":"3.1.0","servers":[{{"url":"{url}"}},{{}}]}}"#);
            let tree: Value = serde_json::from_str(&rewritten(&text)?).unwrap_or_default();
            assert_eq!(tree.pointer("/servers/0/url").and_then(Value::as_str), Some(expected), "{url}");
        }
        Ok(())
    }

    #[test]
    fn what_is_no_description_is_refused() {
        assert!(matches!(rewritten("openapi: 3.0.0"), Err(DescriptionError::Json(_))));
        assert_eq!(rewritten("[]"), Err(DescriptionError::NoVersion));
        assert_eq!(rewritten(r#"{"swagger":"2.0"}"#), Err(DescriptionError::NoVersion));
        assert_eq!(rewritten(r#"{"openapi":"2.0"}"#), Err(DescriptionError::Version("2.0".into())));
        let deep = format!("{{\"openapi\":\"3.0\",\"x\":{}", "[".repeat(100_000));
        assert!(matches!(rewritten(&deep), Err(DescriptionError::Json(_))));
    }
}
