//! Cases and outcomes.

use serde::Deserialize;
use std::path::Path;

/// Who gives the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Judge {
    Anchor,
    Archive,
    Container,
    Directory,
    DirectoryParser,
    HashChain,
    Message,
    OptionalPart,
    ParsedConfiguration,
    Signature,
    Structure,
    Timestamp,
}

impl Judge {
    pub(crate) const ALL: &'static [Self] = &[
        Self::Anchor,
        Self::Archive,
        Self::Container,
        Self::Directory,
        Self::DirectoryParser,
        Self::HashChain,
        Self::Message,
        Self::OptionalPart,
        Self::ParsedConfiguration,
        Self::Signature,
        Self::Structure,
        Self::Timestamp,
    ];
}

/// One file, asked about in one way.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) judge: Judge,
    /// The file or folder below the vectors.
    pub(crate) file: String,
    /// In which way, where there are several.
    #[serde(default)]
    pub(crate) how: String,
    /// What the judge needs besides the file.
    #[serde(default)]
    pub(crate) with: serde_json::Value,
    /// The verdict, in the judge's words.
    pub(crate) expected: String,
    /// The standard that the case is about.
    #[serde(rename = "standard")]
    pub(crate) _standard: String,
    /// The reference's test, or who says so.
    #[serde(rename = "source")]
    pub(crate) _source: String,
}

impl Case {
    /// File and way: what exceptions and failures name.
    pub(crate) fn name(&self) -> String {
        if self.how.is_empty() { self.file.clone() } else { format!("{} ({})", self.file, self.how) }
    }

    /// A text in `with`.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.with.get(key).and_then(serde_json::Value::as_str)
    }

    /// A text in `with` that this judge needs.
    pub(crate) fn needed(&self, key: &str) -> &str {
        self.text(key).unwrap_or_else(|| panic!("{}: \"with\" has no text {key:?}", self.name()))
    }
}

/// What came out of a case.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) expected: String,
    pub(crate) actual: String,
}

impl Outcome {
    pub(crate) fn new(case: &Case, actual: String) -> Self {
        Self { name: case.name(), expected: case.expected.clone(), actual }
    }
}

/// The cases of `cases.json`, and those of the list beside the containers.
pub(crate) fn all(root: &Path) -> Vec<Case> {
    let mut cases: Vec<Case> = serde_json::from_str(include_str!("cases.json")).expect("cases.json");
    cases.extend(listed(root));
    let mut names: Vec<String> = cases.iter().map(Case::name).collect();
    names.sort();
    let twice: Vec<&[String]> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "cases with one name: {twice:?}");
    cases
}

/// `expected.tsv`: file, expected, code of the reference, note.
fn listed(root: &Path) -> impl Iterator<Item = Case> {
    let path = root.join("expected.tsv");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let rows: Vec<Case> = text.lines().filter(|line| !line.starts_with('#')).map(row).collect();
    assert!(rows.len() >= 18, "{} is cut", path.display());
    rows.into_iter()
}

fn row(line: &str) -> Case {
    let mut cells = line.split('\t');
    let mut next = || cells.next().unwrap_or_default();
    let (file, expected, code) = (next(), next(), next());
    let (judge, expected) = match expected {
        "valid" => (Judge::Container, "valid ok".to_owned()),
        "invalid" => (Judge::Container, format!("invalid {code}")),
        "structure-ok" => (Judge::Structure, "structure-ok".to_owned()),
        "structure-bad" => (Judge::Structure, format!("structure-bad {code}")),
        other => panic!("expected.tsv: {other:?} is no verdict: {line}"),
    };
    Case {
        judge,
        file: file.to_owned(),
        how: String::new(),
        with: serde_json::Value::Null,
        expected,
        _standard: "ETSI TS 102 918, X-Road signature profile".to_owned(),
        _source: "expected.tsv".to_owned(),
    }
}
