//! Tests of revocation: lists and responses made here, judged for certificates made here.
#![allow(clippy::indexing_slicing)]
