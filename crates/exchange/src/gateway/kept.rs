//! Work that is ended even if nobody waits for it any more.

use std::pin::Pin;
use std::task::{Context, Poll};

/// Runs a future in the task that awaits it. If that task gives up, because a system hung up, the future goes on in a task
/// of its own: what was begun is ended and logged.
pub(super) struct Kept<F>(Option<Pin<Box<F>>>)
where
    F: Future + Send + 'static,
    F::Output: Send;

impl<F> Kept<F>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    pub(super) fn new(work: F) -> Self {
        Self(Some(Box::pin(work)))
    }
}

impl<F> Future for Kept<F>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        // Polled after its end, which no caller does, it stays pending.
        let Some(work) = this.0.as_mut() else { return Poll::Pending };
        let polled = work.as_mut().poll(cx);
        if polled.is_ready() {
            this.0 = None;
        }
        polled
    }
}

impl<F> Drop for Kept<F>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn drop(&mut self) {
        if let (Some(work), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn work_goes_on_when_its_task_gives_up() {
        let done = Arc::new(AtomicU32::new(0));
        let work = || {
            let done = Arc::clone(&done);
            Kept::new(async move {
                tokio::time::sleep(Duration::from_secs(2)).await;
                done.fetch_add(1, Ordering::Relaxed)
            })
        };
        assert_eq!(work().await, 0);
        assert!(tokio::time::timeout(Duration::from_secs(1), work()).await.is_err());
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(done.load(Ordering::Relaxed), 2);
    }
}
