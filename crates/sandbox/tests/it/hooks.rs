//! Webhooks, as a listener receives them.

use crate::house::House;
use hmac::{Hmac, KeyInit, Mac};
use sandbox::{Config, Webhook};
use serde_json::{Value, json};
use sha1::Sha1;
use std::{fmt::Write, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::{Mutex, mpsc},
};

const SECRET: &str = "hush";

/// A notification as it came in.
struct Received {
    head: String,
    body: Vec<u8>,
}

impl Received {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// A listener that answers with the given statuses, then with 200.
struct Listener {
    url: String,
    inbox: mpsc::UnboundedReceiver<Received>,
}

impl Listener {
    async fn open(statuses: &[u16]) -> Self {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", server.local_addr().unwrap());
        let (sender, inbox) = mpsc::unbounded_channel();
        let statuses = Arc::new(Mutex::new(statuses.to_vec()));
        tokio::spawn(async move {
            loop {
                let (stream, _) = server.accept().await.unwrap();
                tokio::spawn(receive(stream, sender.clone(), Arc::clone(&statuses)));
            }
        });
        Self { url, inbox }
    }

    async fn next(&mut self) -> Received {
        tokio::time::timeout(Duration::from_mins(1), self.inbox.recv())
            .await
            .expect("a notification in time")
            .unwrap()
    }
}

async fn receive(
    mut stream: tokio::net::TcpStream,
    sender: mpsc::UnboundedSender<Received>,
    statuses: Arc<Mutex<Vec<u16>>>,
) {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    let (head, length) = loop {
        let count = stream.read(&mut chunk).await.unwrap();
        bytes.extend_from_slice(&chunk[..count]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let length: usize = head
                .lines()
                .find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("content-length: ")
                        .map(|n| n.parse().unwrap())
                })
                .unwrap();
            break (head, end + 4 + length);
        }
    };
    while bytes.len() < length {
        let count = stream.read(&mut chunk).await.unwrap();
        bytes.extend_from_slice(&chunk[..count]);
    }
    let mut statuses = statuses.lock().await;
    let status = if statuses.is_empty() {
        200
    } else {
        statuses.remove(0)
    };
    drop(statuses);
    let start = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap()
        + 4;
    sender
        .send(Received {
            head,
            body: bytes[start..].to_vec(),
        })
        .unwrap();
    let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
}

async fn house(listener: &Listener) -> House {
    let webhook = Some(Webhook {
        url: listener.url.clone(),
        secret: SECRET.into(),
    });
    House::with(Config {
        webhook,
        ..Config::default()
    })
    .await
}

#[tokio::test]
async fn notifications_are_signed_and_hold_the_part() {
    let mut listener = Listener::open(&[]).await;
    let house = house(&listener).await;
    let (id, _) = house.conversation("Where is my bike?").await;
    let created = listener.next().await;
    let mut mac = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(&created.body);
    let mut signature = String::from("sha1=");
    mac.finalize()
        .into_bytes()
        .iter()
        .for_each(|byte| write!(signature, "{byte:02x}").unwrap());
    assert_eq!(created.header("x-hub-signature"), Some(signature.as_str()));
    assert_eq!(
        created.header("user-agent"),
        Some("intercom-parrot-service-client/1.0")
    );
    let (body, me) = (created.json(), house.get("/me").await);
    assert_eq!(
        (&body["topic"], &body["app_id"]),
        (&json!("conversation.user.created"), &me["app"]["id_code"])
    );
    assert_eq!(body["delivery_attempts"], 1);
    assert_eq!(body["data"]["item"]["id"], json!(id));

    let admin = house.admin().await;
    let reply = json!({"message_type": "comment", "type": "admin", "admin_id": admin, "body": "On its way"});
    house
        .good(&format!("POST /conversations/{id}/reply"), reply)
        .await;
    let replied = listener.next().await.json();
    let parts = &replied["data"]["item"]["conversation_parts"];
    assert_eq!(
        (&replied["topic"], &parts["total_count"]),
        (&json!("conversation.admin.replied"), &json!(1))
    );
    assert_eq!(
        (
            &parts["conversation_parts"][0]["body"],
            &parts["conversation_parts"][0]["app_package_code"]
        ),
        (&json!("<p>On its way</p>"), &json!("sandbox"))
    );
    assert!(
        replied["data"]["item"]["statistics"]["last_admin_reply_at"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
}

#[tokio::test]
async fn a_failure_is_tried_once_more_after_a_minute() {
    let mut listener = Listener::open(&[500, 500]).await;
    let house = house(&listener).await;
    house.conversation("One").await;
    let first = listener.next().await.json();
    // The listener has answered when the clock moves: the answer's way back is waited for by retrying the advance.
    let second = loop {
        house.control("POST clock", json!({"advance": 61})).await;
        if let Ok(received) =
            tokio::time::timeout(Duration::from_millis(300), listener.inbox.recv()).await
        {
            break received.unwrap().json();
        }
    };
    assert_eq!(
        (&second["id"], &second["delivery_attempts"]),
        (&first["id"], &json!(2))
    );
    // No third attempt: the next notification is of something else.
    house.control("POST clock", json!({"advance": 600})).await;
    house
        .good("POST /contacts", json!({"email": "new@example.com"}))
        .await;
    assert_eq!(
        listener.next().await.json()["topic"],
        "contact.user.created"
    );
}

#[tokio::test]
async fn gone_means_no_more() {
    let mut listener = Listener::open(&[410]).await;
    let house = house(&listener).await;
    house
        .good("POST /contacts", json!({"email": "first@example.com"}))
        .await;
    listener.next().await;
    let mut other = Listener::open(&[]).await;
    house
        .good("POST /contacts", json!({"email": "second@example.com"}))
        .await;
    house
        .control("POST webhook", json!({"url": other.url, "secret": SECRET}))
        .await;
    house
        .good("POST /contacts", json!({"email": "third@example.com"}))
        .await;
    loop {
        let told = other.next().await.json();
        if told["data"]["item"]["email"] == "third@example.com" {
            break;
        }
    }
    assert!(
        listener
            .inbox
            .try_recv()
            .is_err_and(|error| error == mpsc::error::TryRecvError::Empty)
            || listener.inbox.len() <= 1
    );
}

#[tokio::test]
async fn only_this_machine_is_told() {
    let house = House::open().await;
    let answer = house
        .bare(
            "POST /__sandbox/webhook",
            Some(&json!({"url": "https://hooks.example/"})),
        )
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
}
