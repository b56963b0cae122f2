//! The same call over standard input and output, for servers that are programs of one client.

use crate::{
    load::{Latencies, ms},
    process::{Usage, binary, home},
    report::Row,
};
use std::{
    io::{BufRead, BufReader, Lines, Write},
    net::SocketAddr,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// A program that speaks MCP over its standard input and output.
pub struct Program {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    call: String,
    asked: usize,
}

impl Program {
    /// This repository's own `stdio`, with that upstream as its Intercom.
    pub fn frontdesk(upstream: SocketAddr) -> Self {
        let mut command = frontdesk();
        command.env("INTERCOM_BASE_URL", format!("http://{upstream}"));
        Self::start(
            &mut command,
            "get_contact",
            r#"{"id":"66f0aa00bb11cc22dd33ee55"}"#,
        )
    }

    /// Starts a program and shakes hands.
    pub fn start(command: &mut Command, tool: &str, arguments: &str) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let input = child.stdin.take().expect("its input");
        let output = BufReader::new(child.stdout.take().expect("its output")).lines();
        let call = format!(
            r#""method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}"#
        );
        let mut program = Self {
            child,
            input,
            output,
            call,
            asked: 0,
        };
        program.say(
            r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#,
        );
        program.answer();
        program.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        program
    }

    /// Latency one after the other, then throughput with that many calls in flight.
    pub fn measure(mut self, name: &str, calls: usize, in_flight: usize, busy: Duration) -> Row {
        let idle_mb = self.child.resident_mb();
        self.latencies(calls / 10);
        let latencies = self.latencies(calls);
        let (before, start) = (self.child.cpu(), Instant::now());
        let done = self.flood(in_flight, busy);
        let (cpu, took) = (self.child.cpu().saturating_sub(before), start.elapsed());
        let row = Row {
            name: name.to_owned(),
            median: latencies.median(),
            p99: latencies.percentile(99),
            per_second: done as f64 / took.as_secs_f64(),
            cpu_per_call: cpu / u32::try_from(done).unwrap_or(u32::MAX),
            idle_mb,
            busy_mb: self.child.resident_mb(),
        };
        let _ = self.child.kill();
        let _ = self.child.wait();
        row
    }

    fn latencies(&mut self, calls: usize) -> Latencies {
        Latencies::sorted((0..calls).map(|_| {
            let start = Instant::now();
            self.ask();
            self.answer();
            start.elapsed()
        }))
    }

    fn flood(&mut self, in_flight: usize, busy: Duration) -> usize {
        let end = Instant::now() + busy;
        (0..in_flight).for_each(|_| self.ask());
        let mut done = 0;
        while Instant::now() < end {
            self.answer();
            self.ask();
            done += 1;
        }
        (0..in_flight).for_each(|_| self.answer());
        done + in_flight
    }

    /// Calls the tool; no two calls in flight may have one id.
    fn ask(&mut self) {
        self.asked += 1;
        let line = format!(r#"{{"jsonrpc":"2.0","id":{},{}}}"#, self.asked, self.call);
        self.say(&line);
    }

    fn say(&mut self, line: &str) {
        writeln!(self.input, "{line}")
            .and_then(|()| self.input.flush())
            .expect("a request is sent");
    }

    /// Reads until the next answer, which must not be an error.
    fn answer(&mut self) {
        let line = self
            .output
            .by_ref()
            .map_while(Result::ok)
            .find(|line| line.contains(r#""id":"#))
            .expect("an answer");
        assert!(
            !line.contains(r#""error":{"#) && !line.contains(r#""isError":true"#),
            "{line}"
        );
    }
}

/// The median and worst of 20 starts of `stdio`, from exec to the whole tools/list answer.
pub fn cold_start() -> String {
    let times = Latencies::sorted((0..20).map(|_| one_start()));
    format!(
        "{:.1} ms median, {:.1} ms worst of 20",
        ms(times.median()),
        ms(times.percentile(100))
    )
}

fn one_start() -> Duration {
    let start = Instant::now();
    let mut program = Program::start(&mut frontdesk(), "", "{}");
    program.say(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
    program.answer();
    let time = start.elapsed();
    let Program {
        mut child, input, ..
    } = program;
    drop(input);
    child
        .wait()
        .expect("frontdesk ends at the end of its input");
    time
}

fn frontdesk() -> Command {
    let mut command = Command::new(binary());
    command
        .arg("stdio")
        .env("INTERCOM_ACCESS_TOKEN", "bench")
        .env("FRONTDESK_HOME", home());
    command
}
