//! Where Intercom is: each region's API and its page of consent, or what stands in for them.

use crate::{Error, config::Config};
use intercom::{BaseUrl, Region};

/// The addresses of Intercom.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// One for all regions.
    all: Option<BaseUrl>,
    regions: Vec<(Region, BaseUrl)>,
}

impl Places {
    /// The places that the configuration names.
    pub(super) fn of(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            all: config
                .base_url
                .as_ref()
                .map(|_| config.base())
                .transpose()?,
            regions: config.connect.region_urls.clone(),
        })
    }

    /// A region's API.
    pub(crate) fn api(&self, region: Region) -> BaseUrl {
        let own = self.stand_in(region).cloned();
        own.unwrap_or_else(|| region.base_url())
    }

    /// The regions to ask about a token: the likely one first, alone where it is sure or where all are one.
    pub(crate) fn to_ask(&self, likely: Option<Region>, sure: bool) -> Vec<Region> {
        let first = likely.unwrap_or_default();
        if self.all.is_some() || sure && likely.is_some() {
            return vec![first];
        }
        let others = Region::ALL.into_iter().filter(|region| *region != first);
        std::iter::once(first).chain(others).collect()
    }

    /// The page where a person of that region consents.
    pub(super) fn consent_page(&self, region: Region) -> String {
        match self.stand_in(region) {
            Some(base) => format!("{base}/oauth"),
            None => region.consent_page().to_owned(),
        }
    }

    fn stand_in(&self, region: Region) -> Option<&BaseUrl> {
        let own = self.regions.iter().find(|(known, _)| *known == region);
        self.all.as_ref().or(own.map(|(_, base)| base))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Region::{Au, Eu, Us};

    #[test]
    fn regions_have_their_places_or_stand_ins() {
        let mut config = Config::default();
        config.connect.region_urls = vec![(Eu, "https://eu.example".parse().unwrap())];
        let places = Places::of(&config).unwrap();
        for (region, page, api) in [
            (
                Us,
                "https://app.intercom.com/oauth",
                "https://api.intercom.io",
            ),
            (Eu, "https://eu.example/oauth", "https://eu.example"),
            (
                Au,
                "https://app.au.intercom.com/oauth",
                "https://api.au.intercom.io",
            ),
        ] {
            assert_eq!(places.consent_page(region), page);
            assert_eq!(places.api(region).as_str(), api);
        }
        for (likely, sure, expected) in [
            (None, false, vec![Us, Eu, Au]),
            (Some(Au), false, vec![Au, Us, Eu]),
            (Some(Eu), true, vec![Eu]),
        ] {
            assert_eq!(places.to_ask(likely, sure), expected);
        }
        config.base_url = Some("http://127.0.0.1:9".into());
        let places = Places::of(&config).unwrap();
        assert_eq!(places.consent_page(Eu), "http://127.0.0.1:9/oauth");
        assert_eq!(places.to_ask(Some(Eu), false), [Eu]);
    }
}
