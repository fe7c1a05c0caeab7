//! Connections: accepted, counted, and ended when their other end does not keep pace.
//!
//! HTTP/1.1 alone is spoken; TLS and later versions are a proxy's business.

mod paced;

use crate::client::{Client, Peer};
use crate::config::Config;
use crate::rate::UnderWay;
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use paced::{Answering, Paced};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::Service;

/// Bytes of a request's head at most.
const HEAD: usize = 64 << 10;
/// Wait after a connection could not be accepted, for want of files.
const PAUSE: Duration = Duration::from_millis(50);
/// Told to whom there is no room for.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Serves until `ended` returns; then connections that answer have a moment (`Config::grace`) to do so.
pub async fn serve(listener: TcpListener, app: Router, config: &Config, ended: impl Future<Output = ()>) {
    let room = Arc::new(Semaphore::new(config.connections));
    let by_client = Arc::new(UnderWay::new(config.client_connections));
    let (ending, end) = watch::channel(());
    let mut ended = pin!(ended);
    loop {
        let accepted = tokio::select! {
            () = &mut ended => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection is accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(place) = room.clone().try_acquire_owned() else {
            refuse(&stream);
            continue;
        };
        let (config, app, end, by_client) = (config.clone(), app.clone(), end.clone(), by_client.clone());
        tokio::spawn(async move {
            let counted = if config.trusts(peer.ip()) { None } else { Some(by_client.begin(Client::at(peer.ip()))) };
            if matches!(counted, Some(None)) {
                refuse(&stream);
                return;
            }
            metrics::gauge!("kubehop_connections").increment(1);
            connection(stream, peer, app, &config, end).await;
            metrics::gauge!("kubehop_connections").decrement(1);
            drop((counted, place));
        });
    }
    drop((listener, end));
    ending.send_replace(());
    let _ = tokio::time::timeout(config.grace.0, ending.closed()).await;
}

/// Says that there is no room, as far as that goes without waiting.
fn refuse(stream: &TcpStream) {
    metrics::counter!("kubehop_refused_total", "why" => "connections").increment(1);
    let _ = stream.try_write(FULL);
}

async fn connection(stream: TcpStream, peer: SocketAddr, app: Router, config: &Config, mut end: watch::Receiver<()>) {
    let _ = stream.set_nodelay(true);
    let answering = Answering::default();
    let paced = Paced::new(stream, answering.clone(), config.header_timeout.0, config.write_timeout.0);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        answering.store(true, Ordering::Relaxed);
        let (mut app, answering) = (app.clone(), answering.clone());
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer.ip()));
        async move {
            let response = app.call(request).await?;
            Ok::<_, Infallible>(response.map(|body| Answer { body, answering }))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(config.idle_timeout.0)
        .max_buf_size(HEAD.max(8_192))
        .serve_connection(TokioIo::new(paced), service);
    let mut connection = pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        _ = end.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The body of an answer; when it is gone, the next head is waited for.
struct Answer {
    body: Body,
    answering: Answering,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.answering.store(false, Ordering::Relaxed);
    }
}

impl HttpBody for Answer {
    type Data = axum::body::Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
