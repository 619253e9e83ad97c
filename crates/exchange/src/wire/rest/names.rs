//! Header names of the protocol, in lower case as they stand on the wire between gateways.

/// Who asks.
pub const CLIENT: &str = "x-road-client";
/// The message's id, given by the asking system or its gateway.
pub const ID: &str = "x-road-id";
/// The service that answered.
pub const SERVICE: &str = "x-road-service";
/// The id that the consumer's gateway gives to one exchange.
pub const REQUEST_ID: &str = "x-road-request-id";
/// The hash of the request, in its answer.
pub const REQUEST_HASH: &str = "x-road-request-hash";
/// The provider's gateway that shall answer.
pub const SECURITY_SERVER: &str = "x-road-security-server";
/// On whose behalf the client asks.
pub const REPRESENTED_PARTY: &str = "x-road-represented-party";
/// The person whose action caused the request.
pub const USER_ID: &str = "x-road-userid";
/// The case or document that caused the request.
pub const ISSUE: &str = "x-road-issue";
/// The fault code, on error answers.
pub const ERROR: &str = "x-road-error";

/// Transport: digest algorithm of the parts.
pub const HASH_ALGORITHM: &str = "x-hash-algorithm";
/// Transport: version of the sending gateway.
pub const PROXY_VERSION: &str = "x-proxy-version";
/// Transport: content type of the original request.
pub const ORIGINAL_CONTENT_TYPE: &str = "x-original-content-type";
/// Transport: `REST` for REST messages.
pub const MESSAGE_TYPE: &str = "x-road-message-type";

/// Headers that belong to one connection: never put into a message, refused inside a message.
pub const SKIPPED: [&str; 13] = [
    "transfer-encoding",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "upgrade",
    "connection",
    "user-agent",
    "host",
    "content-length",
    "server",
    "expect",
];

/// Is this header one that belongs to a connection?
pub fn is_skipped(name: &str) -> bool {
    SKIPPED.iter().any(|s| s.eq_ignore_ascii_case(name))
}
