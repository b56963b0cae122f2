//! The agent of one workspace for a command of the terminal, beside a running server or without one.

use super::{LOCAL, Many, Single, Thinkers};
use crate::app::{self, App};
use crate::config::Config;
use crate::token::TokenSource;
use crate::{Error, error::turn};
use agent::{
    desk::Desk,
    worker::{Pace, Staff, Worker},
};
use gateway::Gateway;
use std::{sync::Arc, time::Duration};
use store::{DeliveryState, Options, Store};
use tokio_util::sync::CancellationToken;

/// How often it is looked whether work is done.
const LOOK: Duration = Duration::from_millis(100);
/// Among how many of the latest.
const LATEST: i64 = 200;

/// An agent, and what it works with.
pub(crate) struct Seat {
    pub(crate) desk: Arc<Desk>,
    staff: Arc<dyn Staff>,
    store: Store,
    gateway: Arc<Gateway>,
}

impl Seat {
    /// The agent of the configured workspace, or of a tenant of the database.
    pub(crate) async fn take(config: &Config, tenant: &str) -> Result<Self, Error> {
        let settings = Arc::new(config.agent.settings.clone());
        if TokenSource::of(config).current()?.is_some() {
            let app = Arc::new(App::new(config)?);
            super::known_actions(&app, &settings)?;
            let store = Store::open(&config.place(), Options::default()).await?;
            let gateway = Arc::clone(&app.gateway);
            let thinkers = Arc::clone(app.thinkers());
            let staff = Single::new(app, thinkers, settings, store.scope(LOCAL)?);
            let desk = staff.own().await.map_err(turn)?;
            return Ok(Self {
                desk,
                staff: Arc::new(staff),
                store,
                gateway,
            });
        }
        let tenants = Arc::new(app::tenants(config).await?);
        let thinkers = Arc::new(Thinkers::new(&config.agent));
        let staff = Many::new(Arc::clone(&tenants), thinkers, settings);
        let desk = staff.of(tenant).await.map_err(turn)?.ok_or_else(|| {
            Error::Usage(format!(
                "the tenant `{tenant}` has no agent, or it is off: its settings name none; give another with --tenant, or set INTERCOM_ACCESS_TOKEN"
            ))
        })?;
        Ok(Self {
            desk,
            staff: Arc::new(staff),
            store: tenants.store().clone(),
            gateway: Arc::clone(tenants.gateway()),
        })
    }

    /// Works on the queue until these deliveries are dealt with; how each ended.
    pub(crate) async fn work_off(&self, names: &[String]) -> Result<Vec<DeliveryState>, Error> {
        let worker = Worker::new(
            self.store.clone(),
            Arc::clone(&self.staff),
            Arc::default(),
            Pace::default(),
        );
        let stop = CancellationToken::new();
        let work = tokio::spawn(Arc::new(worker).run(stop.clone()));
        let mut ends = Vec::new();
        for name in names {
            ends.push(self.until_ended(name).await?);
        }
        stop.cancel();
        // Its turns have ended, or belong to whoever goes on with them.
        let _ = work.await;
        Ok(ends)
    }

    async fn until_ended(&self, name: &str) -> Result<DeliveryState, Error> {
        loop {
            for state in [DeliveryState::Done, DeliveryState::Dead] {
                let ended = self.desk.scope.deliveries(state, None, LATEST).await?;
                if ended.iter().any(|one| one.notification_id == name) {
                    return Ok(state);
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until everything is on record.
    pub(crate) async fn leave(self) {
        self.gateway.flush().await;
    }
}
