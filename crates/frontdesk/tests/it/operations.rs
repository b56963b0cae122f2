//! Running a server: what is swept, and what happens when nothing can be recorded.

use crate::house::{House, wide};
use frontdesk::tenants::NewEndpoint;
use sqlx::{AnyConnection, Connection as _, Executor};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use store::{
    DAY, Idempotent, OauthClient, StoreError, Tenant, TenantScope, Turn, TurnState, Verdict,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// The database of a house, past the store.
async fn raw(house: &House) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let place = secrecy::ExposeSecret::expose_secret(house.config.database.as_ref().unwrap());
    let url = if place.starts_with("postgres") {
        place.to_owned()
    } else {
        format!("sqlite://{place}")
    };
    AnyConnection::connect(&url).await.unwrap()
}

async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !so().await {
        assert!(start.elapsed() < Duration::from_mins(1), "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

impl House {
    pub(crate) async fn furnished_for(&self, tenant: &str) -> String {
        let connection = self.connect(tenant, None).await.unwrap();
        self.endpoint(tenant, Some(&connection)).await.1
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let url = format!("http://{}{path}", self.server.addr);
        let answer = self.http.get(url).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

/// Two tenants with calls on record, the second one on legal hold.
async fn recorded(house: &House) -> [TenantScope; 2] {
    for tenant in ["acme", "globex"] {
        let token = house.furnished_for(tenant).await;
        for _ in 0..3 {
            assert_eq!(house.call(None, Some(&token), "get_me").await.0, 200);
        }
    }
    house.tenants.gateway().flush().await;
    let scopes = ["acme", "globex"].map(|tenant| house.tenants.store().scope(tenant).unwrap());
    hold(&scopes[1], true).await;
    scopes
}

async fn hold(scope: &TenantScope, legal_hold: bool) {
    let tenant = scope.describe().await.unwrap();
    let held = Tenant {
        legal_hold,
        ..tenant
    };
    scope.update_tenant(held).await.unwrap();
}

/// A turn of the agent with its plan.
async fn plan_words(scope: &TenantScope, now: i64) {
    let turn = Turn {
        id: "turn".into(),
        delivery_id: None,
        conversation_id: "123".into(),
        state: TurnState::Done,
        outcome: None,
        created_at: now,
        updated_at: now,
    };
    scope.create_turn(turn).await.unwrap();
    let planned = scope.begin_step("turn", "plan", "words", now).await;
    planned.unwrap();
}

async fn whole(scope: &TenantScope) {
    let verdict = scope.verify_audit(None).await.unwrap();
    assert!(matches!(verdict, Verdict::Whole { .. }), "{verdict:?}");
}

#[tokio::test]
async fn what_has_ended_is_swept_and_the_chain_stays_whole() {
    let house = House::new().await;
    let now = store::now();
    let [acme, globex] = recorded(&house).await;
    let connection = acme.connections("", 1).await.unwrap().pop();
    let short = NewEndpoint {
        expires_at: Some(now + 1_000),
        settings: wide(),
        connection: connection.map(|row| row.id),
        ..NewEndpoint::default()
    };
    let (short, _) = house.endpoint_like("acme", short).await;
    let system = house.tenants.store().system();
    let client = OauthClient {
        client_id: "fdc_unused".into(),
        kind: "registered".into(),
        metadata: "{}".into(),
        created_at: now,
        last_used_at: None,
    };
    system.keep_oauth_client(client).await.unwrap();
    let unused = async || system.oauth_client("fdc_unused").await.is_ok();
    let asked_again = async || acme.begin_idempotent("key", [1; 32], now).await.unwrap();
    assert_eq!(asked_again().await, Idempotent::New);
    plan_words(&acme, now).await;
    let plan = async || acme.steps("turn").await.unwrap().remove(0).intent;

    // An hour later all of it is still there.
    house.tenants.sweep(now + DAY / 24).await.unwrap();
    assert!(acme.endpoint(&short).await.is_ok());
    assert_eq!(asked_again().await, Idempotent::UnderWay);
    assert!(unused().await);

    // Two days later what ended is gone, and the log is not.
    house.tenants.sweep(now + 2 * DAY).await.unwrap();
    let gone = acme.endpoint(&short).await;
    assert!(matches!(gone, Err(StoreError::NotFound { .. })), "{gone:?}");
    assert_eq!(asked_again().await, Idempotent::New);
    assert!(!unused().await);
    assert_eq!(
        acme.endpoints("", 10).await.unwrap().len(),
        1,
        "the other one stays"
    );
    let before = acme.audit_after(0, 100).await.unwrap().len();
    assert!(before >= 6);
    assert_eq!(plan().await, "words");

    // A day after its ninety the log is gone, but for what tells so; on hold it is all there.
    let late = now + 91 * DAY;
    let swept = house.tenants.sweep(late).await.unwrap();
    assert_eq!(swept.entries, i64::try_from(before).unwrap());
    assert_eq!(plan().await, "", "no words of a plan are kept");
    let left = acme.audit_after(0, 100).await.unwrap();
    let kinds: Vec<&str> = left.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["prune"]);
    assert_eq!(globex.audit_after(0, 100).await.unwrap().len(), before);
    whole(&acme).await;
    whole(&globex).await;
    assert_eq!(house.tenants.sweep(late).await.unwrap().entries, 0);
    hold(&globex, false).await;
    assert!(house.tenants.sweep(late).await.unwrap().entries > 0);
    whole(&globex).await;
}

#[tokio::test]
async fn calls_that_cannot_be_recorded_are_refused() {
    let house = House::new().await;
    let token = house.furnished_for("acme").await;
    let call = async |tool: &str| house.call(None, Some(&token), tool).await.0;
    assert_eq!(call("get_me").await, 200);
    let mut raw = raw(&house).await;
    raw.execute("ALTER TABLE audit_entries RENAME TO audit_gone")
        .await
        .unwrap();
    // What writes waits for the disk and hears of it; what reads is refused from then on.
    assert_eq!(call("create_or_update_tag").await, 503);
    until("reads are refused", async || call("get_me").await == 503).await;
    assert_eq!(house.get("/readyz").await.0, 503);
    assert_eq!(house.get("/healthz").await.0, 200);
    raw.execute("ALTER TABLE audit_gone RENAME TO audit_entries")
        .await
        .unwrap();
    until("calls go on", async || call("get_me").await == 200).await;
    assert_eq!(house.get("/readyz").await.0, 200);
    house.tenants.gateway().flush().await;

    // A disk that hangs is as bad as one that fails.
    raw.execute("BEGIN EXCLUSIVE").await.unwrap();
    let began = Instant::now();
    assert_eq!(call("create_or_update_tag").await, 503);
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    raw.execute("ROLLBACK").await.unwrap();
    until("calls go on", async || call("get_me").await == 200).await;
    house.tenants.gateway().flush().await;
    whole(&house.tenants.store().scope("acme").unwrap()).await;
}

/// Carries bytes to Postgres until it is cut.
async fn cable(to: String) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let carrying = tokio::spawn(async move {
        // Dropped with this task, all connections end.
        let mut lines = JoinSet::new();
        while let Ok((mut near, _)) = listener.accept().await {
            let to = to.clone();
            lines.spawn(async move {
                if let Ok(mut far) = TcpStream::connect(&to).await {
                    // Either side may end it.
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                }
            });
        }
    });
    (addr, carrying)
}

#[tokio::test]
async fn a_database_that_is_cut_off_has_calls_refused() {
    let server = std::env::var("FRONTDESK_TEST_POSTGRES")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
    sqlx::any::install_default_drivers();
    let Ok(mut owner) = AnyConnection::connect(&server).await else {
        return;
    };
    let schema = format!("it_{}", store::new_id());
    let run = async |owner: &mut AnyConnection, text: String| {
        owner
            .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(text)))
            .await
            .unwrap();
    };
    run(&mut owner, format!("CREATE SCHEMA {schema}")).await;
    let (head, rest) = server.split_once('@').unwrap();
    let (address, database) = rest.split_once('/').unwrap();
    let (cable_at, cable) = cable(address.to_owned()).await;
    let database = database.split('?').next().unwrap();
    let url = format!("{head}@{cable_at}/{database}?options=-csearch_path%3D{schema}");
    let house = House::set(|config| config.database = Some(url.into())).await;
    let token = house.furnished_for("acme").await;
    let call = async |tool: &str| house.call(None, Some(&token), tool).await.0;
    assert_eq!(call("get_me").await, 200);
    cable.abort();
    let began = Instant::now();
    // What writes is refused from the moment that the last bytes are through, what reads a second later.
    until("writes are refused", async || {
        call("create_or_update_tag").await == 503
    })
    .await;
    until("all is refused", async || call("get_me").await == 503).await;
    assert!(
        began.elapsed() < Duration::from_mins(1),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(house.get("/readyz").await.0, 503);
    drop(house);
    run(&mut owner, format!("DROP SCHEMA {schema} CASCADE")).await;
}
