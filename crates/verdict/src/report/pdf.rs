//! The report as a PDF: for the citizen on the first sheet, for the engineer after it.

use super::findings::{meaning, meaning_of_change};
use super::sheet::{About, BLACK, Cell, Colour, GREY, Sheets, WIDTH};
use super::words::block_key;
use super::{Case, FontError};
use crate::plain::PlainSignature;
use crate::words::say;
use crate::{Outcome, Verdict, holder};
use mekong_base::{Instant, Language};
use mekong_signature::facts::{Finding, Weight};
use mekong_signature::validation::{Block, Conclusion, Indication, SignatureReport};

const GREEN: Colour = [0.05, 0.45, 0.2];
const RED: Colour = [0.7, 0.1, 0.1];
const AMBER: Colour = [0.6, 0.38, 0.0];

/// Sizes of text, in points.
const TEXT: f64 = 10.0;
const SMALL: f64 = 8.5;
/// Widths of name and value, and of check, result and details.
const PAIR: [f64; 2] = [118.0, WIDTH - 118.0];
const TRIPLE: [f64; 3] = [175.0, 85.0, WIDTH - 260.0];

/// Most signatures that are told of.
const SIGNATURES_MAX: usize = 100;
/// Most remarks on a signature or on the file.
const REMARKS_MAX: usize = 30;
/// Most rows of the table of checks.
const ROWS_MAX: usize = 1_500;

pub(super) fn write(case: &Case<'_>, language: Language, fonts: &[&[u8]]) -> Result<Vec<u8>, FontError> {
    let mut sheets = Sheets::new(fonts)?;
    for key in ["report.title", "report.basis", "signed_by", "recognition", "report.checks"] {
        sheets.must_show(say(language, key))?;
    }
    let title = say(language, "report.title");
    sheets.text(title, 20.0, BLACK)?;
    sheets.gap(4.0);
    pairs(&mut sheets, &file_facts(case, language), BLACK)?;
    sheets.gap(10.0);
    let plain = case.plain(language);
    let colour = match plain.outcome {
        Outcome::Passed => GREEN,
        Outcome::NotPassed => RED,
        Outcome::Open => AMBER,
    };
    sheets.band(&[(&plain.headline, 17.0), (&plain.advice, 11.0)], colour)?;
    if let Ok(verdict) = case.judged {
        let told = verdict.report.signatures.iter().zip(&plain.signatures).take(SIGNATURES_MAX).enumerate();
        for (place, (signature, plain)) in told {
            one(&mut sheets, place, signature, plain, language)?;
        }
        remarks(&mut sheets, &verdict.report.findings, language)?;
    }
    sheets.title(say(language, "report.basis"), 14.0)?;
    pairs(&mut sheets, &bases(case, language), BLACK)?;
    if let Ok(verdict) = case.judged {
        checks(&mut sheets, verdict, language)?;
    }
    let made = case.judged.ok().map(|verdict| pdf_date(verdict.report.at));
    let foot = format!("{title}: {}", case.file);
    sheets.finish(&About { title, foot: &foot, language, made, id: &case.sha256[..16] })
}

/// Name and hash of the file.
pub(super) fn file_facts(case: &Case<'_>, language: Language) -> Vec<(String, String)> {
    let name = (say(language, "report.file").to_owned(), case.file.to_owned());
    vec![name, ("SHA-256".to_owned(), hex::encode(case.sha256))]
}

/// Time, policy and lists.
pub(super) fn bases(case: &Case<'_>, language: Language) -> Vec<(String, String)> {
    let say = |key| say(language, key).to_owned();
    let mut bases = Vec::new();
    if let Ok(verdict) = case.judged {
        let policy = &verdict.report.policy;
        bases.push((say("report.at"), verdict.report.at.whole_seconds().to_string()));
        let named = format!("{} {}, SHA-256 {}", policy.name, policy.version, hex::encode(policy.sha256));
        bases.push((say("report.policy"), named));
    }
    for entry in case.lists.entries() {
        let territory = entry.verified.list.scheme.territory.as_deref().unwrap_or("?");
        let value = format!("{territory}: {}, SHA-256 {}", entry.from, hex::encode(entry.verified.sha256));
        bases.push((say("report.list"), value));
    }
    if case.lists.is_empty() {
        bases.push((say("report.list"), say("recognised.no_lists")));
    }
    bases
}

fn pairs(sheets: &mut Sheets<'_>, facts: &[(String, String)], colour: Colour) -> Result<(), FontError> {
    for (name, value) in facts {
        sheets.row(&[Cell::new(name, GREY), Cell::new(value, colour)], &PAIR, TEXT)?;
    }
    Ok(())
}

fn one(
    sheets: &mut Sheets<'_>,
    place: usize,
    signature: &SignatureReport,
    plain: &PlainSignature,
    language: Language,
) -> Result<(), FontError> {
    sheets.title(&format!("{} {}", say(language, "report.signature"), place + 1), 14.0)?;
    pairs(sheets, &plain.facts, BLACK)?;
    let technical = format!("{}, {}", signature.conclusion, signature.level_name());
    let mut more = vec![(say(language, "report.technical").to_owned(), technical)];
    let changes = signature.changes.iter().take(REMARKS_MAX);
    more.extend(changes.map(|change| (meaning_of_change(change.kind, language).to_owned(), change.what.clone())));
    pairs(sheets, &more, GREY)?;
    remarks(sheets, &signature.findings, language)
}

/// What each finding means, and beside it what was compared.
fn remarks(sheets: &mut Sheets<'_>, findings: &[Finding], language: Language) -> Result<(), FontError> {
    for finding in findings.iter().filter(|f| f.weight != Weight::Information).take(REMARKS_MAX) {
        let colour = if finding.weight == Weight::Error { RED } else { AMBER };
        let cells = [Cell::new(meaning(finding.code, language), colour), Cell::new(&finding.text, BLACK)];
        sheets.gap(2.0);
        sheets.row(&cells, &PAIR, SMALL)?;
    }
    Ok(())
}

/// The table: every signature, time-stamp and evidence record with its blocks.
fn checks(sheets: &mut Sheets<'_>, verdict: &Verdict, language: Language) -> Result<(), FontError> {
    let report = &verdict.report;
    sheets.title(say(language, "report.checks"), 14.0)?;
    let heads = ["report.check", "report.result", "report.details"].map(|key| Cell::new(say(language, key), BLACK));
    sheets.head(&heads, &TRIPLE, SMALL)?;
    let mut table = Table { sheets, language, rows: 0, left_out: 0 };
    for (place, signature) in report.signatures.iter().enumerate() {
        let name = format!("{} {}", say(language, "report.signature"), place + 1);
        let id = &signature.id;
        table.subject(&name, signature.conclusion, id, (id, &signature.blocks))?;
    }
    let own = report.signatures.iter().flat_map(|s| &s.timestamps);
    for stamp in own.chain(&report.timestamps) {
        let time = stamp.time.map(|time| time.whole_seconds().to_string());
        let about: Vec<String> = time.into_iter().chain(stamp.signer.as_ref().map(holder)).collect();
        table.subject(
            say(language, "report.timestamp"),
            stamp.conclusion,
            &about.join(", "),
            (&stamp.id, &stamp.blocks),
        )?;
    }
    let own = report.signatures.iter().flat_map(|s| &s.evidence_records);
    for record in own.chain(&report.evidence_records) {
        table.subject(say(language, "report.record"), record.conclusion, &record.id, (&record.id, &record.blocks))?;
    }
    let left_out = table.left_out;
    if left_out > 0 {
        sheets.text(&format!("... + {left_out}"), SMALL, GREY)?;
    }
    Ok(())
}

struct Table<'s, 'a> {
    sheets: &'s mut Sheets<'a>,
    language: Language,
    rows: usize,
    left_out: usize,
}

impl Table<'_, '_> {
    /// Something judged, and its id with its blocks.
    fn subject(
        &mut self,
        name: &str,
        is: Conclusion,
        about: &str,
        (id, blocks): (&str, &[Block]),
    ) -> Result<(), FontError> {
        if self.rows > 0 {
            self.sheets.rule();
        }
        self.row(name, 0.0, is, about.to_owned(), BLACK)?;
        blocks.iter().try_for_each(|block| self.block(block, id, 1.0))
    }

    /// A block, its checks that do not hold, and the blocks inside: the engine nests them five deep at most. What a block is
    /// about is said unless it is what the whole part of the table is about.
    fn block(&mut self, block: &Block, id: &str, depth: f64) -> Result<(), FontError> {
        let name = say(self.language, block_key(block.kind));
        let because = block.conclusion.sub_indication.map(|sub| sub.name().to_owned());
        let details =
            because.into_iter().chain(Some(block.about.clone()).filter(|about| !about.is_empty() && about != id));
        let details: Vec<String> = details.collect();
        self.row(name, depth * 8.0, block.conclusion, details.join(": "), GREY)?;
        for check in block.checks.iter().filter(|check| !check.holds) {
            let colour = if check.weight == Weight::Error { RED } else { AMBER };
            let text = meaning(check.code, self.language).to_owned();
            let meaning = Cell { text, colour, indent: (depth + 1.0) * 8.0 };
            self.cells([meaning, Cell::new("", colour), Cell::new(format!("{}: {}", check.code, check.text), BLACK)])?;
        }
        block.blocks.iter().try_for_each(|inner| self.block(inner, id, depth + 1.0))
    }

    fn row(&mut self, name: &str, indent: f64, is: Conclusion, about: String, grey: Colour) -> Result<(), FontError> {
        let (key, colour) = match is.indication {
            Indication::TotalPassed | Indication::Passed => ("report.passed", GREEN),
            Indication::TotalFailed | Indication::Failed => ("report.failed", RED),
            _ => ("report.open", AMBER),
        };
        let name = Cell { text: name.to_owned(), colour: BLACK, indent };
        self.cells([name, Cell::new(say(self.language, key), colour), Cell::new(about, grey)])
    }

    fn cells(&mut self, cells: [Cell; 3]) -> Result<(), FontError> {
        self.rows += 1;
        if self.rows > ROWS_MAX {
            self.left_out += 1;
            return Ok(());
        }
        self.sheets.row(&cells, &TRIPLE, SMALL)
    }
}

/// `D:20261122081500Z` (ISO 32000-2 §7.9.4).
fn pdf_date(at: Instant) -> String {
    let digits: String = at.whole_seconds().to_string().chars().filter(char::is_ascii_digit).collect();
    format!("D:{digits}Z")
}
