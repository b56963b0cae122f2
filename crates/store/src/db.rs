//! The database behind the store: a SQLite file with one writer and a few readers, or a pool of Postgres connections.

use crate::{
    EngineError, Latency, StoreError,
    latency::Clock,
    migrate, postgres,
    sql::{Tx, Work},
    writer::Writer,
};
use sqlx::{
    AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions, Connection, Executor,
    any::{AnyConnectOptions, AnyPoolOptions},
};
use std::{
    fmt::{self, Write as _},
    fs::{File, OpenOptions},
    io::ErrorKind,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// How every SQLite connection is set up: a commit is on disk when it returns, and readers never wait for the writer.
const SQLITE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; \
                      PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY";

/// What a reader is set up with besides: it cannot write by mistake.
const READER: &str = "PRAGMA query_only = ON";

/// How long a connection may have been idle before it is asked whether it still lives.
const IDLE: Duration = Duration::from_secs(5);

/// Where the data live.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A SQLite file, made where it is missing.
    File(PathBuf),
    /// A `postgres://` URL; it may hold a password, so it is never shown.
    Postgres(String),
}

/// How much the store may take of the machine and of the caller's time.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Postgres connections, or SQLite readers.
    pub connections: u32,
    /// How long a caller waits for a free connection.
    pub acquire: Duration,
    /// How long a caller waits for an answer.
    pub patience: Duration,
}

impl Options {
    /// For a command whose caller would rather wait than run it again.
    pub fn patient() -> Self {
        Self {
            acquire: Duration::from_mins(1),
            patience: Duration::from_mins(1),
            ..Self::default()
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections: 8,
            acquire: Duration::from_millis(800),
            patience: Duration::from_secs(5),
        }
    }
}

/// The store. Clones share one database.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    pool: AnyPool,
    /// SQLite has one writer; Postgres writes through the pool.
    writer: Option<(Writer, JoinHandle<()>)>,
    patience: Duration,
    reads: Clock,
    writes: Clock,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres"),
        }
    }
}

impl Place {
    /// A Postgres URL, or else the path of a file.
    pub fn parse(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Self::Postgres(text.to_owned())
        } else {
            Self::File(text.trim_start_matches("sqlite://").into())
        }
    }
}

impl Store {
    /// Opens the database and brings its schema up to date; two that start at once wait for each other.
    pub async fn open(place: &Place, options: Options) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        match place {
            Place::File(path) => Self::open_file(path, options).await,
            Place::Postgres(url) => Self::open_postgres(url, options).await,
        }
    }

    /// Waits for the writes under way and closes all connections.
    pub async fn close(self) {
        self.inner.pool.close().await;
        if let Some(inner) = Arc::into_inner(self.inner)
            && let Some((writer, task)) = inner.writer
        {
            drop(writer);
            // A writer that panicked has nothing left to write.
            let _ = task.await;
        }
    }

    /// How long reads and writes took since the start, waiting for a connection or a commit included.
    pub fn latency(&self) -> (Latency, Latency) {
        (self.inner.reads.read(), self.inner.writes.read())
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        tenant: Option<Arc<str>>,
        work: impl Work<T>,
    ) -> Result<T, StoreError> {
        let began = Instant::now();
        let result = self.read_with(tenant, work).await;
        self.inner.reads.count(began.elapsed());
        result
    }

    async fn read_with<T: Send + 'static>(
        &self,
        tenant: Option<Arc<str>>,
        work: impl Work<T>,
    ) -> Result<T, StoreError> {
        if self.inner.writer.is_none() {
            return self.patiently(self.transact(tenant, work)).await;
        }
        let reading = async {
            let mut connection = self.inner.pool.acquire().await?;
            work(&mut Tx::new(&mut connection, tenant)).await
        };
        self.patiently(reading).await
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        tenant: Option<Arc<str>>,
        work: impl Work<T>,
    ) -> Result<T, StoreError> {
        let began = Instant::now();
        let result = match &self.inner.writer {
            Some((writer, _)) => writer.write(tenant, work).await,
            None => self.patiently(self.transact(tenant, work)).await,
        };
        self.inner.writes.count(began.elapsed());
        result
    }

    /// A Postgres transaction under the tenant's row-level security.
    async fn transact<T: Send + 'static>(
        &self,
        tenant: Option<Arc<str>>,
        work: impl Work<T>,
    ) -> Result<T, StoreError> {
        let mut transaction = self.inner.pool.begin().await?;
        postgres::enter(&mut transaction, tenant.as_deref()).await?;
        let value = work(&mut Tx::new(&mut transaction, tenant)).await?;
        transaction.commit().await?;
        Ok(value)
    }

    async fn patiently<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        tokio::time::timeout(self.inner.patience, work)
            .await
            .map_err(|_| StoreError::unavailable("no answer in time"))?
    }

    async fn open_file(path: &Path, options: Options) -> Result<Self, StoreError> {
        let turn = starters_turn(path).await?;
        make_private(path)?;
        let connect = file_options(path)?;
        let mut first = sqlite_connection(&connect)
            .await
            .map_err(|error| setup(path, &error))?;
        first.execute(sqlx::query("BEGIN IMMEDIATE")).await?;
        migrate::run(&mut first).await?;
        first.execute(sqlx::query("COMMIT")).await?;
        first.close().await?;
        drop(turn);

        let pool = pool(options)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection.execute(sqlx::raw_sql(SQLITE)).await?;
                    connection.execute(sqlx::raw_sql(READER)).await.map(drop)
                })
            })
            .connect_lazy_with(connect.clone());
        // Another process may be writing for as long as a caller would wait.
        let busy = format!("PRAGMA busy_timeout = {}", options.patience.as_millis());
        let writer = Writer::start(
            Box::new(move || {
                let (connect, busy) = (connect.clone(), busy.clone());
                Box::pin(async move {
                    let mut connection = sqlite_connection(&connect).await?;
                    let busy = sqlx::raw_sql(AssertSqlSafe(busy));
                    connection.execute(busy).await?;
                    Ok(connection)
                })
            }),
            options.patience,
        );
        Ok(Self::new(pool, Some(writer), options))
    }

    async fn open_postgres(url: &str, options: Options) -> Result<Self, StoreError> {
        let connect = quiet(
            AnyConnectOptions::from_str(url).map_err(|_| StoreError::Setup {
                how: "the URL must be postgres://USER:PASSWORD@HOST:PORT/DATABASE".into(),
                source: EngineError::new("the URL is malformed"),
            })?,
        );
        let mut owner = AnyConnection::connect_with(&connect)
            .await
            .map_err(|error| StoreError::Setup {
                how: "check that Postgres runs at the URL's host and port and lets its user in"
                    .into(),
                source: EngineError::from(&error),
            })?;
        postgres::prepare(&mut owner).await?;
        owner.close().await?;
        let pool = pool(options)
            .after_connect(|connection, _| Box::pin(postgres::become_app(connection)))
            .connect_lazy_with(connect);
        Ok(Self::new(pool, None, options))
    }

    fn new(pool: AnyPool, writer: Option<(Writer, JoinHandle<()>)>, options: Options) -> Self {
        let patience = options.patience;
        Self {
            inner: Arc::new(Inner {
                pool,
                writer,
                patience,
                reads: Clock::default(),
                writes: Clock::default(),
            }),
        }
    }
}

fn pool(options: Options) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(options.connections)
        .acquire_timeout(options.acquire)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

/// Statements are not logged: their texts say nothing that a trace does not.
fn quiet(options: AnyConnectOptions) -> AnyConnectOptions {
    options.disable_statement_logging()
}

pub(crate) async fn sqlite_connection(
    options: &AnyConnectOptions,
) -> Result<AnyConnection, sqlx::Error> {
    let mut connection = AnyConnection::connect_with(options).await?;
    connection.execute(sqlx::raw_sql(SQLITE)).await?;
    Ok(connection)
}

pub(crate) fn file_options(path: &Path) -> Result<AnyConnectOptions, StoreError> {
    let path = std::path::absolute(path).map_err(|error| file_fault(path, &error))?;
    let text = path.to_str().ok_or_else(|| StoreError::Setup {
        how: format!("{} is not UTF-8: choose another path", path.display()),
        source: EngineError::new("the path is not UTF-8"),
    })?;
    let mut url = String::from("sqlite://");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url.push_str("?mode=rwc");
    Ok(quiet(AnyConnectOptions::from_str(&url)?))
}

/// Waits until no other starter prepares the file, in this process or another: switching to WAL fails at once beside
/// a connection at work, whatever the busy timeout. The lock has a file of its own.
async fn starters_turn(path: &Path) -> Result<File, StoreError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| file_fault(folder, &error))?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push("-start");
    let name = PathBuf::from(name);
    let locked = tokio::task::spawn_blocking(move || {
        let file = private().create(true).open(&name);
        file.and_then(|file| file.lock().map(|()| file))
            .map_err(|error| file_fault(&name, &error))
    });
    locked
        .await
        .map_err(|_| StoreError::unavailable("the server is stopping"))?
}

/// The file is the owner's alone; SQLite gives its companions the same mode. An existing file is left unopened: closing
/// it would let go of the locks that SQLite holds on it in this process.
fn make_private(path: &Path) -> Result<(), StoreError> {
    match private().create_new(true).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(file_fault(path, &error)),
        _ => Ok(()),
    }
}

/// How to open a file that is the owner's alone.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

pub(crate) fn file_fault(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Setup {
        how: format!("{} cannot be made or written", path.display()),
        source: EngineError::new(&error.to_string()),
    }
}

fn setup(path: &Path, error: &sqlx::Error) -> StoreError {
    StoreError::Setup {
        how: format!(
            "{} is not a SQLite database that can be written",
            path.display()
        ),
        source: EngineError::from(error),
    }
}
