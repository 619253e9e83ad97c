//! Records of several logs put together: what one question and its answer left behind, on both sides of the border.

use mekong_base::Instant;
use mekong_exchange::messagelog::{Part, Record, Side};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

/// A record and the gateway in whose log it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Logged {
    /// Name of the gateway in addresses.
    pub(super) gateway: String,
    pub(super) record: Record,
}

/// How a question ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// 2xx and 3xx.
    Answered,
    /// 5xx.
    Failed,
    /// There is no such thing.
    NotFound,
    /// The question was not understood, or not liked: the rest of 4xx.
    Rejected,
    /// No signed answer is in any log: a gateway refused it, or somebody was down.
    Unanswered,
}

impl Outcome {
    /// Of a status; `None`: there is no answer.
    pub(super) const fn of(status: Option<u16>) -> Self {
        match status {
            None => Self::Unanswered,
            Some(404 | 410) => Self::NotFound,
            Some(400..=499) => Self::Rejected,
            Some(500..) => Self::Failed,
            Some(_) => Self::Answered,
        }
    }

    /// Its key in words and its name for programs.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Answered => "outcome.answered",
            Self::Failed => "outcome.failed",
            Self::NotFound => "outcome.not_found",
            Self::Rejected => "outcome.rejected",
            Self::Unanswered => "outcome.unanswered",
        }
    }
}

/// A question with its answer, if one came, in all logs that have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exchange {
    /// When its newest record was made.
    pub(super) at: Instant,
    pub(super) client: String,
    pub(super) service: String,
    pub(super) operation: String,
    pub(super) status: Option<u16>,
    /// As the asking gateway saw it, or else as the answering one did.
    pub(super) duration: Option<Duration>,
    /// First the asking side's records, then the answering side's; request before response.
    pub(super) logged: Vec<Logged>,
}

impl Exchange {
    /// How it ended.
    pub(super) const fn outcome(&self) -> Outcome {
        Outcome::of(self.status)
    }

    fn of(mut logged: Vec<Logged>) -> Option<Self> {
        order(&mut logged);
        let at = logged.iter().map(|l| l.record.recorded_at).max()?;
        let answer = || logged.iter().map(|l| &l.record).filter(|r| r.part == Part::Response);
        let first = &logged.first()?.record;
        Some(Self {
            at,
            client: first.client.clone(),
            service: first.service.clone(),
            operation: first.operation.clone(),
            status: answer().find_map(|r| r.status),
            duration: answer().find_map(|r| r.duration),
            logged,
        })
    }
}

/// As the messages went: asking side, answering side; request, response.
pub(super) fn order(logged: &mut [Logged]) {
    logged.sort_by_key(|l| (l.record.side == Side::Provider, l.record.part, l.record.id));
}

/// The exchanges of the records, newest first, at most `limit`.
pub(super) fn merge(logged: Vec<Logged>, limit: usize) -> Vec<Exchange> {
    let mut by_id: HashMap<(String, String), Vec<Logged>> = HashMap::new();
    for one in logged {
        by_id.entry((one.record.message_id.clone(), one.record.request_id.clone())).or_default().push(one);
    }
    let mut exchanges: Vec<Exchange> = by_id.into_values().filter_map(Exchange::of).collect();
    let newest_id = |exchange: &Exchange| exchange.logged.iter().map(|l| l.record.id).max();
    exchanges.sort_by_key(|exchange| Reverse((exchange.at, newest_id(exchange))));
    exchanges.truncate(limit);
    exchanges
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn record(id: i64, message_id: &str, part: Part, side: Side) -> Record {
        let answered = part == Part::Response;
        Record {
            id,
            message_id: message_id.to_owned(),
            request_id: format!("{message_id}-r"),
            part,
            side,
            client: "LA/GOV/MOHA/civil".to_owned(),
            service: "VN/GOV/MPS/population/persons".to_owned(),
            peer: Some("VN/GOV/MPS/gateway".to_owned()),
            operation: "GET /v1/persons/{..}".to_owned(),
            recorded_at: Instant::from_unix_seconds(1_795_000_000 + id),
            status: answered.then_some(200),
            duration: answered.then_some(Duration::from_millis(if side == Side::Consumer { 9 } else { 4 })),
            signer: "CN=MOHA".to_owned(),
            body_size: 0,
            timestamp_id: None,
            fault: None,
        }
    }

    fn logged(gateway: &str, record: Record) -> Logged {
        Logged { gateway: gateway.to_owned(), record }
    }

    #[test]
    fn records_of_both_sides_become_one_exchange() {
        let all = vec![
            logged("VN-MPS", record(7, "a", Part::Response, Side::Provider)),
            logged("VN-MPS", record(6, "a", Part::Request, Side::Provider)),
            logged("LA-MOHA", record(2, "a", Part::Response, Side::Consumer)),
            logged("LA-MOHA", record(1, "a", Part::Request, Side::Consumer)),
            logged("LA-MOHA", record(9, "b", Part::Request, Side::Consumer)),
        ];
        let exchanges = merge(all, 50);
        assert_eq!(exchanges.len(), 2);
        assert!(exchanges.iter().map(|e| e.outcome()).eq([Outcome::Unanswered, Outcome::Answered]));
        let answered = exchanges.last();
        assert_eq!(answered.and_then(|e| e.duration), Some(Duration::from_millis(9)));
        let order = answered.map(|e| e.logged.iter().map(|l| l.record.id).collect::<Vec<_>>());
        assert_eq!(order, Some(vec![1, 2, 6, 7]));
    }

    #[test]
    fn the_same_id_chosen_twice_is_two_exchanges() {
        let other = Record { request_id: "another".into(), ..record(3, "a", Part::Request, Side::Consumer) };
        let all = vec![logged("LA-MOHA", record(1, "a", Part::Request, Side::Consumer)), logged("LA-MOHA", other)];
        assert_eq!(merge(all, 50).len(), 2);
    }

    #[test]
    fn only_the_newest_are_kept() {
        let all = (0..500).map(|n| logged("LA-MOHA", record(n, &n.to_string(), Part::Request, Side::Consumer)));
        let exchanges = merge(all.collect(), 50);
        assert_eq!(exchanges.len(), 50);
        assert_eq!(exchanges.first().and_then(|e| e.logged.first()).map(|l| l.record.id), Some(499));
    }

    #[test]
    fn outcomes_follow_the_status() {
        let of = |status| Outcome::of(Some(status));
        assert_eq!(
            [200, 304, 400, 404, 410, 422, 500, 599].map(of).map(Outcome::key),
            [
                "outcome.answered",
                "outcome.answered",
                "outcome.rejected",
                "outcome.not_found",
                "outcome.not_found",
                "outcome.rejected",
                "outcome.failed",
                "outcome.failed",
            ]
        );
        assert_eq!(Outcome::of(None), Outcome::Unanswered);
    }
}
