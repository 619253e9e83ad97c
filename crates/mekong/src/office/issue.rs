//! Issuing, in three steps: the request is given, the subject is filled in, what the certificate will say is confirmed
//! beside what was asked for.

use super::contents::{Contents, attributes};
use super::reader::Reader;
use super::{Failure, Office, Order, shown};
use crate::serving::body::Fields;
use crate::serving::failure::Failing as _;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mekong_authority::ca::Issued;
use mekong_authority::profile::{CertificateProfile, SubjectFault};
use mekong_crypto::random;
use mekong_pki::request::CertificateRequest;
use mekong_web::component::{Badge, Column, Field, Form, Table, Tone, Weight, facts, link, notice};
use mekong_web::{Language, Markup};
use std::collections::BTreeMap;
use std::sync::Arc;

const PATH: &str = "/issue";
/// What the names of the subject's fields begin with.
const SUBJECT: &str = "s.";
/// Extensions that requests ask for, with the keys of their names.
const EXTENSIONS: [(&str, &str); 6] = [
    ("2.5.29.15", "contents.key_usage"),
    ("2.5.29.17", "contents.names"),
    ("2.5.29.19", "extension.constraints"),
    ("2.5.29.32", "contents.policies"),
    ("2.5.29.37", "contents.extended"),
    ("1.3.6.1.5.5.7.1.3", "contents.qualified"),
];

/// `GET /issue`: the form for the request.
pub(super) async fn show(State(office): State<Arc<Office>>, reader: Reader) -> Response {
    first(&reader, &office, "", "", &Markup::default())
}

/// `POST /issue`: the request is read; then the subject is filled in.
pub(super) async fn read(
    State(office): State<Arc<Office>>,
    reader: Reader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let fields = match Fields::take(&headers, body).await {
        Ok(fields) => fields,
        Err(failure) => return again(&reader, &office, None, &failure.into()),
    };
    let order = async {
        let (request, profile) = (request(&fields)?, office.profile(fields.text("profile"))?);
        let mut subject = profile.asked_by(&request);
        let country = office.authority.country().to_owned();
        subject.entry("C".to_owned()).or_insert(country);
        let order = Order { request, profile, subject };
        office
            .aside(move |office| {
                // Whatever else is wrong, the subject is filled in next.
                match office.authority.plan(&order.request, &order.profile, &order.subject, office.now()) {
                    Ok(_) => Ok(order),
                    Err(error) => match Failure::from(error) {
                        Failure::Subject(_) => Ok(order),
                        failure => Err(failure),
                    },
                }
            })
            .await
    };
    match order.await {
        Ok(order) => second(&reader, &order, &[]),
        Err(failure) => again(&reader, &office, Some(&fields), &failure),
    }
}

/// `POST /issue/change`: from the third step back to the second.
pub(super) async fn change(
    State(office): State<Arc<Office>>,
    reader: Reader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match order(&office, &headers, body).await {
        Ok((order, _)) => second(&reader, &order, &[]),
        Err(failure) => again(&reader, &office, None, &failure),
    }
}

/// `POST /issue/check`: what the certificate will say, or what is wrong with the subject.
pub(super) async fn check(
    State(office): State<Arc<Office>>,
    reader: Reader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let order = match order(&office, &headers, body).await {
        Ok((order, _)) => Arc::new(order),
        Err(failure) => return again(&reader, &office, None, &failure),
    };
    let ordered = Arc::clone(&order);
    let planned = office.aside(move |office| {
        let Order { request, profile, subject } = &*ordered;
        let plan = office.authority.plan(request, profile, subject, office.now())?;
        Ok((Contents::of_plan(&plan), office.authority.certificates_for(request.public_key())?))
    });
    match planned.await {
        Ok((contents, others)) => third(&reader, &order, &contents, &others),
        Err(Failure::Subject(faults)) => second(&reader, &order, &faults),
        Err(failure) => again(&reader, &office, None, &failure),
    }
}

/// `POST /issue/make`: the certificate is issued, once.
pub(super) async fn make(
    State(office): State<Arc<Office>>,
    reader: Reader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let issued = async {
        let (order, number) = order(&office, &headers, body).await?;
        if number.len() != 32 || !number.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Failure::Form("the order has no number".to_owned()));
        }
        office.aside(move |office| office.issue_once(&number, &order)).await
    };
    match issued.await {
        Ok(serial) => {
            let path = reader.path(&format!("/certificates/{serial}?new=yes"));
            (StatusCode::SEE_OTHER, [(header::LOCATION, path)]).into_response()
        }
        Err(failure) => again(&reader, &office, None, &failure),
    }
}

/// What a form of the second or third step orders, and the number of the order.
async fn order(office: &Office, headers: &HeaderMap, body: Body) -> Result<(Order, String), Failure> {
    let fields = Fields::take(headers, body).await?;
    let (request, profile) = (request(&fields)?, office.profile(fields.text("profile"))?);
    let subject = fields.below(SUBJECT).filter(|(_, value)| !value.is_empty()).collect();
    Ok((Order { request, profile, subject }, fields.text("order").to_owned()))
}

/// The certificate request that was chosen as a file or put in as text.
fn request(fields: &Fields) -> Result<CertificateRequest, Failure> {
    let chosen = fields.bytes("file");
    let text = fields.text("request").as_bytes();
    match (chosen.is_empty(), text.is_empty()) {
        (true, true) => Err(Failure::NoRequest),
        (true, false) => Ok(CertificateRequest::from_der_or_pem(text)?),
        (false, _) => Ok(CertificateRequest::from_der_or_pem(chosen)?),
    }
}

/// The first step again, with what is wrong above it and what was given in it.
fn again(reader: &Reader, office: &Office, fields: Option<&Fields>, failure: &Failure) -> Response {
    // A private key is not shown again.
    let text = fields.filter(|_| !matches!(failure, Failure::PrivateKey)).map_or("", |fields| fields.text("request"));
    let profile = fields.map_or("", |fields| fields.text("profile"));
    failure.with_status(first(reader, office, profile, text, &failure.notice(reader)))
}

fn first(reader: &Reader, office: &Office, profile: &str, text: &str, fault: &Markup) -> Response {
    let title = |profile: &CertificateProfile| profile.title(reader.language.code()).to_owned();
    let titles: Vec<String> = office.profiles.iter().map(title).collect();
    let options = office.profiles.iter().map(CertificateProfile::name).zip(titles.iter().map(String::as_str));
    let field = |name, key: &'static str, hint: &'static str| Field {
        name,
        label: reader.word(key),
        hint: reader.word(hint),
        ..Field::default()
    };
    let form = Form::post(&reader.path(PATH))
        .choice(Field { value: profile, ..field("profile", "issue.profile", "issue.profile.hint") }, options)
        .file(field("file", "issue.file", "issue.file.hint"))
        .lines(Field { value: text, ..field("request", "issue.paste", "issue.paste.hint") }, 6)
        .button(Weight::Main, reader.word("issue.read"));
    let body = fault.clone().and(Markup::section("request-form", reader.word("issue.step.1"), form.markup()));
    shown::response(&shown::page(reader, reader.word("issue.title"), PATH).lead(reader.word("issue.lead")).body(body))
}

/// The form of the subject, with what the request says beside it.
fn second(reader: &Reader, order: &Order, faults: &[SubjectFault]) -> Response {
    let mut form = carried(Form::post(&reader.path("/issue/check")), order);
    for (name, required, hint) in order.profile.fields(reader.language.code()) {
        let optional = if required { String::new() } else { format!(", {}", reader.word("issue.optional")) };
        let label = format!("{}{optional}", shown::attribute(reader, name));
        let (field, fault) =
            (format!("{SUBJECT}{name}"), faults.iter().find_map(|fault| of_field(reader, fault, name)));
        form = form.line(Field {
            name: &field,
            label: &label,
            hint,
            value: order.subject.get(name).map_or("", String::as_str),
            fault: fault.unwrap_or_default(),
            // Said by us rather than by the browser, which speaks its own language.
            required: false,
        });
    }
    let form = form.button(Weight::Main, reader.word("issue.check"));
    let others = faults.iter().filter(|fault| !is_of_field(fault, &order.profile)).map(ToString::to_string);
    let others: Vec<Markup> = others.map(|text| Markup::text_in(Language::English, text)).collect();
    let wrong = match faults {
        [] => Markup::default(),
        _ => notice(Tone::Warning, reader.word("failure.subject"), {
            Markup::paragraph(reader.text("failure.subject.do")).and(Markup::lines(others))
        }),
    };
    let body = wrong
        .and(Markup::section("asked", reader.word("issue.asked"), facts(asked(reader, &order.request))))
        .and(Markup::section("subject", reader.word("issue.step.2"), {
            Markup::paragraph(reader.text("issue.subject.text")).and(form.markup())
        }));
    let lead = order.profile.title(reader.language.code());
    shown::response(&shown::page(reader, reader.word("issue.title"), PATH).lead(lead).body(body))
}

/// What the request says: for the reader, nothing of it is taken but the key.
fn asked(reader: &Reader, request: &CertificateRequest) -> Vec<(&'static str, Markup)> {
    let subject = attributes(request.subject_name());
    let lines = subject.iter().map(|(name, value)| {
        Markup::muted(Markup::text(format!("{}: ", shown::attribute(reader, name)))).and(shown::value(value))
    });
    let mut rows = vec![
        (reader.word("contents.subject"), Markup::lines(lines)),
        (reader.word("contents.key"), Markup::text(request.public_key().key_type().to_string())),
        (reader.word("issue.proof"), reader.text("issue.proof.good")),
    ];
    let names = names(request);
    if !names.is_empty() {
        rows.push((reader.word("contents.names"), Markup::lines(names.iter().map(Markup::text))));
    }
    let extensions = request.extensions();
    if !extensions.is_empty() {
        let list = Markup::lines(extensions.iter().map(|id| extension(reader, &id.to_string())));
        rows.push((reader.word("issue.extensions"), list.and(Markup::muted(reader.text("issue.not_taken")))));
    }
    rows
}

fn names(request: &CertificateRequest) -> Vec<String> {
    request.dns_names().into_iter().chain(request.ip_addresses().iter().map(ToString::to_string)).collect()
}

fn extension(reader: &Reader, id: &str) -> Markup {
    let name = extension_key(id).map_or("", |key| reader.word(key));
    Markup::text(format!("{name} ")).and(Markup::muted(Markup::code(id)))
}

/// The key of an extension's name.
fn extension_key(id: &str) -> Option<&'static str> {
    EXTENSIONS.iter().find(|(known, _)| *known == id).map(|(_, key)| *key)
}

/// What the certificate will say, beside what was asked for.
fn third(reader: &Reader, order: &Order, contents: &Contents, others: &[Issued]) -> Response {
    let columns = ["issue.what", "issue.in_request", "issue.in_certificate"].map(|key| Column::text(reader.word(key)));
    let mut table = Table::new(reader.language, reader.word("issue.step.3"), columns.to_vec()).caption_unseen();
    for (label, asked, given) in compared(reader, order, contents) {
        table = table.row(vec![Markup::text(label), asked, given]);
    }
    let again = match others {
        [] => Markup::default(),
        others => {
            let to = |issued: &Issued| {
                let serial = issued.certificate.serial_hex();
                link(&reader.path(&format!("/certificates/{serial}")), &serial)
            };
            notice(Tone::Info, reader.word("issue.same_key"), Markup::lines(others.iter().map(to)))
        }
    };
    let form = carried(Form::post(&reader.path("/issue/make")), order).hidden("order", &number());
    let form = order.subject.iter().fold(form, |form, (name, value)| form.hidden(&format!("{SUBJECT}{name}"), value));
    let form = form.button(Weight::Main, reader.word("issue.make")).button_to(
        Weight::Plain,
        reader.word("issue.change"),
        &reader.path("/issue/change"),
    );
    let body = again.and(Markup::section("compared", reader.word("issue.step.3"), table.markup().and(form.markup())));
    let lead = order.profile.title(reader.language.code());
    shown::response(&shown::page(reader, reader.word("issue.title"), PATH).lead(lead).body(body))
}

/// What is asked and what is given, item by item: label, asked, given.
fn compared(reader: &Reader, order: &Order, contents: &Contents) -> Vec<(String, Markup, Markup)> {
    let none = || Markup::text("–");
    let (asked, given) = (attributes(order.request.subject_name()), &contents.subject);
    let values = |list: &[(String, String)], wanted: &str| -> Vec<String> {
        list.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.clone()).collect()
    };
    let lines = |values: &[String]| match values {
        [] => none(),
        values => Markup::lines(values.iter().map(|text| shown::value(text))),
    };
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in given.iter().chain(&asked) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let differs = || Badge::new(Tone::Warning, reader.word("issue.differs")).markup();
    let mut rows: Vec<(String, Markup, Markup)> = names
        .into_iter()
        .map(|name| {
            let (asked, given) = (values(&asked, name), values(given, name));
            let mark = if asked.is_empty() || asked == given { Markup::default() } else { differs() };
            (shown::attribute(reader, name), lines(&asked), lines(&given).and(mark))
        })
        .collect();
    let names = self::names(&order.request);
    if !names.is_empty() && contents.names.is_empty() {
        rows.push((reader.word("contents.names").to_owned(), lines(&names), Markup::lines([none(), differs()])));
    }
    let extensions: Vec<String> = order.request.extensions().iter().map(ToString::to_string).collect();
    let not_taken = |label: &str| {
        let is_asked = extensions.iter().any(|id| extension_key(id).is_some_and(|key| reader.word(key) == label));
        if is_asked { Markup::muted(reader.text("issue.not_taken")) } else { none() }
    };
    let key = reader.word("contents.key");
    for (label, given) in shown::rows(reader, contents) {
        let asked = if label == key { given.clone() } else { not_taken(label) };
        rows.push((label.to_owned(), asked, given));
    }
    rows
}

/// The form with the request and the profile.
fn carried(form: Form, order: &Order) -> Form {
    form.hidden("request", &order.request.pem()).hidden("profile", order.profile.name())
}

/// A number for an order; without randomness there is none, and the order is refused.
fn number() -> String {
    let mut octets = [0; 16];
    random::fill(&mut octets).map(|()| hex::encode(octets)).unwrap_or_default()
}

/// What is wrong with a field, if a fault is about it.
fn of_field(reader: &Reader, fault: &SubjectFault, name: &str) -> Option<&'static str> {
    match fault {
        SubjectFault::Missing { attribute, .. } if attribute == name => Some(reader.word("fault.missing")),
        SubjectFault::Unfit { attribute, .. } if attribute == name => Some(reader.word("fault.unfit")),
        _ => None,
    }
}

fn is_of_field(fault: &SubjectFault, profile: &CertificateProfile) -> bool {
    let has = |wanted: &str| profile.fields("en").any(|(name, ..)| name == wanted);
    matches!(fault, SubjectFault::Missing { attribute, .. } | SubjectFault::Unfit { attribute, .. } if has(attribute))
}

/// The attributes of a subject as programs give them.
pub(super) type Subject = BTreeMap<String, String>;
