//! Waiting for the network.

use std::io;

use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

/// The event loop of one connection pool.
pub struct EventLoop(Option<Runtime>);

impl EventLoop {
    /// An event loop for one request after the other. Unlike that of `reqwest::blocking` it has no thread of its own:
    /// starting one and handing each answer over would take an eighth of a module run.
    ///
    /// # Errors
    /// When the system has no descriptor left for it.
    pub fn single() -> io::Result<EventLoop> {
        EventLoop::build(Builder::new_current_thread())
    }

    /// An event loop for requests of many threads. It has a thread of its own: otherwise the waiting threads would have
    /// to take turns in running it, which makes a large plan a tenth slower.
    ///
    /// # Errors
    /// When the system has no descriptor left for it.
    ///
    /// # Panics
    /// When the system has no thread left for it.
    pub fn shared() -> io::Result<EventLoop> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(1).thread_name("requests");
        EventLoop::build(builder)
    }

    fn build(mut builder: Builder) -> io::Result<EventLoop> {
        builder.enable_io().enable_time().build().map(|runtime| EventLoop(Some(runtime)))
    }

    /// Waits for the end of `work`. Several threads may do so at a time.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        // Only `drop` takes it away.
        let runtime = self.0.as_ref().expect("an event loop that is still there");
        runtime.block_on(async {
            // Without a thread of its own nobody watches the pool between two requests. A connection that the server has
            // closed must be seen as closed before a request is sent into it: the first turn learns of it, the second
            // one drops it. That is how tokio works rather than what it promises; tests of connections look after it.
            yield_now().await;
            yield_now().await;
            work.await
        })
    }
}

impl Drop for EventLoop {
    /// Leaves a look-up of a name alone that is still under way: it can last longer than the time-out that gave it up.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
