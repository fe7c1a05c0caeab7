//! Bodies come in time, or the request is over: 408. Who sends slowly has a moment, and a second more for every 64 KiB that came.

use crate::config::PACE;
use crate::state::AppState;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body::{Frame, SizeHint};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

struct Paced {
    body: Body,
    deadline: Pin<Box<Sleep>>,
    /// Bytes that came and have not lengthened the time yet.
    came: usize,
    /// It was late, or broke off.
    failed: Arc<AtomicBool>,
}

impl Paced {
    fn fail(&self, error: impl Into<axum::BoxError>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.failed.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new(error))))
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                this.came += frame.data_ref().map_or(0, Bytes::len);
                let more = Duration::from_secs((this.came / PACE) as u64);
                this.came %= PACE;
                if !more.is_zero() {
                    let deadline = this.deadline.deadline() + more;
                    this.deadline.as_mut().reset(deadline);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => this.fail(error),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => match this.deadline.as_mut().poll(context) {
                Poll::Ready(()) => this.fail(io::Error::from(io::ErrorKind::TimedOut)),
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The layer.
pub async fn body(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let failed = Arc::new(AtomicBool::new(false));
    let deadline = Box::pin(sleep(state.config.body_timeout.0));
    let request = request.map(|body| Body::new(Paced { body, deadline, came: 0, failed: failed.clone() }));
    let response = next.run(request).await;
    if !failed.load(Ordering::Relaxed) {
        return response;
    }
    metrics::counter!("kubehop_refused_total", "why" => "slow").increment(1);
    ([(CONNECTION, HeaderValue::from_static("close"))], StatusCode::REQUEST_TIMEOUT).into_response()
}
