//! A list as a page that people can read, in one file.

use super::show::{freshness, last};
use super::{CommandResult, Context, now, read_list};
use crate::file::write_whole;
use clap::Args;
use mekong_base::Language;
use mekong_recognition::list::summary::{Summary, summary};
use mekong_web::component::{Column, Table};
use mekong_web::{Markup, Page, asset, format};
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `mekong list page`.
#[derive(Args)]
pub(crate) struct PageOptions {
    /// The list.
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// Language of the page.
    #[arg(long, default_value = "en", value_parser = ["vi", "lo", "en"])]
    lang: String,
    /// The page (HTML).
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn write(options: &PageOptions) -> CommandResult {
    let language = Language::from_code(&options.lang).unwrap_or(Language::English);
    let summary = summary(&read_list(&options.list)?, &[language.code(), "en"], now());
    let html = html(&summary, language);
    write_whole(&options.out, html.as_bytes()).context(|| format!("write {}", options.out.display()))?;
    println!("{}", options.out.display());
    Ok(ExitCode::SUCCESS)
}

/// The words: Vietnamese, Lao, English.
const fn word(language: Language, words: [&'static str; 3]) -> &'static str {
    let [vietnamese, lao, english] = words;
    match language {
        Language::Vietnamese => vietnamese,
        Language::Lao => lao,
        Language::English => english,
    }
}

const SERVICE: [&str; 3] = ["Dịch vụ", "ບໍລິການ", "Service"];
const STATUS: [&str; 3] = ["Trạng thái", "ສະຖານະ", "Status"];
const SINCE: [&str; 3] = ["Từ", "ຕັ້ງແຕ່", "Since"];
const UNTIL: [&str; 3] = ["Đến", "ເຖິງ", "Until"];
const CERTIFICATE: [&str; 3] = ["Chứng thư", "ໃບຢັ້ງຢືນ", "Certificate"];
const NOW: [&str; 3] = ["nay", "ປັດຈຸບັນ", "now"];
const POINTERS: [&str; 3] =
    ["Danh sách và thỏa thuận với nước khác", "ບັນຊີ ແລະ ຂໍ້ຕົກລົງກັບປະເທດອື່ນ", "Other countries' lists and agreements"];
const COUNTRY: [&str; 3] = ["Nước", "ປະເທດ", "Country"];
const AGREEMENT: [&str; 3] = ["Thỏa thuận", "ຂໍ້ຕົກລົງ", "Agreement"];
const IN_FORCE: [&str; 3] = ["có hiệu lực", "ມີຜົນ", "in force"];
const REPEALED: [&str; 3] = ["đã chấm dứt", "ຍົກເລີກແລ້ວ", "repealed"];

/// The page, with its style inside so that it is one file.
pub(crate) fn html(list: &Summary, language: Language) -> String {
    let parts = list.providers.iter().enumerate().map(|(number, provider)| {
        let columns = [SERVICE, STATUS, SINCE, UNTIL, CERTIFICATE].map(|words| Column::text(word(language, words)));
        let mut table = Table::new(language, provider.name.clone(), columns.to_vec()).caption_unseen();
        for service in &provider.services {
            let holders = service.certificates.iter().map(|c| Markup::text(&c.subject));
            for (at, period) in service.periods.iter().enumerate() {
                let first = at == 0;
                let until =
                    period.until.map_or_else(|| word(language, NOW).to_owned(), |until| format::day(language, until));
                table = table.row(vec![
                    if first { Markup::text(&service.name) } else { Markup::default() },
                    Markup::text(last(&period.status)),
                    Markup::text(format::day(language, period.since)),
                    Markup::text(until),
                    if first { Markup::lines(holders.clone()) } else { Markup::default() },
                ]);
            }
        }
        Markup::section(&format!("provider-{number}"), &provider.name, table.markup())
    });
    let mut body: Vec<Markup> = parts.collect();
    body.push(pointers(list, language));
    let lead = format!("{} · {} · {}", list.operator, list.sequence_number, freshness(&list.freshness));
    let page = Page::new(language, list.name.clone(), "/").lead(lead).body(body.into_iter().collect());
    let style = format!("<style>{}</style></head>", asset::STYLESHEET);
    // What a server would give beside the page is in it, or left out.
    let html = page.html();
    let alone: String =
        html.lines().filter(|line| !line.starts_with("<link ")).map(|line| format!("{line}\n")).collect();
    alone.replacen("</head>", &style, 1)
}

fn pointers(list: &Summary, language: Language) -> Markup {
    let columns = [COUNTRY, AGREEMENT, STATUS, SINCE].map(|words| Column::text(word(language, words)));
    let mut table = Table::new(language, word(language, POINTERS), columns.to_vec()).caption_unseen();
    for pointer in &list.pointers {
        for (name, in_force, since) in &pointer.equivalences {
            let state = word(language, if *in_force { IN_FORCE } else { REPEALED });
            table = table.row(vec![
                Markup::text(&pointer.territory),
                Markup::text(name),
                Markup::text(state),
                Markup::text(format::day(language, *since)),
            ]);
        }
    }
    Markup::section("pointers", word(language, POINTERS), table.markup())
}
