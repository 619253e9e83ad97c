//! The text format OpenMetrics 1.0, written. Every value of a node is kept elsewhere and looked at when it is asked for, so
//! that a registry of values, as libraries have it, would only be a second copy.

use mekong_exchange::gateway::Durations;
use std::fmt::{Display, Write as _};

/// The media type of the text.
pub(super) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A text in the making. Families are written one after the other, each once.
#[derive(Default)]
pub(super) struct Text(String);

/// The labels of a sample: names and values.
pub(super) type Labels<'a> = &'a [(&'a str, &'a str)];

impl Text {
    /// A family of gauges; with a unit, its name ends with it.
    pub(super) fn gauge(&mut self, name: &str, unit: &str, help: &str, samples: impl FnOnce(&mut Samples<'_>)) {
        self.family(name, "gauge", unit, help, "", samples);
    }

    /// A family of counters, named without `_total`.
    pub(super) fn counter(&mut self, name: &str, help: &str, samples: impl FnOnce(&mut Samples<'_>)) {
        self.family(name, "counter", "", help, "_total", samples);
    }

    /// A family of histograms of times.
    pub(super) fn durations(&mut self, name: &str, help: &str, of: &[(Labels<'_>, &Durations)]) {
        self.head(name, "histogram", "seconds", help);
        for (labels, durations) in of {
            for (bound, count) in &durations.up_to {
                let bound = number(bound.as_secs_f64());
                self.sample(&format!("{name}_bucket"), labels, Some(&bound), count);
            }
            self.sample(&format!("{name}_bucket"), labels, Some("+Inf"), &durations.count);
            self.sample(&format!("{name}_count"), labels, None, &durations.count);
            self.sample(&format!("{name}_sum"), labels, None, &durations.sum.as_secs_f64());
        }
    }

    /// The whole, with its end.
    pub(super) fn end(mut self) -> String {
        self.0.push_str("# EOF\n");
        self.0
    }

    fn family(
        &mut self,
        name: &str,
        kind: &str,
        unit: &str,
        help: &str,
        suffix: &str,
        samples: impl FnOnce(&mut Samples<'_>),
    ) {
        self.head(name, kind, unit, help);
        samples(&mut Samples { text: self, name: format!("{name}{suffix}") });
    }

    fn head(&mut self, name: &str, kind: &str, unit: &str, help: &str) {
        let _ = writeln!(self.0, "# TYPE {name} {kind}");
        if !unit.is_empty() {
            let _ = writeln!(self.0, "# UNIT {name} {unit}");
        }
        let _ = writeln!(self.0, "# HELP {name} {}", escaped(help));
    }

    fn sample(&mut self, name: &str, labels: Labels<'_>, bound: Option<&str>, value: &dyn Display) {
        self.0.push_str(name);
        let bound = bound.map(|bound| ("le", bound));
        for (number, (label, value)) in labels.iter().copied().chain(bound).enumerate() {
            let before = if number == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{before}{label}=\"{}\"", escaped(value));
        }
        if !labels.is_empty() || bound.is_some() {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }
}

/// The samples of one family.
pub(super) struct Samples<'a> {
    text: &'a mut Text,
    name: String,
}

impl Samples<'_> {
    /// One more.
    pub(super) fn add(&mut self, labels: Labels<'_>, value: impl Display) {
        self.text.sample(&self.name, labels, None, &value);
    }
}

/// Bounds are written as floating-point numbers with a point (OpenMetrics 1.0, canonical numbers).
fn number(value: f64) -> String {
    format!("{value:?}")
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_the_text_ends() {
        let mut text = Text::default();
        text.counter("a", "b\nc", |samples| samples.add(&[("x", "1\"\\\n")], 2));
        assert_eq!(text.end(), "# TYPE a counter\n# HELP a b\\nc\na_total{x=\"1\\\"\\\\\\n\"} 2\n# EOF\n");
    }
}
