//! What all replicas have taken of a connection's windows, counted in Redis or Valkey.

use crate::Error;
use gateway::ConnectionId;
use intercom::Tally;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use secrecy::{ExposeSecret, SecretString};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long a window's count is kept: longer than a window, whatever clocks say.
const KEPT: Duration = Duration::from_mins(1);
/// How long a connection to Redis may take to come about, and an answer to come.
const PATIENCE: Duration = Duration::from_millis(200);

/// The counts of all connections. Where they cannot be reached, each replica goes by Intercom's own figures.
#[derive(Clone)]
pub(super) struct Tallies {
    redis: ConnectionManager,
    /// Whether it was told that they cannot be reached.
    told: Arc<AtomicBool>,
}

/// The count of one connection.
struct Counter {
    tallies: Tallies,
    connection: ConnectionId,
}

impl Tallies {
    /// Opens nothing yet; only the URL is checked.
    pub(super) fn new(url: &SecretString) -> Result<Self, Error> {
        let client = redis::Client::open(url.expose_secret()).map_err(|_| Error::Setting {
            place: "desk.redis".into(),
            reason: "not a URL like redis://HOST:6379 or rediss://USER:PASSWORD@HOST:6380".into(),
        })?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        let redis = ConnectionManager::new_lazy_with_config(client, config)
            .map_err(|error| Error::Build(error.to_string()))?;
        Ok(Self {
            redis,
            told: Arc::default(),
        })
    }

    /// The count of this connection.
    pub(super) fn of(&self, connection: &ConnectionId) -> Arc<dyn Tally> {
        Arc::new(Counter {
            tallies: self.clone(),
            connection: connection.clone(),
        })
    }

    /// Says once when the counts are out of reach, and once when they are back.
    fn notice<T>(&self, result: Result<T, redis::RedisError>) -> Option<T> {
        match result {
            Ok(value) => {
                if self.told.swap(false, Ordering::Relaxed) {
                    tracing::info!("the rate allowances are shared between replicas again");
                }
                Some(value)
            }
            Err(error) => {
                if !self.told.swap(true, Ordering::Relaxed) {
                    let kind = error.kind();
                    tracing::warn!(
                        ?kind,
                        "Redis does not answer: each replica goes by the rate headers alone"
                    );
                }
                None
            }
        }
    }
}

impl Tally for Counter {
    fn add(
        &self,
        window: u64,
        calls: u64,
    ) -> Pin<Box<dyn Future<Output = Option<u64>> + Send + '_>> {
        Box::pin(async move {
            let key = format!("frontdesk:taken:{}:{window}", self.connection);
            let mut redis = self.tallies.redis.clone();
            let added: Result<(u64,), _> = redis::pipe()
                .incr(&key, calls)
                .expire(&key, KEPT.as_secs().cast_signed())
                .ignore()
                .query_async(&mut redis)
                .await;
            self.tallies.notice(added).map(|(taken,)| taken)
        })
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counter").field(&self.connection).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter(url: &str, connection: &str) -> Arc<dyn Tally> {
        let tallies = Tallies::new(&url.to_owned().into()).expect("a URL");
        tallies.of(&ConnectionId::new(connection))
    }

    #[tokio::test]
    async fn replicas_count_together_and_connections_apart() {
        const URL: &str = "redis://127.0.0.1:6379";
        if std::net::TcpStream::connect("127.0.0.1:6379").is_err() {
            println!("skipped: no Redis at 127.0.0.1:6379");
            return;
        }
        let name = store::new_id();
        let (one, two) = (counter(URL, &name), counter(URL, &name));
        assert_eq!(one.add(1_790_000_010, 52).await, Some(52));
        assert_eq!(two.add(1_790_000_010, 4).await, Some(56));
        assert_eq!(two.add(1_790_000_020, 4).await, Some(4));
        let other = counter(URL, &store::new_id());
        assert_eq!(other.add(1_790_000_010, 1).await, Some(1));
    }

    #[tokio::test]
    async fn out_of_reach_nothing_is_told() {
        let nobody = counter("redis://127.0.0.1:1", "c");
        assert_eq!(nobody.add(1_790_000_010, 52).await, None);
        let wrong = Tallies::new(&"redis//secret".to_owned().into()).map(|_| ());
        let error = wrong.expect_err("no URL").to_string();
        assert!(
            error.contains("desk.redis") && !error.contains("secret"),
            "{error}"
        );
    }
}
