//! Events read and written.

use super::*;

type Outcome = Result<(), EventError>;

const SOURCE: &str = "/LA/GOV/MOHA/civil/births";
/// The example of the JSON format, with a type and names that are ours to test.
const EXAMPLE: &str = r#"{
    "specversion" : "1.0",
    "type" : "com.example.someevent",
    "source" : "/mycontext",
    "id" : "A234-1234-1234",
    "time" : "2018-04-05T17:31:00Z",
    "comexampleextension1" : "value",
    "comexampleothervalue" : 5,
    "unsetextension" : null,
    "datacontenttype" : "application/json",
    "data" : { "appinfoA" : "abc", "appinfoB" : 1.10, "appinfoC" : true }
}"#;

#[test]
fn the_example_of_the_format_is_read_and_written() -> Outcome {
    let event = CloudEvent::parse(EXAMPLE)?;
    assert_eq!((event.id(), event.kind(), event.subject()), ("A234-1234-1234", "com.example.someevent", None));
    let written = event.to_json();
    assert_eq!(CloudEvent::parse(&written)?, event);
    assert!(written.contains(r#""comexampleothervalue":5"#) && !written.contains("unset"), "{written}");
    assert!(written.ends_with(r#""data":{ "appinfoA" : "abc", "appinfoB" : 1.10, "appinfoC" : true }}"#), "{written}");
    Ok(())
}

#[test]
fn a_publisher_speaks_in_its_own_name() -> Outcome {
    let event = CloudEvent::parse(r#"{"specversion":"1.0","id":"1","type":"t"}"#)?;
    let named = event.clone().published_by(SOURCE)?;
    assert_eq!(named.source(), Some(SOURCE));
    assert_eq!(named.clone().published_by(SOURCE)?, named);
    assert!(matches!(named.published_by("/VN/x/y/z/births"), Err(EventError::Source { .. })));
    let now = Instant::from_unix_seconds(1_800_000_000);
    let timed = event.clone().at_latest(now);
    assert_eq!(timed.time(), Some("2027-01-15T08:00:00Z"));
    assert!(event.is_same_as(&timed) && !timed.is_same_as(&event), "a time that was added does not make it another");
    Ok(())
}

#[test]
fn headers_and_body_are_an_event_too() -> Outcome {
    let headers =
        [("CE-Id", "1"), ("ce-type", "t"), ("ce-specversion", "1.0"), ("ce-subject", "Xi%C3%AAng"), ("x", "y")];
    let read = |content_type, body: &[u8]| CloudEvent::from_http(headers.into_iter(), content_type, body);
    let event = read(Some("application/json; charset=utf-8"), b" {\"a\": 1.0} ")?;
    assert_eq!(event.subject(), Some("Xiêng"));
    assert!(event.to_json().ends_with(r#""data":{"a": 1.0}}"#), "{}", event.to_json());
    assert!(read(Some("text/plain"), "ສະບາຍດີ".as_bytes())?.to_json().ends_with(r#""data":"ສະບາຍດີ"}"#));
    assert!(read(Some("application/pdf"), &[0xff, 0])?.to_json().ends_with(r#""data_base64":"/wA="}"#));
    assert!(!read(None, b"")?.to_json().contains("data"));
    assert!(matches!(read(None, b"x"), Err(EventError::Body(_))));
    assert!(matches!(read(None, b"1],[2"), Err(EventError::Body(_))));
    let twice = [("ce-id", "1"), ("Ce-Id", "2")];
    assert!(CloudEvent::from_http(twice.into_iter(), None, b"").is_err());
    Ok(())
}

#[test]
fn what_is_no_event_is_refused_by_name() {
    let of = |extra: &str| CloudEvent::parse(&format!(r#"{{"specversion":"1.0","id":"1","type":"t"{extra}}}"#));
    assert!(of("").is_ok());
    let named = |extra: &str| match of(extra) {
        Err(EventError::Attribute { name, .. }) => name,
        other => format!("{other:?}"),
    };
    for (extra, name) in [
        (r#","Upper":1"#, "Upper"),
        (r#","with-dash":1"#, "with-dash"),
        (r#","object":{}"#, "object"),
        (r#","time":"yesterday""#, "time"),
        (r#","subject":"""#, "subject"),
        (r#","subject":1"#, "subject"),
        (r#","subject":"a\u0000b""#, "subject"),
        (r#","data":1,"data_base64":"""#, "data"),
        (r#","data_base64":"!""#, "data_base64"),
    ] {
        assert_eq!(named(extra), name);
    }
    assert!(matches!(of(r#","id":"2""#), Err(EventError::Json(JsonError::Duplicate(_)))));
    for missing in
        [r#"{"id":"1","type":"t"}"#, r#"{"specversion":"0.3","id":"1","type":"t"}"#, r#"{"specversion":"1.0"}"#]
    {
        assert!(matches!(CloudEvent::parse(missing), Err(EventError::Attribute { .. })), "{missing}");
    }
    assert!(CloudEvent::parse(r#"{"specversion":"1.0","id":"1","type":"a/b"}"#).is_err());
    let large = format!(r#"{{"specversion":"1.0","id":"1","type":"t","data":"{}"}}"#, "x".repeat(BYTES_MAX));
    assert!(matches!(CloudEvent::parse(&large), Err(EventError::TooLarge { .. })));
    let many: String = (0..50).map(|n| format!(r#","a{n}":1"#)).collect();
    assert!(matches!(of(&many), Err(EventError::TooLarge { .. })));
}

#[test]
fn what_a_publisher_may_send_another_gateway_can_read() -> Outcome {
    let source = format!("/{}", "ກ".repeat(1_000));
    let extensions: String = (0..37).map(|n| format!(r#","a{n}":1"#)).collect();
    let nested = format!("{}{}", "[".repeat(32), "]".repeat(32));
    let head = format!(r#"{{"specversion":"1.0","id":"1","type":"t"{extensions},"data":["#);
    let fill = "x".repeat(BYTES_MAX - head.len() - nested.len() - 6);
    let text = format!(r#"{head}{nested},"{fill}"]}}"#).replacen("[[", "[", 1).replacen("]]", "]", 1);
    let event = CloudEvent::parse(&text)?.published_by(&source)?.at_latest(Instant::from_unix_seconds(0));
    let json = event.to_json();
    assert!(json.len() > BYTES_MAX && CloudEvent::parse(&json).is_err());
    let batch = super::super::Batch::write("births", [0, 1, 1], [(0, json.as_str())].into_iter());
    let batch = super::super::Batch::parse(&batch);
    assert_eq!(batch.map(|b| b.events.into_iter().map(|(_, event)| event).collect::<Vec<_>>()), Ok(vec![event]));
    Ok(())
}
