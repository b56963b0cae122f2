//! A load generator that costs little: prepared bytes, keep-alive connections, no HTTP library.

use std::{
    net::SocketAddr,
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What is asked, of whom.
#[derive(Clone)]
pub struct Target {
    address: SocketAddr,
    request: Rc<[u8]>,
}

impl Target {
    /// The upstream's own answer.
    pub fn direct(address: SocketAddr) -> Self {
        let request = format!(
            "GET /contacts/66f0aa00bb11cc22dd33ee55 HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer bench\r\naccept: application/json\r\n\r\n"
        );
        Self {
            address,
            request: request.into_bytes().into(),
        }
    }

    /// `get_contact` through Frontdesk, in the stateless protocol.
    pub fn frontdesk(address: SocketAddr, token: &str) -> Self {
        let headers = format!(
            "authorization: Bearer {token}\r\nmcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\nmcp-name: get_contact\r\n"
        );
        let arguments = r#"{"id":"66f0aa00bb11cc22dd33ee55"}"#;
        let meta = r#","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
        Self::call(address, &headers, "get_contact", arguments, meta)
    }

    /// The same call through a peer, after the handshake that it wants.
    pub async fn peer(address: SocketAddr, tool: &str, arguments: &str) -> Self {
        let hello = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#;
        let opening = Self {
            address,
            request: post(address, "", hello).into(),
        };
        let mut connection = Connection::open(&opening).await;
        connection.exchange(&opening.request).await;
        let session = connection
            .header("mcp-session-id")
            .map(|id| format!("mcp-session-id: {id}\r\n"))
            .unwrap_or_default();
        let ready = post(
            address,
            &session,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        );
        connection.exchange(&ready).await;
        Self::call(address, &session, tool, arguments, "")
    }

    fn call(address: SocketAddr, headers: &str, tool: &str, arguments: &str, meta: &str) -> Self {
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}{meta}}}}}"#
        );
        Self {
            address,
            request: post(address, headers, &body).into(),
        }
    }
}

fn post(address: SocketAddr, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "POST /mcp HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\naccept: application/json, text/event-stream\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sorted latencies.
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// These latencies.
    pub fn sorted(times: impl Iterator<Item = Duration>) -> Self {
        let mut all: Vec<Duration> = times.collect();
        all.sort_unstable();
        Self(all)
    }

    /// The middle one.
    pub fn median(&self) -> Duration {
        self.percentile(50)
    }

    /// The one that `percent` in a hundred do not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        self.0[(self.0.len() * percent / 100).min(self.0.len() - 1)]
    }
}

/// How often callers of a throughput run were told to come again.
pub static TURNED_AWAY: AtomicUsize = AtomicUsize::new(0);
/// When they do, as the server says.
const AGAIN: Duration = Duration::from_secs(1);

/// Calls of one target.
pub struct Load {
    target: Target,
}

impl Load {
    /// Load on a target.
    pub fn new(target: Target) -> Self {
        Self { target }
    }

    /// One caller, one call after the other.
    pub async fn latencies(&self, calls: usize) -> Latencies {
        let mut connection = Connection::open(&self.target).await;
        let mut all = Vec::with_capacity(calls);
        for _ in 0..calls {
            let start = Instant::now();
            connection.exchange(&self.target.request).await;
            all.push(start.elapsed());
        }
        Latencies::sorted(all.into_iter())
    }

    /// Many callers for a while; the answer is how many calls were done.
    pub async fn during(&self, callers: usize, time: Duration) -> usize {
        let end = Instant::now() + time;
        self.run(callers, move |_| Instant::now() < end).await
    }

    /// Many callers until that many calls are done.
    pub async fn calls(&self, callers: usize, total: usize) {
        self.run(callers, move |done| done < total / callers).await;
    }

    async fn run(&self, callers: usize, go_on: impl Fn(usize) -> bool + Copy + 'static) -> usize {
        let target = self.target.clone();
        let local = tokio::task::LocalSet::new();
        local
            .run_until(async move {
                let tasks: Vec<_> = (0..callers)
                    .map(|_| {
                        let target = target.clone();
                        tokio::task::spawn_local(async move {
                            let mut connection = Connection::open(&target).await;
                            let mut done = 0;
                            while go_on(done) {
                                if connection.taken(&target.request).await {
                                    done += 1;
                                } else {
                                    TURNED_AWAY.fetch_add(1, Ordering::Relaxed);
                                    tokio::time::sleep(AGAIN).await;
                                }
                            }
                            done
                        })
                    })
                    .collect();
                let mut total = 0;
                for task in tasks {
                    total += task.await.expect("a caller");
                }
                total
            })
            .await
    }
}

/// One keep-alive connection.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    head: usize,
}

impl Connection {
    async fn open(target: &Target) -> Self {
        let stream = TcpStream::connect(target.address)
            .await
            .expect("the server listens");
        stream.set_nodelay(true).expect("TCP_NODELAY");
        Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
            head: 0,
        }
    }

    /// Sends a request; whether it was taken: a busy server says 503, and that one may come again.
    async fn taken(&mut self, request: &[u8]) -> bool {
        self.answer(request).await;
        let busy = self.buffer.starts_with(b"HTTP/1.1 503");
        if !busy {
            self.good();
        }
        !busy
    }

    /// Sends a request and reads its whole answer, which must be a success without a tool error.
    async fn exchange(&mut self, request: &[u8]) {
        self.answer(request).await;
        self.good();
    }

    async fn answer(&mut self, request: &[u8]) {
        self.stream
            .write_all(request)
            .await
            .expect("a request is sent");
        self.buffer.clear();
        let mut end = None;
        while end.is_none_or(|end| self.buffer.len() < end) {
            let read = self
                .stream
                .read_buf(&mut self.buffer)
                .await
                .expect("an answer is read");
            assert!(
                read > 0,
                "the server hung up: {}",
                String::from_utf8_lossy(&self.buffer)
            );
            end = end.or_else(|| self.length());
            if end.is_none() && self.head > 0 && self.buffer.ends_with(b"0\r\n\r\n") {
                break;
            }
        }
    }

    fn good(&self) {
        let ok =
            self.buffer.starts_with(b"HTTP/1.1 20") && !contains(&self.buffer, b"\"isError\":true");
        assert!(ok, "{}", String::from_utf8_lossy(&self.buffer));
    }

    /// The answer's length in bytes, once its head is there and says so.
    fn length(&mut self) -> Option<usize> {
        let head = self
            .buffer
            .windows(4)
            .position(|window| window == b"\r\n\r\n")?
            + 4;
        self.head = head;
        if self.buffer.starts_with(b"HTTP/1.1 202") && self.header("content-length").is_none() {
            return Some(head);
        }
        self.header("content-length")
            .map(|length| head + length.parse::<usize>().expect("a length"))
    }

    fn header(&self, name: &str) -> Option<String> {
        let head = std::str::from_utf8(&self.buffer[..self.head]).ok()?;
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    }
}

/// Sends each request once, shared among so many callers; the latencies of all.
pub async fn each(targets: &[Target], callers: usize) -> Latencies {
    let local = tokio::task::LocalSet::new();
    let share = targets.len().div_ceil(callers).max(1);
    let times = local.run_until(async {
        let tasks: Vec<_> = targets
            .chunks(share)
            .map(|targets| {
                let targets = targets.to_vec();
                tokio::task::spawn_local(async move {
                    let mut connection = Connection::open(&targets[0]).await;
                    let mut times = Vec::with_capacity(targets.len());
                    for target in &targets {
                        let start = Instant::now();
                        while !connection.taken(&target.request).await {
                            TURNED_AWAY.fetch_add(1, Ordering::Relaxed);
                            tokio::time::sleep(AGAIN).await;
                        }
                        times.push(start.elapsed());
                    }
                    times
                })
            })
            .collect();
        let mut all = Vec::with_capacity(targets.len());
        for task in tasks {
            all.extend(task.await.expect("a caller"));
        }
        all
    });
    Latencies::sorted(times.await.into_iter())
}

/// Milliseconds with their fraction.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
