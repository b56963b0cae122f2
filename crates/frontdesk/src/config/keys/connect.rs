//! Settings of connecting by OAuth, of owners' notices, and of requests to addresses of others' choice.

use super::super::value::list;
use super::Key;
use crate::outbound::Networks;
use intercom::{BaseUrl, Region};
use secrecy::SecretString;
use url::Url;

/// What is set about connecting.
#[derive(Clone, Debug, Default)]
pub struct Connect {
    /// The deployment's Intercom app.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<SecretString>,
    /// Where people may be sent back to when they have connected.
    pub return_to: Vec<Url>,
    /// Other addresses of regions' APIs.
    pub region_urls: Vec<(Region, BaseUrl)>,
    /// Where owners are told of refused connections.
    pub notice_url: Option<SecretString>,
    /// What signs those notices.
    pub notice_secret: Option<SecretString>,
    /// Networks that requests to addresses of others' choice reach although they are not public.
    pub outbound_allow: Networks,
}

/// The settings, in the order of their documentation.
pub(super) const CONNECT: &[Key] = &[
    Key {
        path: "connect.client_id",
        variable: "INTERCOM_CLIENT_ID",
        also: None,
        default: "none",
        meaning: "The Intercom app that people connect with (Developer Hub, Basic information); its redirect URL is `server.public_url` and `/connect/callback`. Further apps, and tenants' own: `frontdesk admin apps add`.",
        set: |config, value| {
            config.connect.client_id = Some(value.to_owned());
            Ok(())
        },
    },
    Key {
        path: "connect.client_secret",
        variable: "INTERCOM_CLIENT_SECRET",
        also: None,
        default: "none",
        meaning: "That app's client secret; better in the environment than in the file.",
        set: |config, value| {
            config.connect.client_secret = Some(value.into());
            Ok(())
        },
    },
    Key {
        path: "connect.return_to",
        variable: "FRONTDESK_RETURN_TO",
        also: None,
        default: "none",
        meaning: "Where people may be sent back to when they have connected: sites such as `https://app.example`, all of whose pages count, or single pages.",
        set: |config, value| {
            let pages = list(value);
            let pages = pages.iter().map(|page| crate::connect::page(page));
            config.connect.return_to = pages.collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Key {
        path: "connect.region_urls",
        variable: "INTERCOM_REGION_URLS",
        also: None,
        default: "the regions' own",
        meaning: "Other addresses of regions' APIs for the tenants' connections, as `eu=https://intercom-eu.example`; `intercom.base_url` goes before them.",
        set: |config, value| {
            config.connect.region_urls = list(value)
                .iter()
                .map(|item| region_url(item))
                .collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Key {
        path: "connect.notice_url",
        variable: "FRONTDESK_NOTICE_URL",
        also: None,
        default: "none",
        meaning: "A webhook that is told when a connection is refused, confirmed as refused, or open again; a tenant may have one of its own.",
        set: |config, value| {
            Url::parse(value).map_err(|_| {
                "this is not a URL: write it like https://ops.example/frontdesk".to_owned()
            })?;
            config.connect.notice_url = Some(value.into());
            Ok(())
        },
    },
    Key {
        path: "connect.notice_secret",
        variable: "FRONTDESK_NOTICE_SECRET",
        also: None,
        default: "none; needed with `notice_url`",
        meaning: "What signs those notices with HMAC-SHA256, at least 16 characters; `whsec_` and base64 as Standard Webhooks has it, or any text.",
        set: |config, value| {
            if value.len() < 16 {
                return Err("the secret of notices has at least 16 characters".into());
            }
            config.connect.notice_secret = Some(value.into());
            Ok(())
        },
    },
    Key {
        path: "connect.outbound_allow",
        variable: "FRONTDESK_OUTBOUND_ALLOW",
        also: None,
        default: "none",
        meaning: "Networks and addresses where owners' webhooks and clients' metadata documents may live although they are not public, such as `10.0.0.0/8`; plain `http` is spoken to these alone.",
        set: |config, value| {
            let names = list(value);
            config.connect.outbound_allow = Networks::parse(names.iter().map(String::as_str))?;
            Ok(())
        },
    },
];

fn region_url(item: &str) -> Result<(Region, BaseUrl), String> {
    let (region, url) = item.split_once('=').ok_or_else(|| {
        format!("`{item}` is not region=URL: write it like eu=https://eu.example")
    })?;
    let region = region
        .parse()
        .map_err(|error: intercom::RegionError| error.to_string())?;
    let url = url
        .parse()
        .map_err(|error: intercom::BaseUrlError| error.to_string())?;
    Ok((region, url))
}
