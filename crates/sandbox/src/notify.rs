//! Webhooks: signed notifications to a listener, sent in the background, with Intercom's one retry.

use crate::{config::Webhook, server::Sandbox, versions};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Client;
use serde_json::{Value, json};
use sha1::Sha1;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinSet,
};
use url::{Host, Url};

/// The listener must answer within this time.
const PATIENCE: Duration = Duration::from_secs(5);
/// Seconds of the workspace's clock until a failed notification is sent again.
const RETRY: i64 = 60;
/// A throttled notification that is older than this many seconds is given up.
const TOO_OLD: i64 = 7_200;
/// Notifications that travel at the same time.
const ABREAST: usize = 16;

/// Something that happened, to be told to the configured address.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    /// Such as `conversation.user.replied`.
    pub topic: &'static str,
    /// The object, as webhooks tell it.
    pub item: Value,
    /// When it happened, in the workspace's time.
    pub created_at: i64,
}

/// The way from the handlers to the background task.
#[derive(Debug)]
pub(crate) struct Courier {
    sender: mpsc::UnboundedSender<Event>,
    receiver: Mutex<Option<mpsc::UnboundedReceiver<Event>>>,
    /// Rings when the workspace's clock was changed.
    clock_changed: Notify,
    anywhere: bool,
}

impl Courier {
    /// A courier; `anywhere` lets it leave this machine.
    pub(crate) fn new(anywhere: bool) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        Self {
            sender,
            receiver: Mutex::new(Some(receiver)),
            clock_changed: Notify::new(),
            anywhere,
        }
    }

    /// Takes the events of a call along.
    pub(crate) fn take(&self, outbox: &mut Vec<Event>) {
        for event in outbox.drain(..) {
            // The task is gone only when the sandbox stops; nobody waits for news then.
            let _ = self.sender.send(event);
        }
    }

    /// Looks at the clock again.
    pub(crate) fn clock_changed(&self) {
        self.clock_changed.notify_one();
    }

    /// Whether notifications may be sent to an address, and why not.
    pub(crate) fn may_send_to(&self, url: &str) -> Result<(), String> {
        let url = Url::parse(url).map_err(|error| format!("`{url}` is not an address: {error}"))?;
        let local = match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        let known = matches!(url.scheme(), "http" | "https");
        if known && (local || self.anywhere) {
            Ok(())
        } else {
            Err("only http and https addresses of this machine are allowed".into())
        }
    }
}

/// A notification on its way.
#[derive(Clone, Debug)]
struct Parcel {
    id: String,
    event: Event,
    attempts: u32,
    /// When to send it, in the workspace's time.
    due: i64,
    first_sent_at: i64,
    /// Seconds of the last throttling.
    throttle: i64,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Delivered,
    Unsubscribed,
    Throttled,
    Failed,
}

/// Sends notifications until the sandbox stops.
pub(crate) async fn deliver(sandbox: Arc<Sandbox>) {
    let receiver = sandbox
        .courier
        .receiver
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let client = Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build();
    let (Some(mut receiver), Ok(client)) = (receiver, client) else {
        tracing::error!("webhooks cannot be sent");
        return;
    };
    let mut waiting: Vec<Parcel> = Vec::new();
    let mut travelling: JoinSet<(Parcel, Verdict)> = JoinSet::new();
    loop {
        let pause = dispatch(&sandbox, &client, &mut waiting, &mut travelling);
        tokio::select! {
            event = receiver.recv() => match event {
                Some(event) => waiting.push(packed(&sandbox, event)),
                None => return,
            },
            Some(Ok((parcel, verdict))) = travelling.join_next() => waiting.extend(judged(&sandbox, parcel, verdict)),
            () = sandbox.courier.clock_changed.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

fn packed(sandbox: &Sandbox, mut event: Event) -> Parcel {
    // A webhook has the form of the app's own version, whatever the caller asked for.
    versions::down(event.topic, sandbox.config.default_version, &mut event.item);
    let id = format!("notif_{}", sandbox.desk().world.ids.uuid());
    let due = event.created_at;
    Parcel {
        id,
        event,
        attempts: 0,
        due,
        first_sent_at: 0,
        throttle: 0,
    }
}

/// Sends what is due, oldest first; tells how long nothing else will be due.
fn dispatch(
    sandbox: &Sandbox,
    client: &Client,
    waiting: &mut Vec<Parcel>,
    travelling: &mut JoinSet<(Parcel, Verdict)>,
) -> Duration {
    let (now, webhook, app_id) = {
        let desk = sandbox.desk();
        (
            desk.world.now(),
            desk.webhook.clone(),
            desk.world.workspace.id_code.clone(),
        )
    };
    let Some(webhook) = webhook else {
        waiting.clear();
        return Duration::from_hours(1);
    };
    let mut kept = Vec::new();
    for mut parcel in waiting.drain(..) {
        if parcel.due > now || travelling.len() >= ABREAST {
            kept.push(parcel);
            continue;
        }
        parcel.attempts += 1;
        parcel.first_sent_at = if parcel.attempts == 1 {
            now
        } else {
            parcel.first_sent_at
        };
        travelling.spawn(send(
            client.clone(),
            webhook.clone(),
            envelope(&parcel, &app_id),
            parcel,
        ));
    }
    let next = kept
        .iter()
        .map(|parcel| parcel.due.saturating_sub(now).max(1))
        .min()
        .unwrap_or(3600);
    *waiting = kept;
    Duration::from_secs(next.unsigned_abs())
}

async fn send(
    client: Client,
    webhook: Webhook,
    body: Vec<u8>,
    parcel: Parcel,
) -> (Parcel, Verdict) {
    let answer = client
        .post(&webhook.url)
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .header("user-agent", "intercom-parrot-service-client/1.0")
        .header(
            "x-hub-signature",
            signature(webhook.secret.as_bytes(), &body),
        )
        .body(body)
        .send()
        .await;
    let verdict = match answer.map(|answer| answer.status().as_u16()) {
        Ok(200..=299) => Verdict::Delivered,
        Ok(410) => Verdict::Unsubscribed,
        Ok(429) => Verdict::Throttled,
        _ => Verdict::Failed,
    };
    (parcel, verdict)
}

/// The parcel again, when it is to be sent once more.
fn judged(sandbox: &Sandbox, mut parcel: Parcel, verdict: Verdict) -> Option<Parcel> {
    let mut desk = sandbox.desk();
    let now = desk.world.now();
    match verdict {
        Verdict::Delivered => None,
        Verdict::Unsubscribed => {
            desk.listen(None);
            None
        }
        Verdict::Throttled => {
            parcel.throttle = (parcel.throttle * 2).clamp(RETRY, TOO_OLD);
            parcel.due = now + parcel.throttle;
            (parcel.due - parcel.event.created_at <= TOO_OLD).then_some(parcel)
        }
        Verdict::Failed => {
            parcel.due = now + RETRY;
            (parcel.attempts < 2).then_some(parcel)
        }
    }
}

fn envelope(parcel: &Parcel, app_id: &str) -> Vec<u8> {
    let body = json!({
        "type": "notification_event",
        "app_id": app_id,
        "data": {"type": "notification_event_data", "item": parcel.event.item},
        "links": {},
        "id": parcel.id,
        "topic": parcel.event.topic,
        "delivery_status": "pending",
        "delivery_attempts": parcel.attempts,
        "delivered_at": 0,
        "first_sent_at": parcel.first_sent_at,
        "created_at": parcel.event.created_at,
        "self": null,
    });
    serde_json::to_vec(&body).unwrap_or_default()
}

fn signature(key: &[u8], body: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::from("sha1=");
    if let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key) {
        mac.update(body);
        for byte in mac.finalize().into_bytes() {
            let _ = write!(text, "{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_signed_with_hmac_sha1() {
        // RFC 2202, test case 2.
        assert_eq!(
            signature(b"Jefe", b"what do ya want for nothing?"),
            "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        );
    }

    #[test]
    fn notifications_stay_on_this_machine_unless_told() {
        let courier = Courier::new(false);
        for (url, allowed) in [
            ("http://127.0.0.1:9000/hook", true),
            ("http://localhost/hook", true),
            ("http://[::1]:1/", true),
            ("https://hooks.example/", false),
            ("http://169.254.169.254/", false),
            ("file:///etc/passwd", false),
            ("hook", false),
        ] {
            assert_eq!(courier.may_send_to(url).is_ok(), allowed, "{url}");
        }
        assert!(
            Courier::new(true)
                .may_send_to("https://hooks.example/")
                .is_ok()
        );
    }
}
