//! Walking a subset in document order.
use super::{C14nError, Method, Sink, Subset};
pub(super) fn render(_subset: Subset<'_, '_>, _method: &Method, _out: &mut impl Sink) -> Result<(), C14nError> {
    unimplemented!()
}
