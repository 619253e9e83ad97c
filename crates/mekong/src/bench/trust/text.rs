//! The report as tables for people.

use super::Report;
use std::fmt::Write as _;

pub(super) fn of(report: &Report) -> String {
    let mut text = format!("trust on {}\n\n", report.machine);
    let _ = writeln!(
        text,
        "{:<11}{:<9}{:<9}{:>10}{:>10}{:>10}{:>8}{:>5}",
        "validation", "keys", "memory", "ms", "a second", "floor ms", "over", "ops"
    );
    for case in &report.cases {
        let _ = write!(
            text,
            "{:<11}{:<9}{:<9}{:>10.3}{:>10.0}{:>10.3}{:>8.2}{:>5}",
            case.name,
            case.key,
            case.memory,
            case.ms,
            case.validations_per_second,
            case.floor_ms,
            case.over_floor,
            case.operations
        );
        for (peer, ms) in &case.peers {
            let _ = write!(text, "  {peer} {ms:.0} ms");
        }
        text.push('\n');
    }
    let _ =
        writeln!(text, "\n{:<11}{:<9}{:>10}{:>10}{:>10}{:>8}", "signing", "keys", "ms", "a second", "key ms", "over");
    for one in &report.signing {
        let _ = writeln!(
            text,
            "{:<11}{:<9}{:>10.3}{:>10.0}{:>10.3}{:>8.2}",
            one.name, one.key, one.ms, one.signatures_per_second, one.floor_ms, one.over_floor
        );
    }
    text.push('\n');
    for one in &report.big {
        let _ = writeln!(
            text,
            "{} of {:.0} MB: {:.0} MB/s, {} alone {:.0} MB/s, {:.1} MB more memory",
            one.name,
            one.megabytes,
            one.megabytes_per_second,
            one.digest,
            one.floor_megabytes_per_second,
            one.memory_growth_mb
        );
    }
    if let Some(one) = &report.lists {
        let _ = writeln!(
            text,
            "{} trusted lists of {:.1} MB with {} services: {:.3} s",
            one.lists, one.megabytes, one.services, one.seconds
        );
    }
    if let Some(one) = &report.crl {
        let _ = writeln!(
            text,
            "CRL of {} entries, {:.1} MB: read in {:.1} ms, verified in {:.1} ms, an answer in {:.3} µs",
            one.entries, one.megabytes, one.parse_ms, one.verify_ms, one.lookup_us
        );
    }
    text
}
