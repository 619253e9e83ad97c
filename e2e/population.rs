//! `mekong population import`: good files, broken files with every fault named, nothing half-imported.

use crate::support::program::{Ended, mekong, run};
use crate::support::python::run_client;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A register and files for it.
struct Setting {
    folder: TempDir,
    country: &'static str,
}

impl Setting {
    fn new(country: &'static str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), country }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Residents who do not exist, as `mekong population generate` writes them.
    fn generate(&self, people: &str) -> String {
        let path = self.path("generated.csv");
        let mut command = mekong(["population", "generate", "--country", self.country, "--people", people, "--out"]);
        command.arg(&path);
        run(command).success();
        std::fs::read_to_string(path).unwrap()
    }

    fn import(&self, content: impl AsRef<[u8]>, options: &[&str]) -> Ended {
        let path = self.path("import.csv");
        std::fs::write(&path, content).unwrap();
        self.import_file(&path, options)
    }

    fn import_file(&self, path: &Path, options: &[&str]) -> Ended {
        let mut command = mekong(["population", "import", "--country", self.country]);
        command.args(options).arg("--dir").arg(self.path("register")).arg(path);
        run(command)
    }

    /// Imports a broken file; its only fault stands where it must, and nothing was stored.
    #[track_caller]
    fn check_fault(&self, content: impl AsRef<[u8]>, row: u64, column: &str, words: &str) {
        let content = content.as_ref();
        let ended = self.import(content, &["--json"]);
        assert_eq!(ended.code, 1, "{ended:?}");
        let report = &ended.json_lines()[0];
        assert_eq!((&report["added"], &report["faults_total"]), (&0.into(), &1.into()), "{report}");
        let fault = &report["faults"][0];
        assert_eq!((&fault["row"], &fault["column"]), (&row.into(), &column.into()), "{report}");
        assert!(fault["fault"].as_str().unwrap().contains(words), "no {words:?} in {fault}");
        assert!(!fault["fix"].as_str().unwrap().is_empty(), "{fault}");
        let text = self.import(content, &[]);
        assert_eq!(text.code, 1);
        let place = if column.is_empty() { "file".to_owned() } else { format!("row {row}, column {column}") };
        assert!(text.out.contains(&place) && text.out.contains("nothing imported"), "{text:?}");
        self.check_empty();
    }

    /// The register has nobody: all of a good file are new to it.
    #[track_caller]
    fn check_empty(&self) {
        let report = self.counts(&self.generate("20"), &["--dry-run"]);
        assert_eq!(report, (20, 0, 0));
        let database = self.path("register/register.db");
        assert_eq!(run_client("persons.py", &[&database]).success().out.trim(), "0");
    }

    /// Rows, added, unchanged.
    #[track_caller]
    fn counts(&self, content: &str, options: &[&str]) -> (u64, u64, u64) {
        let ended = self.import(content, &[&["--json"], options].concat()).success();
        let report = &ended.json_lines()[0];
        let number = |name: &str| report[name].as_u64().unwrap_or_else(|| panic!("no {name} in {report}"));
        assert_eq!((number("faults_total"), report["faults"].as_array().map(Vec::len)), (0, Some(0)));
        number("normalised");
        (number("rows"), number("added"), number("unchanged"))
    }
}

/// The text with a cell of a row (the header is row 1) replaced.
fn with_cell(csv: &str, row: usize, column: &str, value: &str) -> String {
    let mut lines: Vec<Vec<String>> = csv.lines().map(|l| l.split(',').map(str::to_owned).collect()).collect();
    let column = lines[0].iter().position(|name| name == column).expect("a column");
    lines[row - 1][column] = value.to_owned();
    lines.iter().map(|cells| cells.join(",") + "\n").collect()
}

fn cell(csv: &str, row: usize, column: &str) -> String {
    let column = csv.lines().next().unwrap().split(',').position(|name| name == column).expect("a column");
    csv.lines().nth(row - 1).unwrap().split(',').nth(column).unwrap().to_owned()
}

#[test]
fn good_files_are_imported_once() {
    for country in ["VN", "LA"] {
        let setting = Setting::new(country);
        let residents = setting.generate("20");
        assert_eq!(setting.counts(&residents, &[]), (20, 20, 0));
        assert_eq!(setting.counts(&residents, &[]), (20, 0, 20));
        let text = setting.import(&residents, &[]).success();
        assert!(text.out.contains("20 rows: 0 persons added, 20 already there"), "{text:?}");
        let with_mark = format!("\u{feff}{}", residents.replace('\n', "\r\n"));
        assert_eq!(setting.counts(&with_mark, &[]), (20, 0, 20));
    }
}

#[test]
fn wrong_dates_are_found_in_their_row_and_column() {
    let setting = Setting::new("VN");
    let residents = setting.generate("20");
    for value in ["31/12/1990", "1990-02-30", "yesterday"] {
        setting.check_fault(with_cell(&residents, 7, "born", value), 7, "born", value);
    }
}

#[test]
fn duplicate_numbers_name_the_first_row() {
    let setting = Setting::new("LA");
    let residents = setting.generate("20");
    let number = cell(&residents, 3, "id");
    setting.check_fault(with_cell(&residents, 12, "id", &number), 12, "id", "is the number of row 3 already");
}

#[test]
fn other_encodings_are_named_with_their_place() {
    let setting = Setting::new("VN");
    let residents = setting.generate("20");
    let marked = with_cell(&residents, 5, "given_name", "An@").into_bytes();
    let latin1: Vec<u8> = marked.into_iter().map(|byte| if byte == b'@' { 0xea } else { byte }).collect();
    setting.check_fault(latin1, 5, "given_name", "is not UTF-8");
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(residents.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    setting.check_fault(utf16, 0, "", "UTF-16 (little endian)");
}

#[test]
fn every_fault_of_a_file_is_reported_at_once() {
    let setting = Setting::new("VN");
    let residents = setting.generate("20");
    let broken =
        with_cell(&with_cell(&with_cell(&residents, 4, "born", "1.1.90"), 9, "sex", "X"), 15, "residence", "00000");
    let ended = setting.import(broken, &["--json"]);
    let report = &ended.json_lines()[0];
    let places: Vec<_> =
        report["faults"].as_array().unwrap().iter().map(|f| (f["row"].as_u64(), f["column"].as_str())).collect();
    assert_eq!(places, [(Some(4), Some("born")), (Some(9), Some("sex")), (Some(15), Some("residence"))]);
    assert_eq!((ended.code, &report["rows"], &report["faults_total"]), (1, &20.into(), &3.into()));
    setting.check_empty();
}

#[test]
fn what_is_no_table_of_persons_is_refused() {
    let setting = Setting::new("VN");
    for (content, words) in
        [("", "is empty"), ("hello", "missing from the header"), ("id;surname;born\n1;2;3\n", "semicolons")]
    {
        let ended = setting.import(content, &[]);
        assert_eq!(ended.code, 1, "{ended:?}");
        assert!(ended.out.contains(words), "no {words:?} in {ended:?}");
    }
    let ended = setting.import_file(&setting.path("there-is-none.csv"), &[]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.err.contains("there-is-none.csv"), "{ended:?}");
    let mut command = mekong(["population", "import", "--country", "FR", "x.csv"]);
    command.current_dir(setting.folder.path());
    let ended = run(command);
    assert!(ended.code == 2 && ended.err.contains("--country FR"), "{ended:?}");
}
