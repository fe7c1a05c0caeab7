//! A connection whose other end has to keep pace: the head of a request comes in within a time, and answers are taken.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// True while a request is answered: what comes in then is no head.
pub(super) type Answering = Arc<AtomicBool>;

/// The connection.
pub(super) struct Paced {
    stream: TcpStream,
    answering: Answering,
    header_timeout: Duration,
    write_timeout: Duration,
    /// Runs from the first byte of a head.
    head: Option<Pin<Box<Sleep>>>,
    /// Runs while the other end takes nothing.
    stall: Option<Pin<Box<Sleep>>>,
}

fn late() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

impl Paced {
    pub(super) fn new(stream: TcpStream, answering: Answering, header: Duration, write: Duration) -> Self {
        Self { stream, answering, header_timeout: header, write_timeout: write, head: None, stall: None }
    }

    /// A write that waits is watched; one that does not starts anew.
    fn watch<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stall = None;
            return written;
        }
        let timeout = self.write_timeout;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(timeout)));
        ready!(stall.as_mut().poll(context));
        Poll::Ready(Err(late()))
    }
}

impl AsyncRead for Paced {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if this.answering.load(Ordering::Relaxed) {
            this.head = None;
            return read;
        }
        if read.is_ready() {
            if this.head.is_none() && buffer.filled().len() > before {
                this.head = Some(Box::pin(sleep(this.header_timeout)));
            }
            return read;
        }
        let Some(head) = &mut this.head else { return Poll::Pending };
        ready!(head.as_mut().poll(context));
        Poll::Ready(Err(late()))
    }
}

impl AsyncWrite for Paced {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.watch(context, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        all: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, all);
        this.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
