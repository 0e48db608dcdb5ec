//! The steady state of an HTTP connection: bytes both ways between a client and the application.
//!
//! One future polls both directions and keeps nothing but what one side has not taken yet. Ten thousand idle
//! WebSockets live here, so its size is tested.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use sightline_core::http_head::{Head, HeadWatch};
use tokio::io::AsyncWrite;
use tokio::net::UnixStream;
use tokio::time::{Instant, Sleep, sleep};

use crate::client::{CHUNK, Client, Scratch, poll_flush, poll_read, with_scratch};
use crate::shared::Shared;

/// After the application has ended, how long a client that neither sends nor closes is kept. Guess: several round
/// trips of a bad network.
const LINGER: Duration = Duration::from_secs(10);
/// How long a client may take nothing of what is sent to it. As nginx's send_timeout.
const STALL: Duration = Duration::from_secs(60);

pub(crate) struct Pump {
    client: Client,
    application: UnixStream,
    /// What the application has not taken yet, from `unsent_at`.
    unsent: Vec<u8>,
    unsent_at: usize,
    application_has_ended: bool,
    application_is_deaf: bool,
    has_told_application: bool,
    has_told_client: bool,
    watch: Option<HeadWatch>,
    timer: Option<Timer>,
}

/// What is waited for, and how long; none most of the time.
struct Timer {
    sleep: Pin<Box<Sleep>>,
    wait: Wait,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// For the end of the first request head.
    Head,
    /// For the client to take some of what is left over, which is this much.
    Reader(usize),
    /// For the client to end after the application has.
    End,
}

/// Why a pump stopped without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopped {
    Finished,
    HeadTimeout,
    HeadTooLong,
    Stalled,
}

/// Pump until both sides have ended. `first` is sent to the application before all else.
pub(crate) async fn run(shared: &Shared, client: Client, application: UnixStream, first: Vec<u8>) {
    let mut pump = Pump {
        client,
        application,
        unsent: first,
        unsent_at: 0,
        application_has_ended: false,
        application_is_deaf: false,
        has_told_application: false,
        has_told_client: false,
        watch: Some(HeadWatch::default()),
        timer: Some(Timer::new(Wait::Head, shared.limits.request_head_timeout())),
    };
    pump.watch_first();
    let counters = &shared.counters;
    match poll_fn(|cx| with_scratch(|scratch| pump.poll(shared, cx, scratch))).await {
        Ok(Stopped::Finished) => {}
        Ok(Stopped::HeadTimeout) => counters.closed_head_timeout.increment(),
        Ok(Stopped::HeadTooLong) => counters.closed_head_too_long.increment(),
        Ok(Stopped::Stalled) => counters.closed_stalled.increment(),
        Err(_) => counters.http_failed.increment(),
    }
}

impl Pump {
    /// The first bytes are a PROXY header and the start of the head; a v2 header without addresses of its own begins
    /// with CR LF CR LF, so only what follows it is watched.
    fn watch_first(&mut self) {
        if let Ok(Some(decoded)) = sightline_core::proxy_header::decode(&self.unsent) {
            let length = decoded.length;
            if let Some(watch) = self.watch.as_mut()
                && watch.receive(&self.unsent[length..]) == Head::Complete
            {
                self.watch = None;
                self.timer = None;
            }
        }
    }

    fn poll(
        &mut self,
        shared: &Shared,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
    ) -> Poll<io::Result<Stopped>> {
        if let Poll::Ready(Some(stopped)) = self.poll_upwards(shared, cx, scratch)? {
            return Poll::Ready(Ok(stopped));
        }
        let downwards = self.poll_downwards(shared, cx, scratch)?;
        let is_finished = self.has_told_client && self.has_told_application;
        if is_finished || (downwards.is_ready() && self.client.has_ended()) {
            return Poll::Ready(Ok(Stopped::Finished));
        }
        self.set_timer();
        let Some(timer) = self.timer.as_mut() else { return Poll::Pending };
        ready!(timer.sleep.as_mut().poll(cx));
        Poll::Ready(Ok(match timer.wait {
            Wait::Head => Stopped::HeadTimeout,
            Wait::Reader(_) => Stopped::Stalled,
            Wait::End => Stopped::Finished,
        }))
    }

    /// See to it that the timer waits for what is missing now.
    fn set_timer(&mut self) {
        let unsent = self.client.unsent();
        let wait = match self.timer.as_ref().map(|timer| timer.wait) {
            Some(Wait::Head) if !self.has_told_client => return,
            Some(Wait::End) => return,
            // Nothing was taken since.
            Some(Wait::Reader(before)) if unsent == before => return,
            _ if self.has_told_client => Wait::End,
            _ if unsent > 0 => Wait::Reader(unsent),
            None => return,
            Some(_) => {
                self.timer = None;
                return;
            }
        };
        self.timer = Some(Timer::new(wait, if wait == Wait::End { LINGER } else { STALL }));
    }

    /// From the client to the application. Ready(None): all is passed on and the application knows it.
    fn poll_upwards(
        &mut self,
        shared: &Shared,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
    ) -> Poll<io::Result<Option<Stopped>>> {
        loop {
            // While the application does not take what there is, nothing more is read: TCP slows the client down.
            if ready!(poll_flush(&mut self.application, &mut self.unsent, &mut self.unsent_at, cx)).is_err() {
                self.stop_telling_application();
            }
            if self.client.has_ended() {
                if !self.has_told_application {
                    // It may be gone already; then it need not be told.
                    let _ = ready!(Pin::new(&mut self.application).poll_shutdown(cx));
                    self.has_told_application = true;
                }
                return Poll::Ready(Ok(None));
            }
            let read = ready!(self.client.poll_receive(cx, scratch))?;
            shared.counters.http_bytes_received.add(read as u64);
            let bytes = &scratch.plain[..read];
            if let Some(watch) = self.watch.as_mut() {
                match watch.receive(bytes) {
                    Head::Incomplete => {}
                    Head::TooLong => return Poll::Ready(Ok(Some(Stopped::HeadTooLong))),
                    Head::Complete => {
                        self.watch = None;
                        self.timer = None;
                    }
                }
            }
            if self.application_is_deaf {
                continue;
            }
            if self.has_told_client
                && let Some(timer) = self.timer.as_mut()
            {
                // It still sends and is still listened to.
                timer.sleep.as_mut().reset(Instant::now() + LINGER);
            }
            match Pin::new(&mut self.application).poll_write(cx, bytes) {
                Poll::Ready(Ok(written)) => self.unsent.extend_from_slice(&bytes[written..]),
                Poll::Ready(Err(_)) => self.stop_telling_application(),
                Poll::Pending => self.unsent.extend_from_slice(bytes),
            }
        }
    }

    /// The application has closed its end, perhaps after an answer that we have yet to pass on (such as 413 in the
    /// middle of an upload). What the client still sends is read and dropped, as it would otherwise lose that answer.
    fn stop_telling_application(&mut self) {
        self.application_is_deaf = true;
        self.unsent = Vec::new();
        self.unsent_at = 0;
    }

    /// From the application to the client. Ready: all is passed on and the client knows it.
    fn poll_downwards(
        &mut self,
        shared: &Shared,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
    ) -> Poll<io::Result<()>> {
        while !self.has_told_client {
            // While the client does not take what there is, nothing more is read: the socket slows the application.
            ready!(self.client.poll_flush(cx))?;
            if self.application_has_ended {
                ready!(self.client.poll_end(cx))?;
                self.has_told_client = true;
                break;
            }
            // Linux says ECONNRESET, after all that was sent, if the application closed without having read everything.
            let read = ready!(poll_read(&mut self.application, cx, &mut scratch.plain[..CHUNK])).unwrap_or(0);
            if read == 0 {
                self.application_has_ended = true;
                continue;
            }
            shared.counters.http_bytes_sent.add(read as u64);
            self.client.send(cx, scratch, read)?;
        }
        Poll::Ready(Ok(()))
    }
}

impl Timer {
    fn new(wait: Wait, duration: Duration) -> Self {
        Self { sleep: Box::pin(sleep(duration)), wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steady_state_is_small() {
        let (pump, session) = (size_of::<Pump>(), size_of::<crate::session::Session>());
        println!("pump {pump} bytes, TLS session {session} bytes");
        assert!(pump <= 256, "every HTTP connection costs this: {pump}");
        assert!(session <= 2048, "every TLS connection costs this besides: {session}");
    }
}
