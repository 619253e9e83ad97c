//! The detailed report: the verdict line with what it rests on and every building block.

use super::Case;
use crate::line::Line;
use mekong_recognition::snapshot::Entry;
use mekong_signature::report::detailed::Detailed;
use serde::Serialize;

#[derive(Serialize)]
struct Written {
    verdict: Line,
    file_sha256: String,
    lists: Vec<List>,
    blocks: Option<Detailed>,
}

/// A trusted list that was looked at.
#[derive(Serialize)]
struct List {
    territory: Option<String>,
    from: String,
    sha256: String,
}

pub(super) fn write(case: &Case<'_>) -> String {
    let verdict = match case.judged {
        Ok(verdict) => Line::of(case.file, verdict),
        Err(error) => Line::unjudged(case.file, error.to_string()),
    };
    let written = Written {
        verdict,
        file_sha256: hex::encode(case.sha256),
        lists: case.lists.entries().iter().map(list).collect(),
        blocks: case.judged.ok().map(|verdict| Detailed::of(&verdict.report)),
    };
    let mut json = serde_json::to_string_pretty(&written).unwrap_or_default();
    json.push('\n');
    json
}

fn list(entry: &Entry) -> List {
    List {
        territory: entry.verified.list.scheme.territory.clone(),
        from: entry.from.clone(),
        sha256: hex::encode(entry.verified.sha256),
    }
}
