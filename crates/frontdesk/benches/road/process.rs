//! The programs under measurement, each a process of its own, so that its CPU time and memory are its own.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// What a process uses, as the kernel counts it.
pub trait Usage {
    /// CPU time so far, all threads together.
    fn cpu(&self) -> Duration;
    /// Resident memory in megabytes.
    fn resident_mb(&self) -> f64;
}

impl Usage for Child {
    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id()))
            .expect("a running process");
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .expect("fields")
            .split_whitespace()
            .collect();
        let ticks: u64 = fields[11].parse::<u64>().expect("user ticks")
            + fields[12].parse::<u64>().expect("system ticks");
        // Linux counts in hundredths of a second on every platform Rust supports.
        Duration::from_millis(ticks * 10)
    }

    fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()))
            .expect("a running process");
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .expect("resident memory");
        line.split_whitespace()
            .nth(1)
            .expect("kilobytes")
            .parse::<f64>()
            .expect("a number")
            / 1024.0
    }
}

/// A running HTTP server.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its process.
    pub child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary that is measured: the one that was built with this bench, or another one.
pub fn binary() -> PathBuf {
    let named = std::env::var_os("FRONTDESK_BIN").map(PathBuf::from);
    named.unwrap_or_else(|| env!("CARGO_BIN_EXE_frontdesk").into())
}

impl Server {
    /// This program again, as the upstream.
    pub fn upstream() -> Self {
        let own = std::env::current_exe().expect("this program's path");
        Self::start(Command::new(own).arg("--upstream"))
    }

    /// The release binary, with that upstream as its Intercom.
    pub fn frontdesk(upstream: SocketAddr) -> Self {
        let mut command = Command::new(binary());
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("FRONTDESK_TOKEN", "bench")
            .env("FRONTDESK_HOME", home())
            .env("INTERCOM_ACCESS_TOKEN", "bench")
            .env("INTERCOM_BASE_URL", format!("http://{upstream}"));
        Self::start(&mut command)
    }

    /// The release binary, with the tenants of that database and their keys in that folder.
    pub fn tenants(upstream: SocketAddr, database: &str, home: &Path) -> Self {
        let mut command = Command::new(binary());
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("FRONTDESK_DATABASE", database)
            .env("FRONTDESK_HOME", home)
            .env_remove("INTERCOM_ACCESS_TOKEN")
            .env("INTERCOM_BASE_URL", format!("http://{upstream}"));
        Self::start(&mut command)
    }

    /// Starts a program whose first line with an address tells where it listens.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split("http://")
                    .nth(1)?
                    .split(['/', ' '])
                    .next()?
                    .parse()
                    .ok()
            })
            .expect("the program tells where it listens");
        // Whatever else it says must not fill the pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).count());
        await_listening(address);
        Self { address, child }
    }
}

/// A peer that `e2e/peers.sh` installed.
pub struct Peer {
    /// Its name in the table.
    pub name: String,
    /// `http` or `stdio`.
    pub transport: String,
    /// The tool that reads a contact.
    pub tool: String,
    /// That tool's arguments.
    pub arguments: String,
    command: String,
}

impl Peer {
    /// All peers of the list: a line each with name, transport, tool, arguments, command.
    pub fn all() -> Vec<Self> {
        let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/.peers/list");
        let text = std::fs::read_to_string(&list)
            .unwrap_or_else(|error| panic!("run e2e/peers.sh first: {}: {error}", list.display()));
        text.lines()
            .map(|line| {
                let fields: Vec<String> = line.splitn(5, '\t').map(str::to_owned).collect();
                let [name, transport, tool, arguments, command] = fields
                    .try_into()
                    .unwrap_or_else(|_| panic!("not a peer: {line}"));
                Self {
                    name,
                    transport,
                    tool,
                    arguments,
                    command,
                }
            })
            .collect()
    }

    /// The command that starts it on that upstream.
    pub fn command(&self, upstream: SocketAddr) -> Command {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("exec {}", self.command)])
            .env("UPSTREAM", format!("http://{upstream}"));
        shell
    }
}

/// A folder for the state of the programs under measurement.
pub fn home() -> PathBuf {
    std::env::temp_dir().join(format!("frontdesk-bench-{}", std::process::id()))
}

fn await_listening(address: SocketAddr) {
    let end = Instant::now() + Duration::from_mins(1);
    while std::net::TcpStream::connect(address).is_err() {
        assert!(Instant::now() < end, "nothing listens at {address}");
        std::thread::yield_now();
    }
}
