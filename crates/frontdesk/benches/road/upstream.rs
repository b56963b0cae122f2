//! An Intercom that answers one contact at once, always the same, with a rate limit nobody reaches.

use std::fmt::Write as _;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Serves until killed; prints its address first.
pub fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("http://{}", listener.local_addr().expect("an address"));
        let answer: &'static [u8] = answer().leak();
        loop {
            let (stream, _) = listener.accept().await.expect("a caller");
            stream.set_nodelay(true).expect("TCP_NODELAY");
            tokio::spawn(answer_all(stream, answer));
        }
    });
}

async fn answer_all(mut stream: TcpStream, answer: &'static [u8]) {
    let mut buffer = Vec::with_capacity(16 * 1024);
    loop {
        match stream.read_buf(&mut buffer).await {
            Ok(read) if read > 0 => {}
            _ => return,
        }
        // Callers send GET requests without a body, one at a time.
        if buffer.ends_with(b"\r\n\r\n") {
            buffer.clear();
            if stream.write_all(answer).await.is_err() {
                return;
            }
        }
    }
}

fn answer() -> Vec<u8> {
    let body = contact();
    let mut head = String::from(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\nx-ratelimit-limit: 100000000\r\nx-ratelimit-remaining: 99999999\r\nx-ratelimit-reset: 4102444800\r\nx-request-id: bench\r\n",
    );
    let _ = write!(head, "content-length: {}\r\n\r\n", body.len());
    [head.into_bytes(), body.into_bytes()].concat()
}

/// A contact with every field of API 2.16, as a workspace in use has it.
fn contact() -> String {
    let id = "66f0aa00bb11cc22dd33ee55";
    let nothing = r#""data":[],"total_count":0,"has_more":false"#;
    let unset = UNSET.map(|field| format!("\"{field}\":null,")).concat();
    format!(
        r#"{{"type":"contact","id":"{id}","workspace_id":"bench","external_id":"u-77","role":"user","email":"ana@example.com",
"email_domain":"example.com","phone":"+351900000000","formatted_phone":"+351 900 000 000","name":"Ana Silva",
"avatar":{{"type":"avatar","image_url":null}},"owner_id":"7001","has_hard_bounced":false,"marked_email_as_spam":false,
"unsubscribed_from_emails":false,"created_at":1780000000,"updated_at":1790000000,"signed_up_at":1780000000,
"last_seen_at":1789999000,"last_replied_at":1789990000,"last_contacted_at":1789990240,"browser":"chrome",
"browser_version":"139","browser_language":"pt","os":"Windows 11",{unset}
"location":{{"type":"location","country":"Portugal","region":"Lisboa","city":"Lisbon","country_code":"PRT","continent_code":"EU"}},
"custom_attributes":{{"plan":"pro","orders":12}},"social_profiles":{{"type":"list","data":[]}},
"tags":{{"type":"list","data":[{{"type":"tag","id":"9001","url":"/tags/9001"}}],"url":"/contacts/{id}/tags","total_count":1,"has_more":false}},
"notes":{{"type":"list",{nothing},"url":"/contacts/{id}/notes"}},
"companies":{{"type":"list","data":[{{"type":"company","id":"66f1aa00bb11cc22dd33ee44","url":"/companies/66f1aa00bb11cc22dd33ee44"}}],"url":"/contacts/{id}/companies","total_count":1,"has_more":false}},
"opted_out_subscription_types":{{"type":"list",{nothing},"url":"/contacts/{id}/subscriptions"}},
"opted_in_subscription_types":{{"type":"list",{nothing},"url":"/contacts/{id}/subscriptions"}},
"sms_consent":false,"unsubscribed_from_sms":false}}"#
    )
    .replace('\n', "")
}

/// Fields that most contacts leave empty.
const UNSET: [&str; 20] = [
    "last_email_opened_at",
    "last_email_clicked_at",
    "language_override",
    "android_app_name",
    "android_app_version",
    "android_device",
    "android_os_version",
    "android_sdk_version",
    "android_last_seen_at",
    "ios_app_name",
    "ios_app_version",
    "ios_device",
    "ios_os_version",
    "ios_sdk_version",
    "ios_last_seen_at",
    "utm_campaign",
    "utm_content",
    "utm_medium",
    "utm_source",
    "referrer",
];
