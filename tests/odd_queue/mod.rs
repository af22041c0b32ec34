//! The embedded queue, with something else in the place of some of its calls.
#![allow(dead_code, unreachable_pub)]

use payflow::broker::embedded::EmbeddedQueue;
use payflow::broker::{Broker, BrokerError, Committed, Extent, Publication, Source, TakeLimits, Taken};

type Answer<T> = Result<T, BrokerError>;
type Call<A, T> = Box<dyn FnMut(&mut EmbeddedQueue, &A) -> Answer<T> + Send>;

/// What a worker whose broker [`OddQueue::dies`] ends with.
pub const DIED: &str = "died";

pub struct OddQueue {
    pub queue: EmbeddedQueue,
    pub committed: Call<Source, Option<Committed>>,
    pub waiting: Call<[(Source, i64)], i64>,
    pub publish: Call<Vec<Publication>, ()>,
}

impl From<EmbeddedQueue> for OddQueue {
    fn from(queue: EmbeddedQueue) -> Self {
        Self {
            queue,
            committed: Box::new(|queue, source| queue.committed(source)),
            waiting: Box::new(|queue, positions| queue.waiting(positions)),
            publish: Box::new(|queue, publications| queue.publish(publications.clone())),
        }
    }
}

impl OddQueue {
    /// Dies at the first publication that has rows: before it is made, or `after`.
    pub fn dies(queue: EmbeddedQueue, after: bool) -> Self {
        let publish = move |queue: &mut EmbeddedQueue, publications: &Vec<Publication>| {
            let rows: usize = publications.iter().map(|publication| publication.records.len()).sum();
            if rows == 0 || after {
                queue.publish(publications.clone())?;
            }
            if rows > 0 { Err(BrokerError::Fatal(DIED.to_owned())) } else { Ok(()) }
        };
        Self { publish: Box::new(publish), ..queue.into() }
    }
}

impl Broker for OddQueue {
    fn take(&mut self, limits: &TakeLimits) -> Answer<Taken> {
        self.queue.take(limits)
    }
    fn committed(&mut self, source: &Source) -> Answer<Option<Committed>> {
        (self.committed)(&mut self.queue, source)
    }
    fn extent(&mut self, source: &Source) -> Answer<Extent> {
        self.queue.extent(source)
    }
    fn waiting(&mut self, positions: &[(Source, i64)]) -> Answer<i64> {
        (self.waiting)(&mut self.queue, positions)
    }
    fn resume(&mut self, positions: &[(Source, i64)]) -> Answer<()> {
        self.queue.resume(positions)
    }
    fn publish(&mut self, publications: Vec<Publication>) -> Answer<()> {
        (self.publish)(&mut self.queue, &publications)
    }
    fn renew(&mut self) -> Answer<()> {
        self.queue.renew()
    }
    fn rejoin(&mut self) -> Answer<()> {
        self.queue.rejoin()
    }
}
