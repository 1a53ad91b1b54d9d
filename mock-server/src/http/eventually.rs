//! What is there at once as a rule, and sometimes later.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A value that is there already, or comes.
///
/// A future is as large as everything that may ever have to be waited for on its way, and is moved
/// from hand to hand. Almost no request has to wait for anything: those pay for no more than the value.
pub enum Eventually<T> {
    /// It is there; `None` once it was taken.
    Now(Option<T>),
    /// It comes.
    Later(Pin<Box<dyn Future<Output = T> + Send>>),
}

impl<T> Eventually<T> {
    /// What is there.
    pub const fn now(value: T) -> Self {
        Self::Now(Some(value))
    }

    /// What comes.
    pub fn later(value: impl Future<Output = T> + Send + 'static) -> Self {
        Self::Later(Box::pin(value))
    }
}

impl<T: Send + 'static> Eventually<T> {
    /// The same, made into something else as soon as it is there.
    pub fn map<U>(self, into: impl FnOnce(T) -> U + Send + 'static) -> Eventually<U> {
        match self {
            Self::Now(value) => Eventually::Now(value.map(into)),
            Self::Later(value) => Eventually::later(async move { into(value.await) }),
        }
    }
}

impl<T: Unpin> Future for Eventually<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match self.get_mut() {
            // Like any future, it is not to be polled again once it was ready.
            Self::Now(value) => value.take().map_or(Poll::Pending, Poll::Ready),
            Self::Later(value) => value.as_mut().poll(cx),
        }
    }
}

impl<T> std::fmt::Debug for Eventually<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Now(_) => "Now",
            Self::Later(_) => "Later",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_the_same_now_and_later() {
        let later = Eventually::later(async {
            tokio::task::yield_now().await;
            6
        });
        for six in [Eventually::now(6), later] {
            assert_eq!(six.map(|number| number * 7).await, 42);
        }
    }
}
