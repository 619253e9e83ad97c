//! What of a topic an asker may see. An endpoint right on the service of events may name a topic (`/births`), one type of
//! event in it (`/births/la.birth`), or one subject of a type (`/births/la.birth/42`), each as a pattern.

use crate::rules::path::PathPattern;
use crate::rules::rights::{Rights, Subject};
use crate::wire::rest::Verb;
use mekong_base::ClientId;

/// Patterns of what one asker may see.
#[derive(Debug, Clone, Default)]
pub struct Sight(Vec<PathPattern>);

/// How much of a topic is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything.
    Whole,
    /// Some types or subjects.
    Parts,
    /// Nothing.
    Nothing,
}

impl Sight {
    /// What a client may see by the rights on `service`. `in_global_group` as in [`Rights::decide`].
    pub fn of(rights: &Rights, service: &str, client: &ClientId, in_global_group: impl Fn(&str, &str) -> bool) -> Self {
        let is_theirs = |subject: &Subject| match subject {
            Subject::Client(subject) => subject == client,
            Subject::GlobalGroup { instance, code } => in_global_group(instance, code),
            Subject::LocalGroup(code) => rights.local_groups.get(code).is_some_and(|group| group.contains(client)),
        };
        let reads = |verb: Option<Verb>| verb.is_none_or(|verb| verb == Verb::Get);
        let grants = rights.grants.iter().filter(|g| g.service == service && reads(g.verb) && is_theirs(&g.subject));
        Self(grants.map(|grant| grant.path.clone()).collect())
    }

    /// Is nothing granted at all?
    pub fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }

    /// How much of this topic.
    pub fn extent(&self, topic: &str) -> Extent {
        let path = format!("/{topic}");
        let below = format!("/{topic}/");
        if self.0.iter().any(|pattern| pattern.matches(&path)) {
            Extent::Whole
        } else if self.0.iter().any(|pattern| pattern.may_go_on_from(&below)) {
            Extent::Parts
        } else {
            Extent::Nothing
        }
    }

    /// Is this event seen?
    pub fn sees(&self, topic: &str, kind: &str, subject: Option<&str>) -> bool {
        let covers = |path: &str| self.0.iter().any(|pattern| pattern.matches(path));
        covers(&format!("/{topic}"))
            || covers(&format!("/{topic}/{kind}"))
            || subject.is_some_and(|subject| covers(&format!("/{topic}/{kind}/{subject}")))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::rules::rights::Grant;
    use mekong_base::MemberId;

    fn sight(patterns: &[&str]) -> Sight {
        let client = MemberId::new("LA", "GOV", "MOHA").subsystem("civil");
        let grant = |path: &&str| {
            let pattern = PathPattern::parse(path).unwrap();
            Grant::endpoint(Subject::Client(client.clone()), "events", Some(Verb::Get), pattern)
        };
        let other = Grant::service(Subject::Client(client.member.subsystem("other")), "events");
        let posts = Grant::endpoint(Subject::Client(client.clone()), "events", Some(Verb::Post), PathPattern::any());
        let elsewhere = Grant::service(Subject::Client(client.clone()), "persons");
        let grants = patterns.iter().map(grant).chain([other, posts, elsewhere]).collect();
        Sight::of(&Rights { grants, ..Rights::default() }, "events", &client, |_, _| false)
    }

    #[test]
    fn nothing_is_seen_without_a_right_to_read_on_this_service() {
        let sight = sight(&[]);
        assert!(sight.is_nothing());
        assert_eq!(sight.extent("births"), Extent::Nothing);
        assert!(!sight.sees("births", "la.birth", None));
    }

    #[test]
    fn rights_name_topics_types_and_subjects() {
        for (pattern, extent, seen, unseen) in [
            ("/births", Extent::Whole, &[("la.birth", None), ("x", Some("1"))][..], &[][..]),
            ("/births/**", Extent::Parts, &[("la.birth", None), ("x", Some("a/b"))], &[]),
            ("**", Extent::Whole, &[("la.birth", Some("1"))], &[]),
            ("/births/la.birth", Extent::Parts, &[("la.birth", None), ("la.birth", Some("1"))], &[("x", None)]),
            ("/births/la.*", Extent::Parts, &[("la.birth", Some("1"))], &[("vn.birth", None)]),
            ("/births/*/42", Extent::Parts, &[("x", Some("42"))], &[("x", None), ("x", Some("4"))]),
            ("/births/*/*", Extent::Parts, &[("x", Some("42"))], &[("x", None), ("x", Some("a/b"))]),
            ("/deaths", Extent::Nothing, &[], &[("la.birth", None)]),
            ("/birthsx/**", Extent::Nothing, &[], &[("la.birth", None)]),
        ] {
            let sight = sight(&[pattern]);
            assert_eq!(sight.extent("births"), extent, "{pattern}");
            assert!(seen.iter().all(|(kind, subject)| sight.sees("births", kind, *subject)), "{pattern}");
            assert!(unseen.iter().all(|(kind, subject)| !sight.sees("births", kind, *subject)), "{pattern}");
        }
    }
}
