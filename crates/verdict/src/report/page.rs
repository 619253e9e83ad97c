//! The report as a page that stands alone.

use super::Case;
use super::pdf::{bases, file_facts};
use crate::html::{escape, fragment};
use crate::words::say;
use mekong_base::Language;

pub(super) fn write(case: &Case<'_>, language: Language, stylesheet: &str) -> String {
    let title = say(language, "report.title");
    // A stylesheet is ours, but what ends the element must not stand in it all the same.
    let style = stylesheet.replace("</", "<\\/");
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}: {}</title>\n<style>\n{style}\n</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n",
        language.code(),
        escape(case.file),
    );
    facts(&mut page, &file_facts(case, language));
    page.push_str(&fragment(&case.plain(language)));
    page.push_str(&format!("\n<h2>{}</h2>\n", say(language, "report.basis")));
    facts(&mut page, &bases(case, language));
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn facts(page: &mut String, facts: &[(String, String)]) {
    page.push_str("<dl class=\"facts\">");
    for (name, value) in facts {
        page.push_str(&format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value)));
    }
    page.push_str("</dl>\n");
}
