//! Forms: fields with their labels, hints and faults, and buttons. They work without scripts; all are sent as
//! `multipart/form-data`, but searches, whose fields become the query.

use crate::Markup;

/// A field.
#[derive(Debug, Clone, Copy, Default)]
pub struct Field<'a> {
    /// Its name in the form, which is also its anchor: letters, digits, dashes, dots.
    pub name: &'a str,
    /// What is to be filled in.
    pub label: &'a str,
    /// How it must look; may be empty.
    pub hint: &'a str,
    /// What stands in it.
    pub value: &'a str,
    /// What is wrong with what stands in it; may be empty.
    pub fault: &'a str,
    /// It must be filled in.
    pub required: bool,
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// What the form is for.
    Main,
    /// Something else.
    Plain,
    /// What cannot be undone.
    Grave,
}

/// A form, made field by field.
#[derive(Debug, Clone)]
pub struct Form {
    head: String,
    body: String,
    buttons: String,
}

impl Form {
    /// A form that changes something, or carries what does not fit into an address.
    pub fn post(action: &str) -> Self {
        let action = Markup::text(action);
        Self::of(format!("<form class=\"form\" method=\"post\" action=\"{action}\" enctype=\"multipart/form-data\">"))
    }

    /// A form whose fields become the query of an address, its fields in a row.
    pub fn search(action: &str) -> Self {
        let action = Markup::text(action);
        Self::of(format!("<form class=\"form search\" method=\"get\" action=\"{action}\" role=\"search\">"))
    }

    const fn of(head: String) -> Self {
        Self { head, body: String::new(), buttons: String::new() }
    }

    /// With a value that the reader does not see.
    #[must_use]
    pub fn hidden(mut self, name: &str, value: &str) -> Self {
        let (name, value) = (Markup::text(name), Markup::text(value));
        self.body.push_str(&format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"));
        self
    }

    /// With a line of text.
    #[must_use]
    pub fn line(self, field: Field<'_>) -> Self {
        let input = format!(
            "<input type=\"text\"{} value=\"{}\" autocomplete=\"off\">",
            field.named(),
            Markup::text(field.value)
        );
        self.field(field, &input)
    }

    /// With a secret: it is not shown, and browsers are asked not to keep it.
    #[must_use]
    pub fn secret(self, field: Field<'_>) -> Self {
        self.field(field, &format!("<input type=\"password\"{} autocomplete=\"off\">", field.named()))
    }

    /// With several lines of text in a fixed-width font.
    #[must_use]
    pub fn lines(self, field: Field<'_>, rows: u8) -> Self {
        let input = format!(
            "<textarea{} rows=\"{rows}\" spellcheck=\"false\" autocomplete=\"off\">{}</textarea>",
            field.named(),
            Markup::text(field.value)
        );
        self.field(field, &input)
    }

    /// With a file, chosen or dropped.
    #[must_use]
    pub fn file(self, field: Field<'_>) -> Self {
        self.field(field, &format!("<input type=\"file\"{}>", field.named()))
    }

    /// With a choice of one; options are values and texts.
    #[must_use]
    pub fn choice<'o>(self, field: Field<'_>, options: impl IntoIterator<Item = (&'o str, &'o str)>) -> Self {
        let option = |(value, text): (&str, &str)| {
            let chosen = if value == field.value { " selected" } else { "" };
            format!("<option value=\"{}\"{chosen}>{}</option>", Markup::text(value), Markup::text(text))
        };
        let options: String = options.into_iter().map(option).collect();
        self.field(field, &format!("<select{}>{options}</select>", field.named()))
    }

    /// With something that must be ticked before the form is sent; its value is then `yes`.
    #[must_use]
    pub fn tick(mut self, name: &str, label: &str) -> Self {
        let (name, label) = (Markup::text(name), Markup::text(label));
        self.body.push_str(&format!(
            "<p class=\"tick\"><input type=\"checkbox\" id=\"{name}\" name=\"{name}\" value=\"yes\" required><label for=\"{name}\">{label}</label></p>"
        ));
        self
    }

    /// With something between the fields.
    #[must_use]
    pub fn with(mut self, markup: &Markup) -> Self {
        self.body.push_str(markup.as_str());
        self
    }

    /// With a button that sends it.
    #[must_use]
    pub fn button(self, weight: Weight, text: &str) -> Self {
        self.sending(weight, text, String::new())
    }

    /// With a button that sends it elsewhere, without asking whether the fields are filled in.
    #[must_use]
    pub fn button_to(self, weight: Weight, text: &str, action: &str) -> Self {
        self.sending(weight, text, format!(" formaction=\"{}\" formnovalidate", Markup::text(action)))
    }

    fn sending(mut self, weight: Weight, text: &str, to: String) -> Self {
        let class = match weight {
            Weight::Main => "button main",
            Weight::Plain => "button",
            Weight::Grave => "button grave",
        };
        let text = Markup::text(text);
        self.buttons.push_str(&format!("<button class=\"{class}\" type=\"submit\"{to}>{text}</button>"));
        self
    }

    /// Its HTML.
    pub fn markup(&self) -> Markup {
        Markup::made(format!("{}{}<div class=\"act\">{}</div></form>", self.head, self.body, self.buttons))
    }

    fn field(mut self, field: Field<'_>, input: &str) -> Self {
        let (name, label) = (Markup::text(field.name), Markup::text(field.label));
        let hint = match field.hint {
            "" => String::new(),
            hint => format!("<p class=\"muted\" id=\"{name}-hint\">{}</p>", Markup::text(hint)),
        };
        let fault = match field.fault {
            "" => String::new(),
            fault => format!("<p class=\"fault\" id=\"{name}-fault\">{}</p>", Markup::text(fault)),
        };
        self.body
            .push_str(&format!("<div class=\"field\"><label for=\"{name}\">{label}</label>{hint}{fault}{input}</div>"));
        self
    }
}

impl Field<'_> {
    /// The attributes that tie an input to its label, hint and fault.
    fn named(&self) -> String {
        let name = Markup::text(self.name);
        let described: Vec<String> = [("hint", self.hint), ("fault", self.fault)]
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(kind, _)| format!("{name}-{kind}"))
            .collect();
        let mut attributes = format!(" id=\"{name}\" name=\"{name}\"");
        if !described.is_empty() {
            attributes.push_str(&format!(" aria-describedby=\"{}\"", described.join(" ")));
        }
        if !self.fault.is_empty() {
            attributes.push_str(" aria-invalid=\"true\"");
        }
        if self.required {
            attributes.push_str(" required");
        }
        attributes
    }
}

/// Text that is copied whole, such as a certificate in PEM.
pub fn block(text: &str) -> Markup {
    Markup::made(format!("<pre class=\"block\" tabindex=\"0\"><code>{}</code></pre>", Markup::text(text)))
}

/// Something that is shown when its summary is chosen.
pub fn details(summary: &str, content: &Markup) -> Markup {
    Markup::made(format!("<details><summary>{}</summary>{content}</details>", Markup::text(summary)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text_and_faults_are_tied_to_their_fields() {
        let evil = "\"><script>alert(1)</script>";
        let field = Field { name: "cn", label: evil, hint: evil, value: evil, fault: evil, required: true };
        let form = Form::post(evil)
            .hidden("a", evil)
            .line(field)
            .secret(field)
            .lines(field, 3)
            .file(field)
            .choice(field, [(evil, evil)])
            .tick("b", evil)
            .button(Weight::Main, evil)
            .button_to(Weight::Plain, evil, evil)
            .markup()
            .and(block(evil))
            .and(details(evil, &Markup::text(evil)));
        assert!(!form.as_str().contains("<script"), "{form}");
        assert!(
            form.as_str().contains("aria-describedby=\"cn-hint cn-fault\" aria-invalid=\"true\" required"),
            "{form}"
        );
    }
}
