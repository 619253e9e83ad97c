//! The validator as a WebAssembly module, for a page on which one drops a file: the document never leaves the machine.
//!
//! Files and a question in JSON go in, the simple report in JSON comes out; the same [`answer`] runs natively, and a test
//! holds the two equal. No private key, no network, no clock: the page gives the time, the lists and the anchors.
//!
//! - [`question`]: what is asked, and the answer.
//! - `exports`: the functions that the page calls, over the module's memory, without generated glue:
//!   1. `mekong_buffer(index, length)` makes room for a file and gives its address; the page copies the bytes there. Any
//!      call may move the memory: make the view of it anew after each.
//!   2. `mekong_answer(index)` answers the question in that buffer; 0 if there is a verdict, 1 if the file holds no
//!      signature that can be read, 2 if the question cannot be answered.
//!   3. `mekong_answer_address()` and `mekong_answer_length()` say where the answer is.
//!   4. `mekong_clear()` forgets all buffers and the answer.
//!
//! Built by `./dev browser`; see `docs/browser.md`.

#[cfg(target_family = "wasm")]
mod exports;
pub mod question;

pub use question::{Outcome, answer};
