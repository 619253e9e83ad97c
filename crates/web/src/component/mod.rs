//! The pieces that pages are made of. Each gives [`Markup`](crate::Markup); none relies on colour alone or on scripts.

mod badge;
mod facts;
mod form;
mod link;
mod notice;
mod table;
mod tile;
mod upload;

pub use badge::{Badge, Tone};
pub use facts::facts;
pub use form::{Field, Form, Weight, block, details};
pub use link::{button, link};
pub use notice::notice;
pub use table::{Column, Table};
pub use tile::{Tile, tiles};
pub use upload::{Upload, verdict, verdict_place};
