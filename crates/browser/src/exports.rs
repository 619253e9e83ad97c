//! The functions that a page calls. One thread, so one state.
#![expect(
    unsafe_code,
    reason = "exporting by name is an unsafe attribute in this edition; there is no other unsafe code"
)]

use crate::question::{Outcome, answer};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most buffers at once.
const BUFFERS_MAX: usize = 1024;

struct State {
    buffers: Vec<Vec<u8>>,
    answer: Vec<u8>,
}

static STATE: Mutex<State> = Mutex::new(State { buffers: Vec::new(), answer: Vec::new() });

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Room for a file of that many bytes; null if the index is above the limit or there is no memory left.
#[unsafe(no_mangle)]
pub extern "C" fn mekong_buffer(index: u32, length: u32) -> *mut u8 {
    let (index, length) = (index as usize, length as usize);
    let mut state = state();
    if index >= BUFFERS_MAX {
        return std::ptr::null_mut();
    }
    if state.buffers.len() <= index {
        state.buffers.resize_with(index + 1, Vec::new);
    }
    let Some(buffer) = state.buffers.get_mut(index) else { return std::ptr::null_mut() };
    *buffer = Vec::new();
    if buffer.try_reserve_exact(length).is_err() {
        return std::ptr::null_mut();
    }
    buffer.resize(length, 0);
    buffer.as_mut_ptr()
}

/// Answers the question in a buffer.
#[unsafe(no_mangle)]
pub extern "C" fn mekong_answer(index: u32) -> u32 {
    let mut state = state();
    let question = state.buffers.get(index as usize).map(Vec::as_slice).unwrap_or_default();
    let (outcome, json) = answer(question, &state.buffers);
    state.answer = json;
    match outcome {
        Outcome::Verdict => 0,
        Outcome::NoSignature => 1,
        Outcome::BadQuestion => 2,
    }
}

/// Where the answer is.
#[unsafe(no_mangle)]
pub extern "C" fn mekong_answer_address() -> *const u8 {
    state().answer.as_ptr()
}

/// How many bytes the answer has.
#[unsafe(no_mangle)]
pub extern "C" fn mekong_answer_length() -> u32 {
    u32::try_from(state().answer.len()).unwrap_or(0)
}

/// Forgets everything.
#[unsafe(no_mangle)]
pub extern "C" fn mekong_clear() {
    let mut state = state();
    state.buffers = Vec::new();
    state.answer = Vec::new();
}
