//! A browser as far as this needs one: it keeps cookies by host, and shows where it is sent.

use super::PUBLIC;
use reqwest::{
    Client, Url,
    header::{COOKIE, HOST, HeaderMap, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use std::{collections::BTreeMap, net::SocketAddr};

pub(crate) struct Browser {
    http: Client,
    /// Where the server really is.
    server: SocketAddr,
    pub(crate) cookies: BTreeMap<String, String>,
}

pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn at(server: SocketAddr) -> Self {
        Self {
            http: Client::builder().redirect(Policy::none()).build().unwrap(),
            server,
            cookies: BTreeMap::new(),
        }
    }

    /// Opens an address, and goes nowhere else.
    pub(crate) async fn open(&mut self, url: &str) -> Page {
        let own = url.strip_prefix(PUBLIC);
        let mut request = match own {
            Some(rest) => self
                .http
                .get(format!("http://{}{rest}", self.server))
                .header(HOST, PUBLIC.trim_start_matches("https://")),
            None => self.http.get(url),
        };
        if own.is_some() {
            request = request.headers(self.headers());
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        for line in headers.get_all(SET_COOKIE) {
            assert!(own.is_some(), "Intercom sets no cookies");
            let (pair, _) = line.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.into(), value.into());
        }
        let body = response.text().await.unwrap();
        Page {
            status,
            headers,
            body,
        }
    }

    /// The cookies of the server, as a request carries them.
    pub(crate) fn headers(&self) -> HeaderMap {
        let cookies = self.cookies.iter();
        let pairs: Vec<String> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut headers = HeaderMap::new();
        if !pairs.is_empty() {
            headers.insert(COOKIE, pairs.join("; ").parse().unwrap());
        }
        headers
    }

    /// Opens a link and consents at Intercom: the address by which Intercom sends the browser back.
    pub(crate) async fn consent(&mut self, link: &str) -> String {
        let out = self.open(link).await;
        assert_eq!(out.status, 303, "{}", out.body);
        let back = self.open(&out.location()).await;
        assert_eq!(back.status, 302, "{}", back.body);
        back.location()
    }

    /// The whole way: where it ends.
    pub(crate) async fn through(&mut self, link: &str) -> Page {
        let back = self.consent(link).await;
        self.open(&back).await
    }
}

impl Page {
    pub(crate) fn location(&self) -> String {
        self.headers[LOCATION].to_str().unwrap().to_owned()
    }

    /// A parameter of where it leads.
    pub(crate) fn leads_with(&self, name: &str) -> Option<String> {
        let url = Url::parse(PUBLIC).unwrap().join(&self.location()).unwrap();
        let mut pairs = url.query_pairs();
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    }
}
