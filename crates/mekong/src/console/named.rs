//! Identifiers with the names that the directory has for them, each in the language of its country.

use super::model::View;
use mekong_base::{ClientId, MemberId, ServerId, ServiceId};
use mekong_web::{Language, Markup};

/// The language in which institutions of an instance are named.
pub(super) fn language_of(instance: &str) -> Language {
    match instance {
        "LA" => Language::Lao,
        "VN" => Language::Vietnamese,
        _ => Language::English,
    }
}

/// The name of a member, or its code if it is in no directory.
pub(super) fn member(view: &View, id: &MemberId) -> Markup {
    let name = view.directory(&id.instance).and_then(|directory| directory.member_name(id));
    Markup::text_in(language_of(&id.instance), name.unwrap_or(&id.code))
}

/// The name of a subsystem, or its code if it has none.
pub(super) fn subsystem(view: &View, id: &ClientId) -> Markup {
    let name = view.directory(&id.member.instance).and_then(|directory| directory.subsystem_name(id));
    let code = id.subsystem.as_deref().unwrap_or(&id.member.code);
    Markup::text_in(language_of(&id.member.instance), name.unwrap_or(code))
}

/// Who asks, on three lines: subsystem, member, identifier. Text that is no identifier is shown as it is.
pub(super) fn client(view: &View, text: &str) -> Markup {
    match text.parse::<ClientId>() {
        Ok(id) => Markup::lines([
            subsystem(view, &id),
            Markup::muted(member(view, &id.member)),
            Markup::muted(Markup::code(text)),
        ]),
        Err(_) => Markup::code(text),
    }
}

/// What is asked, on three lines: the operation; the subsystem that answers, with its member; the service's identifier.
pub(super) fn service(view: &View, text: &str, operation: &str) -> Markup {
    let operation = Markup::code(operation);
    match text.parse::<ServiceId>() {
        Ok(id) => Markup::lines([
            operation,
            subsystem(view, &id.provider).and(Markup::text(", ")).and(Markup::muted(member(view, &id.provider.member))),
            Markup::muted(Markup::code(text)),
        ]),
        Err(_) => Markup::lines([operation, Markup::code(text)]),
    }
}

/// A gateway: its owner, its identifier.
pub(super) fn server(view: &View, id: &ServerId) -> Markup {
    Markup::lines([member(view, &id.owner), Markup::muted(Markup::code(id.to_string()))])
}

/// A gateway by its identifier's text.
pub(super) fn server_text(view: &View, text: &str) -> Markup {
    text.parse::<ServerId>().map_or_else(|_| Markup::code(text), |id| server(view, &id))
}

/// A distinguished name (RFC 4514) with a space after each of its parts, so that lines break there.
pub(super) fn distinguished(name: &str) -> Markup {
    let mut text = String::with_capacity(name.len() + 8);
    let mut escaped = false;
    for c in name.chars() {
        text.push(c);
        if c == ',' && !escaped {
            text.push(' ');
        }
        escaped = c == '\\' && !escaped;
    }
    Markup::text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_break_between_their_parts() {
        assert_eq!(distinguished(r"CN=a\,b,O=c\\,C=LA").as_str(), r"CN=a\,b, O=c\\, C=LA");
    }
}
