//! The report as a page that stands alone.

use super::Case;
use super::pdf::{bases, file_facts};
use crate::html::{escape, fragment};
use crate::words::say;
use mekong_base::Language;

/// What the fragment of the verdict looks like here, in the colours of the stylesheet.
const STYLE: &str = "main.inside { padding-block: 1.5rem; }
.verdict { padding: 1rem 1.25rem; border: 1px solid; border-radius: .7rem; margin-block: 1.25rem; }
.verdict.open { color: var(--warning); background: var(--warning-ground); }
.verdict h2 { margin-top: 0; }
.verdict dl { padding: .35rem 1rem; border-radius: .5rem; color: var(--ink); background: var(--surface); }
.verdict dl > div { display: grid; grid-template-columns: minmax(6rem, 14rem) minmax(0, 1fr); gap: .1rem 1rem; padding: .4rem 0; }
.verdict dd { margin: 0; overflow-wrap: anywhere; }";

pub(super) fn write(case: &Case<'_>, language: Language, stylesheet: &str) -> String {
    let title = say(language, "report.title");
    // A stylesheet is ours, but what ends the element must not stand in it all the same.
    let style = stylesheet.replace("</", "<\\/");
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}: {}</title>\n<style>\n{style}\n{STYLE}\n</style>\n</head>\n<body>\n<main class=\"inside\">\n<h1>{title}</h1>\n",
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
