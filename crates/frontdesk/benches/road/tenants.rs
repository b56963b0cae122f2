//! What a call costs more on a server of many tenants (its door, policy, a sealed credential, the audit log in the
//! database) than on that of one access token: the servers take turns, and medians over all rounds are compared.

use crate::{
    load::{Load, TURNED_AWAY, Target, ms},
    process::{Server, Usage, home},
};
use frontdesk::{
    app,
    config::Config,
    tenants::{NewEndpoint, Tenants},
};
use gateway::vault::{Place, TOKEN};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor};
use std::{net::SocketAddr, path::PathBuf, sync::atomic::Ordering, time::Duration};
use store::{Connection, ConnectionState, Tenant};

const ROUNDS: usize = 7;
/// Calls of a round one after the other.
const SEQUENTIAL: usize = 3_000;
/// How long a round's many callers call.
const BUSY: Duration = Duration::from_secs(2);
const CALLERS: usize = 32;

/// A server in the comparison.
struct Contender {
    name: &'static str,
    server: Server,
    load: Load,
    rounds: Vec<Round>,
}

struct Round {
    median: Duration,
    p99: Duration,
    per_second: f64,
    cpu: Duration,
}

/// A desk that is being furnished, in this process, before its server starts.
pub struct Desk {
    /// Its tenants.
    pub tenants: Tenants,
    database: String,
    home: PathBuf,
    upstream: SocketAddr,
}

impl Desk {
    /// An empty one in that database, a path or a URL.
    pub async fn open(upstream: SocketAddr, name: &str, database: Option<String>) -> Self {
        let home = home().join(name);
        let database = database.unwrap_or_else(|| home.join("desk.db").display().to_string());
        let config = Config {
            base_url: Some(format!("http://{upstream}")),
            access_token: None,
            database: Some(database.clone().into()),
            home: Some(home.clone()),
            ..Config::default()
        };
        Self {
            tenants: app::tenants(&config).await.expect("a desk"),
            database,
            home,
            upstream,
        }
    }

    /// A tenant with a connection and that many endpoints over it; their tokens.
    pub async fn add(&self, tenant: &str, endpoints: usize) -> Vec<String> {
        let store = self.tenants.store();
        let system = store.system();
        let made = system.create_tenant(Tenant::new(tenant, tenant));
        made.await.expect("a new tenant");
        let scope = store.scope(tenant).expect("an id");
        let connection = connection();
        let id = connection.id.clone();
        scope
            .create_connection(connection)
            .await
            .expect("a new connection");
        let place = Place {
            tenant,
            row: &id,
            column: TOKEN,
        };
        let sealed = self.tenants.keyring().seal(&place, &"bench".into()).await;
        let sealed = sealed.expect("a key");
        scope
            .keep_credential(&id, TOKEN, sealed.as_bytes().to_vec(), sealed.key_id())
            .await
            .expect("the credential is kept");
        let mut tokens = Vec::with_capacity(endpoints);
        for _ in 0..endpoints {
            let new = NewEndpoint {
                name: "bench".into(),
                connection: Some(id.clone()),
                ..NewEndpoint::default()
            };
            let made = self.tenants.create_endpoint(tenant, new).await;
            tokens.push(made.expect("a new endpoint").1.tell().to_owned());
        }
        tokens
    }

    /// Its server, when all is furnished.
    pub async fn serve(self) -> Server {
        self.tenants.gateway().flush().await;
        self.tenants.store().clone().close().await;
        Server::tenants(self.upstream, &self.database, &self.home)
    }
}

fn connection() -> Connection {
    Connection {
        id: store::new_id(),
        user_id: None,
        app_id: None,
        region: "us".into(),
        base_url: None,
        workspace_id: Some("bench".into()),
        workspace_name: Some("Bench".into()),
        admin_id: Some("7001".into()),
        admin_name: Some("Bench".into()),
        state: ConnectionState::Active,
        reason: None,
        checked_at: Some(store::now()),
        created_at: store::now(),
        updated_at: store::now(),
    }
}

/// A schema of its own in Postgres; none where there is none.
struct Schema {
    owner: AnyConnection,
    name: String,
    url: String,
}

impl Schema {
    async fn fresh() -> Option<Self> {
        sqlx::any::install_default_drivers();
        let server = std::env::var("FRONTDESK_TEST_POSTGRES")
            .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
        let owner = AnyConnection::connect(&server).await.ok()?;
        let name = format!("bench_{}", store::new_id());
        let bare = server.split('?').next().unwrap_or_default();
        let url = format!("{bare}?options=-csearch_path%3D{name}");
        let mut schema = Self { owner, name, url };
        schema.run("CREATE SCHEMA", "").await;
        Some(schema)
    }

    async fn run(&mut self, head: &str, tail: &str) {
        let text = format!("{head} {} {tail}", self.name);
        let statement = sqlx::raw_sql(AssertSqlSafe(text));
        self.owner.execute(statement).await.expect("a schema");
    }
}

/// Prints the comparison.
pub async fn compare(upstream: SocketAddr) {
    let single = Server::frontdesk(upstream);
    let target = Target::frontdesk(single.address, "bench");
    let mut contenders = vec![Contender::new("one access token", single, target)];
    contenders.push(tenants("tenants on SQLite", upstream, None).await);
    let schema = Schema::fresh().await;
    if let Some(schema) = &schema {
        let url = Some(schema.url.clone());
        contenders.push(tenants("tenants on Postgres", upstream, url).await);
    }
    for contender in &contenders {
        contender.load.latencies(SEQUENTIAL / 3).await;
        contender.load.during(CALLERS, BUSY / 2).await;
    }
    for _ in 0..ROUNDS {
        for contender in &mut contenders {
            contender.round().await;
        }
    }
    report(&contenders);
    drop(contenders);
    if let Some(mut schema) = schema {
        schema.run("DROP SCHEMA", "CASCADE").await;
    }
    // Left behind, the folder only costs space.
    let _ = std::fs::remove_dir_all(home());
}

async fn tenants(name: &'static str, upstream: SocketAddr, database: Option<String>) -> Contender {
    let folder = if database.is_some() {
        "postgres"
    } else {
        "sqlite"
    };
    let desk = Desk::open(upstream, folder, database).await;
    let token = desk.add("bench", 1).await.remove(0);
    let server = desk.serve().await;
    let target = Target::frontdesk(server.address, &token);
    Contender::new(name, server, target)
}

impl Contender {
    fn new(name: &'static str, server: Server, target: Target) -> Self {
        Self {
            name,
            server,
            load: Load::new(target),
            rounds: Vec::with_capacity(ROUNDS),
        }
    }

    async fn round(&mut self) {
        let latencies = self.load.latencies(SEQUENTIAL).await;
        let before = self.server.child.cpu();
        let done = self.load.during(CALLERS, BUSY).await;
        let cpu = self.server.child.cpu().saturating_sub(before);
        self.rounds.push(Round {
            median: latencies.median(),
            p99: latencies.percentile(99),
            per_second: done as f64 / BUSY.as_secs_f64(),
            cpu: cpu / u32::try_from(done.max(1)).unwrap_or(u32::MAX),
        });
    }

    fn middle(&self, of: impl Fn(&Round) -> f64) -> f64 {
        let mut all: Vec<f64> = self.rounds.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    }
}

fn report(contenders: &[Contender]) {
    println!(
        "| | p50 ms | added | p99 ms | added | 32 callers, calls/s | of the first | CPU µs a call | resident MB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let first = &contenders[0];
    for contender in contenders {
        let both = |of: fn(&Round) -> f64| {
            let own = contender.middle(of);
            (own, own - first.middle(of))
        };
        let (median, median_added) = both(|round| ms(round.median));
        let (p99, p99_added) = both(|round| ms(round.p99));
        let (busy, _) = both(|round| round.per_second);
        println!(
            "| {} | {median:.3} | {median_added:+.3} | {p99:.3} | {p99_added:+.3} | {busy:.0} | {:.0} % | {:.1} | {:.1} |",
            contender.name,
            100.0 * busy / first.middle(|round| round.per_second),
            contender.middle(|round| round.cpu.as_secs_f64() * 1e6),
            contender.server.child.resident_mb(),
        );
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!(
        "medians of {ROUNDS} rounds in turns; told 503 and came again: {}; load average at the end: {}",
        TURNED_AWAY.load(Ordering::Relaxed),
        load.trim()
    );
}
