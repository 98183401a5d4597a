//! The HTTP side: accepts connections, applies faults, hands requests to the routes, keeps the journal.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Response,
    body::Incoming,
    header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::watch,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    answer::{Answer, HOST_MARK, NAME_MARK},
    caller::Caller,
    config::{Config, Settings},
    control,
    fault::{self, FaultKind, Faults},
    journal::{AuthKind, Exchange},
    request::Request,
    routes,
    state::{
        State,
        clock::{SECOND, mail_date, now},
    },
};

/// The data and settings that requests work on.
pub(crate) struct World {
    pub state: State,
    pub settings: Settings,
    /// The states before each write since a fault asked for them, oldest first.
    pub past: Vec<State>,
}

impl World {
    fn new(config: &Config) -> World {
        World { state: State::default(), settings: Settings::new(config), past: Vec::new() }
    }
}

/// What all connections share.
pub(crate) struct Shared {
    pub world: Mutex<World>,
    pub faults: Mutex<Faults>,
    pub journal: Mutex<Vec<Exchange>>,
    at_a_time: Mutex<Crowd>,
    pub config: Config,
    scheme: &'static str,
    started: Instant,
}

/// Takes a lock; a panic elsewhere leaves the data usable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub fn new(config: Config) -> Shared {
        Shared {
            world: Mutex::new(World::new(&config)),
            faults: Mutex::default(),
            journal: Mutex::default(),
            at_a_time: Mutex::default(),
            scheme: if config.tls { "https" } else { "http" },
            config,
            started: Instant::now(),
        }
    }

    /// Back to the start: no data, no faults, no journal, and the features and settings of the configuration.
    pub fn reset(&self) {
        *lock(&self.world) = World::new(&self.config);
        self.clear_faults();
        self.clear_journal();
    }

    pub fn clear_faults(&self) {
        lock(&self.faults).clear();
        lock(&self.world).past.clear();
    }

    pub fn clear_journal(&self) {
        lock(&self.journal).clear();
        let mut crowd = lock(&self.at_a_time);
        crowd.most = crowd.now;
    }

    /// The most requests that were on their way at a time since the journal was cleared.
    pub fn most_at_a_time(&self) -> usize {
        lock(&self.at_a_time).most
    }

    fn arrive(&self) -> Presence<'_> {
        let mut crowd = lock(&self.at_a_time);
        crowd.now += 1;
        crowd.most = crowd.most.max(crowd.now);
        Presence(self)
    }
}

/// How many requests are being answered.
#[derive(Default)]
struct Crowd {
    now: usize,
    most: usize,
}

/// One request, from its arrival to its answer.
struct Presence<'a>(&'a Shared);

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        lock(&self.0.at_a_time).now -= 1;
    }
}

/// Accepts connections until told to stop.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, most likely: give the others time to end.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        // Answers are small: waiting to fill a packet only adds delay.
        let _ = stream.set_nodelay(true);
        let (tls, shared, mut stop) = (tls.clone(), shared.clone(), stop.clone());
        tokio::spawn(async move {
            let work = async {
                match tls {
                    None => connection(stream, shared).await,
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(stream).await {
                            connection(stream, shared).await;
                        }
                    }
                }
            };
            tokio::select! {
                () = work => {}
                _ = stop.changed() => {}
            }
        });
    }
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin + 'static, shared: Arc<Shared>) {
    let service = service_fn(move |request| {
        let shared = shared.clone();
        async move { handle(&shared, request).await }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    // An error here is a client that went away, or a connection that a fault asked to drop.
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

async fn handle(shared: &Shared, request: hyper::Request<Incoming>) -> Result<Response<Full<Bytes>>, io::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let authority = parts.uri.authority().map(ToString::to_string);
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).map(str::to_owned).or(authority);
    let base = format!("{}://{}", shared.scheme, host.unwrap_or_default());
    let mut request = Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        http2: parts.version == hyper::Version::HTTP_2,
        headers: parts.headers,
        body,
    };
    if request.path.starts_with(control::PREFIX) {
        return Ok(respond(control::answer(shared, &request), &base));
    }

    let _present = shared.arrive();
    let (strike, look_back) = {
        let mut faults = lock(&shared.faults);
        (faults.strike(&request.method, &request.path), faults.look_back())
    };
    let delay = shared.config.delay + strike.delay;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let answer = match &strike.kind {
        Some(FaultKind::DropBefore) => {
            record(shared, &request, 0, None);
            return Err(dropped());
        }
        Some(kind) if kind.answer().is_some() => {
            let answer = kind.answer().unwrap_or_else(Answer::crash);
            record(shared, &request, answer.status, None);
            answer
        }
        Some(FaultKind::Stale(writes)) if request.is_read() => read_of_old(shared, &request, *writes),
        Some(FaultKind::Circle(length)) if request.is_read() => {
            let token = request.argument("next_page");
            fault::real_page(&mut request);
            let answer = work(shared, &request, look_back);
            Answer { body: fault::circling(&answer.body, *length, token), ..answer }
        }
        _ => work(shared, &request, look_back),
    };
    match strike.kind {
        Some(FaultKind::DropAfter) => Err(dropped()),
        Some(FaultKind::Mutate(seed)) => {
            let body = fault::mutated(&answer.body, seed);
            Ok(respond(Answer { body, ..answer }, &base))
        }
        Some(FaultKind::Ahead(seconds)) => {
            let mut answer = answer;
            answer.headers.push(("Date", mail_date(now() + seconds * SECOND).replace("-0000", "GMT")));
            Ok(respond(answer, &base))
        }
        Some(FaultKind::Truncate) => Ok(respond(truncated(answer), &base)),
        _ => Ok(respond(answer, &base)),
    }
}

fn dropped() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "dropped on request")
}

fn truncated(mut answer: Answer) -> Answer {
    let middle = (0..=answer.body.len() / 2).rev().find(|at| answer.body.is_char_boundary(*at)).unwrap_or_default();
    answer.body.truncate(middle);
    answer
}

fn work(shared: &Shared, request: &Request, look_back: bool) -> Answer {
    let mut world = lock(&shared.world);
    let World { state, settings, past } = &mut *world;
    if look_back && !request.is_read() {
        past.push(state.clone());
    }
    answer(shared, state, settings, request)
}

/// Answers from the state before the latest writes, and leaves no trace in it.
fn read_of_old(shared: &Shared, request: &Request, writes: usize) -> Answer {
    let mut world = lock(&shared.world);
    let World { state, settings, past } = &mut *world;
    let mut old = past.get(past.len().saturating_sub(writes)).unwrap_or(state).clone();
    answer(shared, &mut old, settings, request)
}

fn answer(shared: &Shared, state: &mut State, settings: &Settings, request: &Request) -> Answer {
    let caller = Caller::identify(request, state);
    // Recorded before the lock is given back, so that the journal has the order of the changes.
    let noted = caller.clone();
    let answer = catch_unwind(AssertUnwindSafe(|| routes::dispatch(state, settings, request, caller)))
        .unwrap_or_else(|_| Answer::crash());
    record(shared, request, answer.status, Some(&noted));
    answer
}

fn record(shared: &Shared, request: &Request, status: u16, caller: Option<&Caller>) {
    lock(&shared.journal).push(Exchange {
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone(),
        http2: request.http2,
        status,
        request: request.lenient_json(),
        auth: caller.map_or(AuthKind::Anonymous, |caller| caller.kind),
        user: caller.and_then(|caller| caller.user.clone()),
        at: shared.started.elapsed(),
    });
}

fn respond(answer: Answer, base: &str) -> Response<Full<Bytes>> {
    let host = base.split_once("://").map_or("", |(_, host)| host);
    let filled = |text: String| {
        if text.contains(NAME_MARK) { text.replace(HOST_MARK, base).replace(NAME_MARK, host) } else { text }
    };
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&answer.content_type) {
        headers.insert(CONTENT_TYPE, value);
    }
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&filled(value)))
        {
            headers.append(name, value);
        }
    }
    let mut response = Response::new(Full::new(Bytes::from(filled(answer.body))));
    // Statuses come from our own handlers and from faults; one outside 100-999 falls back to 200.
    *response.status_mut() = answer.status.try_into().unwrap_or_default();
    *response.headers_mut() = headers;
    response
}
