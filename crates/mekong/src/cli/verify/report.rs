//! Reports that are kept: one file for each form that is wanted and each file that was judged.

use super::super::{CommandError, Context, fonts};
use crate::file::write_whole;
use clap::Args;
use mekong_base::{Language, Source};
use mekong_verdict::report::Case;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Reports that are kept.
#[derive(Args)]
pub(crate) struct ReportOptions {
    /// Writes a report, its form by the ending: .json (every check), .xml (ETSI TS 119 102-2), .pdf, .html (in the language of
    /// --lang); may be repeated. With several files or a folder there is one report each, with the file's name before the
    /// ending: report.pdf on a.xml is report.a.xml.pdf.
    #[arg(long = "report", value_name = "FILE")]
    reports: Vec<PathBuf>,
    /// A TrueType font for .pdf reports, tried before the Noto fonts of this machine.
    #[arg(long = "font", value_name = "FILE", requires = "reports")]
    fonts: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Html,
    Json,
    Pdf,
    Xml,
}

/// Reports to be written.
pub(super) struct Reports {
    wanted: Vec<(PathBuf, Form)>,
    /// Whether each file has reports of its own name.
    by_name: bool,
    fonts: Vec<Vec<u8>>,
    language: Language,
}

impl ReportOptions {
    /// Looks at names and fonts, before anything is judged. `files` are those `given`, with those of folders. A folder has
    /// reports by name also on the day when only one file is in it.
    ///
    /// # Errors
    /// In words: an ending that is none of ours, two files of one name, no font.
    pub(super) fn load(
        &self,
        given: &[PathBuf],
        files: &[PathBuf],
        language: Language,
    ) -> Result<Reports, CommandError> {
        let form = |path: &PathBuf| Ok((path.clone(), form(path)?));
        let wanted = self.reports.iter().map(form).collect::<Result<Vec<_>, CommandError>>()?;
        let by_name = files.len() > 1 || given.iter().any(|path| path.is_dir());
        if by_name && !wanted.is_empty() {
            let mut names = BTreeSet::new();
            if let Some(twice) = files.iter().find(|file| !names.insert(file.file_name())) {
                let name = twice.display();
                return Err(CommandError::new(format!("{name}: two files of this name would have the same report")));
            }
        }
        let fonts = match wanted.iter().any(|(_, form)| *form == Form::Pdf) {
            true => fonts::load(&self.fonts)?,
            false => Vec::new(),
        };
        Ok(Reports { wanted, by_name, fonts, language })
    }
}

fn form(path: &Path) -> Result<Form, CommandError> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("html") => Ok(Form::Html),
        Some("json") => Ok(Form::Json),
        Some("pdf") => Ok(Form::Pdf),
        Some("xml") => Ok(Form::Xml),
        _ => Err(CommandError::new(format!("--report {}: end it in .json, .xml, .pdf or .html", path.display()))),
    }
}

impl Reports {
    /// Whether there is nothing to write.
    pub(super) const fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Writes all reports on a file.
    ///
    /// # Errors
    /// In words: a report that cannot be made or written.
    pub(super) fn write(&self, file: &Path, case: &Case<'_>) -> Result<(), CommandError> {
        for (path, form) in &self.wanted {
            let path = if self.by_name { named(path, file) } else { path.clone() };
            let content = match form {
                Form::Html => case.page(self.language, mekong_web::asset::STYLESHEET).into_bytes(),
                Form::Json => case.json().into_bytes(),
                Form::Pdf => self.pdf(case)?,
                Form::Xml => match case.etsi() {
                    Some(xml) => xml.into_bytes(),
                    None => {
                        eprintln!("mekong: {}: not judged, so there is no ETSI report", file.display());
                        continue;
                    }
                },
            };
            write_whole(&path, &content).context(|| format!("write {}", path.display()))?;
        }
        Ok(())
    }

    fn pdf(&self, case: &Case<'_>) -> Result<Vec<u8>, CommandError> {
        let fonts: Vec<&[u8]> = self.fonts.iter().map(Vec::as_slice).collect();
        case.pdf(self.language, &fonts)
            .context(|| "PDF report (fonts-noto-core has the letters of every language here)")
    }
}

/// `report.pdf` on `a.xml` is `report.a.xml.pdf`.
fn named(path: &Path, file: &Path) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    for part in [file.file_name(), path.extension()].into_iter().flatten() {
        name.push(".");
        name.push(part);
    }
    path.with_file_name(name)
}

/// SHA-256 of a whole file.
///
/// # Errors
/// In words, if it cannot be read to its end.
pub(super) fn sha256(path: &Path, source: &dyn Source) -> Result<[u8; 32], CommandError> {
    let mut hasher = mekong_crypto::Hasher::new(mekong_crypto::DigestAlgorithm::Sha256);
    source.each(0..source.len(), &mut |piece| hasher.update(piece)).context(|| format!("read {}", path.display()))?;
    let mut sha256 = [0; 32];
    let digest = hasher.finish();
    sha256.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    Ok(sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_reports_by_name_however_many_files_are_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.xml");
        std::fs::write(&file, "").unwrap();
        let options = ReportOptions { reports: vec!["report.json".into()], fonts: Vec::new() };
        let files = std::slice::from_ref(&file);
        let by_name = |given: &Path| options.load(&[given.into()], files, Language::English).unwrap().by_name;
        assert!(by_name(folder.path()) && !by_name(&file));
    }

    #[test]
    fn the_name_of_the_file_stands_before_the_ending() {
        assert_eq!(named(Path::new("out/report.pdf"), Path::new("in/a.xml")), Path::new("out/report.a.xml.pdf"));
        assert_eq!(form(Path::new("x.PDF")).unwrap(), Form::Pdf);
        assert!(form(Path::new("x.txt")).unwrap_err().to_string().contains("end it in .json"));
    }
}
