//! The page of one subscription: how it stands and what was put aside, with the forms that decide on it; and the form that begins
//! one. What events hold is not shown: it is for the information system they are delivered to.

use super::super::access::Who;
use super::super::failure::Failure;
use super::super::reader::Reader;
use super::super::{Desk, letters, shown};
use super::{place, state};
use crate::serving::body::Fields;
use crate::serving::failure::Failing as _;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use mekong_exchange::administration::SubscriptionAct;
use mekong_exchange::administration::role::Permission;
use mekong_exchange::events::Subscription;
use mekong_exchange::events::rules::inbox::{DeadLetter, Inbox};
use mekong_web::component::{Column, Field, Form, Table, Tone, Weight, facts, link, notice};
use mekong_web::{Language, Markup, format};
use std::sync::Arc;

type Desks = Shared<Arc<Desk>>;
type Known = Extension<Who>;

/// Dead letters that one page shows.
const SHOWN_MAX: usize = 100;

fn field<'a>(reader: &Reader, name: &'a str, key: &'static str, hint: &'static str, value: &'a str) -> Field<'a> {
    let hint = if hint.is_empty() { "" } else { reader.word(hint) };
    Field { name, label: reader.word(key), hint, value, ..Field::default() }
}

/// `GET /events/{name}`
pub(in crate::administration) async fn show(
    Shared(desk): Desks,
    Extension(who): Known,
    reader: Reader,
    Path(name): Path<String>,
) -> Response {
    let shown = async {
        desk.permit(&who, &[Permission::Look], "GET /events/NAME").await?;
        Ok::<_, Failure>(draw(&reader, &*letters::named(&desk, &name)?))
    };
    shown.await.unwrap_or_else(|failure| failure.page(&reader, "/events"))
}

fn draw(reader: &Reader, subscription: &Subscription) -> Response {
    let (settings, standing, inbox) = (subscription.settings(), subscription.standing(), subscription.inbox());
    let number = |n: u64| Markup::text(format::number(reader.language, n));
    let delivery = match &settings.push {
        Some(url) => Markup::lines([reader.text("subscription.push"), Markup::code(url)]),
        None => reader.text("subscription.pull"),
    };
    let said = facts([
        (reader.word("subsystem.id"), Markup::code(subscription.owner().to_string())),
        (reader.word("events.follows"), Markup::code(format!("{} {}", settings.provider, settings.topic))),
        (reader.word("subscription.delivery"), delivery),
        (reader.word("events.state"), state(reader, &standing)),
        (reader.word("events.behind"), number(standing.behind)),
        (reader.word("events.delivered"), number(standing.delivered)),
        (reader.word("letter.position"), standing.next.map_or_else(shown::none, number)),
    ]);
    let done = match reader.asked("done") {
        "" => Markup::default(),
        _ => notice(Tone::Good, reader.word("letter.done"), Markup::default()),
    };
    let dead = match inbox.dead.len() {
        0 => Markup::paragraph(Markup::muted(reader.text("letter.none"))),
        _ => put_aside(reader, &inbox).and(decision(reader, &settings.name, &inbox)),
    };
    let replay = Form::post(&reader.path(&format!("{}/prepare", place(&settings.name))))
        .hidden("do", "replay")
        .line(field(reader, "from", "letter.replay.from", "letter.replay.hint", ""))
        .button(Weight::Main, reader.word("continue"));
    let owner = subscription.owner().to_string();
    let fields = [("subsystem", owner.as_str()), ("name", &settings.name)];
    let end = shown::act(reader, "remove-subscription", &fields, Weight::Grave, reader.word("subscription.remove"));
    let back = Markup::paragraph(link(&reader.path("/events"), reader.word("back")));
    let body = done
        .and(said)
        .and(Markup::section("dead", reader.word("events.dead"), dead))
        .and(Markup::section("replay", reader.word("letter.replay"), replay.markup()))
        .and(Markup::section("end", reader.word("subscription.remove"), end))
        .and(back);
    let page = shown::page(reader, &settings.name, &place(&settings.name)).section("/events");
    shown::response(&page.lead(reader.word("subscription.lead")).body(body))
}

fn put_aside(reader: &Reader, inbox: &Inbox) -> Markup {
    let columns = vec![
        Column::number(reader.word("letter.number")),
        Column::number(reader.word("letter.position")),
        Column::text(reader.word("letter.subject")),
        Column::text(reader.word("letter.reason")),
        Column::number(reader.word("letter.attempts")),
        Column::text(reader.word("letter.since")),
    ];
    let table = Table::new(reader.language, reader.word("events.dead"), columns).caption_unseen();
    let rows = inbox.dead.iter().take(SHOWN_MAX).map(|(number, letter)| row(reader, *number, letter));
    rows.fold(table, Table::row).markup()
}

fn row(reader: &Reader, number: u64, letter: &DeadLetter) -> Vec<Markup> {
    let holds = letter.holds.then(|| Markup::muted(reader.text("letter.holds")));
    let subject = letter.event.subject.as_ref().map_or_else(shown::none, Markup::code);
    vec![
        Markup::text(number.to_string()),
        Markup::text(letter.event.position.to_string()),
        Markup::lines([subject].into_iter().chain(holds)),
        Markup::text_in(Language::English, &letter.reason),
        Markup::text(format::number(reader.language, u64::from(letter.attempts))),
        format::time_element(reader.language, letter.since),
    ]
}

fn decision(reader: &Reader, name: &str, inbox: &Inbox) -> Markup {
    let numbers: Vec<String> = inbox.dead.keys().take(SHOWN_MAX).map(ToString::to_string).collect();
    let numbers = numbers.iter().map(|number| (number.as_str(), number.as_str()));
    let all = ("all", reader.word("letter.all"));
    let acts = [("deliver", reader.word("letter.deliver")), ("drop", reader.word("letter.drop"))];
    Form::post(&reader.path(&format!("{}/prepare", place(name))))
        .choice(field(reader, "letter", "letter.number", "", ""), numbers.chain([all]))
        .choice(field(reader, "do", "letter.do", "", ""), acts)
        .button(Weight::Main, reader.word("continue"))
        .markup()
}

/// What a form asks for: one decision, or one for each dead letter that there is.
fn asked(fields: &Fields, subscription: &Subscription) -> Result<Vec<SubscriptionAct>, Failure> {
    let wrong = |what: &'static str, wanted: &str| Failure::Parameter(what, format!("{wanted} is wanted"));
    let letters = || match fields.text("letter") {
        "all" => Ok(subscription.inbox().dead.keys().copied().collect()),
        number => Ok::<_, Failure>(vec![number.parse::<u64>().map_err(|_| wrong("letter", "a number or all"))?]),
    };
    match fields.text("do") {
        "replay" => Ok(vec![replay(fields.text("from")).ok_or_else(|| wrong("from", "a position or a time"))?]),
        "deliver" => Ok(letters()?.into_iter().map(SubscriptionAct::DeliverAgain).collect()),
        "drop" => Ok(letters()?.into_iter().map(SubscriptionAct::Drop).collect()),
        _ => Err(wrong("do", "replay, deliver or drop")),
    }
}

/// From where on, as people write it: a position or a time.
fn replay(text: &str) -> Option<SubscriptionAct> {
    let position = text.parse().map(SubscriptionAct::ReplayFrom).ok();
    position.or_else(|| text.parse().map(SubscriptionAct::ReplaySince).ok())
}

/// `POST /events/{name}/prepare`: shows what would be done.
pub(in crate::administration) async fn prepare(
    Shared(desk): Desks,
    Extension(who): Known,
    reader: Reader,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let prepared = async {
        desk.permit(&who, &[Permission::ChangeClients], "POST /events/NAME/prepare").await?;
        let fields = Fields::take(&headers, body).await?;
        let acts = asked(&fields, &*letters::named(&desk, &name)?)?;
        Ok::<_, Failure>(confirmation(&reader, &name, &fields, &acts))
    };
    prepared.await.unwrap_or_else(|failure| failure.page(&reader, &place(&name)))
}

fn confirmation(reader: &Reader, name: &str, fields: &Fields, acts: &[SubscriptionAct]) -> Response {
    let (title, warning, weight) = match fields.text("do") {
        "deliver" => ("letter.deliver", "letter.deliver.warn", Weight::Main),
        "drop" => ("letter.drop", "letter.drop.warn", Weight::Grave),
        _ => ("letter.replay", "letter.replay.warn", Weight::Main),
    };
    let what = match acts {
        [SubscriptionAct::ReplayFrom(_) | SubscriptionAct::ReplaySince(_)] => {
            (reader.word("letter.replay.from"), Markup::code(fields.text("from")))
        }
        _ if fields.text("letter") == "all" => (reader.word("letter.number"), reader.text("letter.all")),
        _ => (reader.word("letter.number"), Markup::code(fields.text("letter"))),
    };
    let said = facts([(reader.word("subscription.name"), Markup::code(name)), what]);
    let warning = notice(Tone::Warning, reader.word(warning), Markup::default());
    let form = ["do", "letter", "from"]
        .into_iter()
        .fold(Form::post(&reader.path(&place(name))), |form, field| form.hidden(field, fields.text(field)))
        .button(weight, reader.word("confirm.button"));
    let back = Markup::paragraph(link(&reader.path(&place(name)), reader.word("back")));
    let page =
        shown::page(reader, reader.word(title), &place(name)).section("/events").lead(reader.word("confirm.lead"));
    shown::response(&page.body(warning.and(said).and(form.markup()).and(back)))
}

/// `POST /events/{name}`: does what was shown.
pub(in crate::administration) async fn carry_out(
    Shared(desk): Desks,
    Extension(who): Known,
    reader: Reader,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let done = async {
        let fields = Fields::take(&headers, body).await?;
        let subscription = letters::named(&desk, &name)?;
        for act in asked(&fields, &subscription)? {
            letters::decide(&desk, &who, subscription.owner(), &name, act).await?;
        }
        let place = reader.path(&format!("{}?done=yes", place(&name)));
        Ok::<_, Failure>((StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response())
    };
    done.await.unwrap_or_else(|failure| failure.page(&reader, &place(&name)))
}

/// `GET /events/add`: the form that begins a subscription.
pub(in crate::administration) async fn add(Shared(desk): Desks, Extension(who): Known, reader: Reader) -> Response {
    if let Err(failure) = desk.permit(&who, &[Permission::Look], "GET /events/add").await {
        return failure.page(&reader, "/events");
    }
    let state = desk.subject.administration.state();
    let clients: Vec<String> = state.subsystems.keys().map(ToString::to_string).collect();
    let clients = clients.iter().map(|id| (id.as_str(), id.as_str()));
    let form = Form::post(&reader.path("/prepare/subscription"))
        .choice(field(&reader, "subsystem", "subsystem.id", "", ""), clients)
        .line(field(&reader, "name", "events.name", "subscription.name.hint", ""))
        .line(field(&reader, "provider", "events.publisher", "subscription.provider.hint", ""))
        .line(field(&reader, "topic", "events.topic", "", ""))
        .line(field(&reader, "start", "subscription.start", "subscription.start.hint", "beginning"))
        .line(field(&reader, "push", "subscription.push", "subscription.push.hint", ""))
        .button(Weight::Main, reader.word("continue"));
    let back = Markup::paragraph(link(&reader.path("/events"), reader.word("back")));
    let page = shown::page(&reader, reader.word("subscription.put"), "/events").lead(reader.word("subscription.lead"));
    shown::response(&page.body(form.markup().and(back)))
}
