//! A form to which one gives a file, by choosing or by dropping it, and where the verdict on it stands.

use crate::Markup;

/// The form. It works without scripts; with the script, files can be dropped, and where they are judged is said anew.
#[derive(Debug, Clone)]
pub struct Upload<'a> {
    /// Where the form is sent without scripts.
    pub action: &'a str,
    /// What is to be chosen.
    pub label: &'a str,
    /// Which files those are.
    pub hint: &'a str,
    /// The button.
    pub button: &'a str,
    /// The summary over the second field.
    pub more: &'a str,
    /// What is to be chosen there.
    pub more_label: &'a str,
    /// Said while the server would judge.
    pub on_server: Markup,
    /// Said, by the script, once the browser judges.
    pub in_browser: Markup,
    /// Words for the script: name (letters) and text.
    pub words: &'a [(&'a str, &'a str)],
    /// Address of the script; without one, the form alone.
    pub script: Option<&'a str>,
}

impl Upload<'_> {
    /// The form, a line on which the script tells its progress, the two notices, the script.
    pub fn markup(&self) -> Markup {
        let text = |text: &str| Markup::text(text).to_string();
        let words: String =
            self.words.iter().map(|(name, word)| format!(" data-{}=\"{}\"", text(name), text(word))).collect();
        let script = self.script.map(|path| format!("<script src=\"{}\" defer></script>", text(path)));
        Markup::made(format!(
            "<form class=\"upload\" id=\"upload\" method=\"post\" action=\"{}\" enctype=\"multipart/form-data\"{words}>\
             <div class=\"drop\"><label for=\"document\">{}</label><p id=\"document-hint\" class=\"muted\">{}</p>\
             <input type=\"file\" id=\"document\" name=\"document\" required aria-describedby=\"document-hint\"></div>\
             <details><summary>{}</summary><p><label for=\"content\">{}</label></p>\
             <input type=\"file\" id=\"content\" name=\"content\" multiple></details>\
             <div id=\"on-server\">{}</div><div id=\"in-browser\" hidden>{}</div>\
             <p class=\"act\"><button class=\"button main\" type=\"submit\">{}</button></p></form>\
             <p id=\"progress\" class=\"progress\" role=\"status\"></p>{}",
            text(self.action),
            text(self.label),
            text(self.hint),
            text(self.more),
            text(self.more_label),
            self.on_server,
            self.in_browser,
            text(self.button),
            script.unwrap_or_default(),
        ))
    }
}

/// The place where the script puts a verdict, with the one that the server has found, if any.
pub fn verdict_place(verdict: Markup) -> Markup {
    Markup::made(format!("<div id=\"verdict\" class=\"judged\" tabindex=\"-1\">{verdict}</div>"))
}

/// A verdict: the file, where it was judged, the fragment, and the report for programs. `fragment` is HTML as the validator
/// makes it: everything foreign in it is escaped already.
pub fn verdict(file: &str, place: &str, fragment: String, summary: &str, report: &str) -> Markup {
    Markup::made(format!(
        "<p class=\"of\"><strong>{}</strong> <span class=\"muted\">{}</span></p>{fragment}\
         <details class=\"report\"><summary>{}</summary><pre><code>{}</code></pre></details>",
        Markup::text(file),
        Markup::text(place),
        Markup::text(summary),
        Markup::text(report),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_words_are_escaped() {
        let evil = "\"><script>alert(1)</script>";
        let upload = Upload {
            action: evil,
            label: evil,
            hint: evil,
            button: evil,
            more: evil,
            more_label: evil,
            on_server: Markup::text(evil),
            in_browser: Markup::text(evil),
            words: &[("done", evil)],
            script: None,
        };
        assert!(!upload.markup().as_str().contains("<script"));
        assert!(!verdict(evil, evil, String::new(), evil, evil).as_str().contains("<script"));
    }
}
