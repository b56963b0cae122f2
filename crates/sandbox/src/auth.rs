//! Access tokens: whose they are, what they may do, whether they still count.

use crate::call::Fault;
use catalog::Risk;
use std::collections::HashMap;

/// A token that was given out.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// The admin who acts.
    pub admin: u64,
    /// What it may do; none is everything.
    pub scopes: Option<Vec<String>>,
    /// Whether it was taken back.
    pub revoked: bool,
    /// Whether it came by consent to the app, and ends with it.
    pub of_app: bool,
}

/// All tokens.
#[derive(Debug, Default)]
pub(crate) struct Tokens(HashMap<String, Grant>);

impl Tokens {
    /// Gives a token out, or changes what it may do.
    pub(crate) fn give(&mut self, token: &str, admin: u64, scopes: Option<Vec<String>>) {
        self.0.insert(
            token.to_owned(),
            Grant {
                admin,
                scopes,
                revoked: false,
                of_app: false,
            },
        );
    }

    /// Gives a token out that the app has by an admin's consent.
    pub(crate) fn give_to_app(&mut self, token: &str, admin: u64) {
        self.give(token, admin, None);
        if let Some(grant) = self.0.get_mut(token) {
            grant.of_app = true;
        }
    }

    /// Takes all tokens back that the app has.
    pub(crate) fn uninstall(&mut self) {
        for grant in self.0.values_mut().filter(|grant| grant.of_app) {
            grant.revoked = true;
        }
    }

    /// How many tokens the app has.
    pub(crate) fn of_app(&self) -> usize {
        let live = |grant: &&Grant| grant.of_app && !grant.revoked;
        self.0.values().filter(live).count()
    }

    /// Takes a token back; tells whether there was one.
    pub(crate) fn revoke(&mut self, token: &str) -> bool {
        self.0
            .get_mut(token)
            .map(|grant| grant.revoked = true)
            .is_some()
    }

    /// Whose token an `Authorization` header carries.
    pub(crate) fn check(&self, header: Option<&str>) -> Result<&Grant, Fault> {
        let Some(header) = header else {
            return Err(Fault::new(
                401,
                "missing_authorization",
                "Authorization header is missing",
            ));
        };
        match bearer(header).and_then(|token| self.0.get(token)) {
            None => Err(Fault::new(401, "unauthorized", "Access Token Invalid")),
            Some(grant) if grant.revoked => Err(Fault::new(
                401,
                "token_revoked",
                "Access Token has been revoked",
            )),
            Some(grant) => Ok(grant),
        }
    }
}

/// The token of an `Authorization` header.
pub(crate) fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Grant {
    /// Whether the token's scopes allow an operation. Knowledge endpoints refuse with 403, the older ones with 401.
    pub(crate) fn allows(&self, toolset: &str, risk: Risk) -> Result<(), Fault> {
        let Some(scopes) = &self.scopes else {
            return Ok(());
        };
        let Some((read, write)) = scopes_of(toolset) else {
            return Ok(());
        };
        let has = |scope: &str| scopes.iter().any(|held| held == scope);
        if has(write) || risk == Risk::Read && has(read) {
            return Ok(());
        }
        Err(match toolset {
            "articles" | "internal_articles" | "help_center" => Fault::new(
                403,
                "forbidden",
                "Not authorized to manage knowledge base content",
            ),
            _ => Fault::new(
                401,
                "token_unauthorized",
                "Not authorized to access resource",
            ),
        })
    }
}

/// The scopes that reading and writing need, by toolset. Only some names are published; the others follow their pattern.
fn scopes_of(toolset: &str) -> Option<(&'static str, &'static str)> {
    Some(match toolset {
        "conversations" | "messages" | "conversation_attributes" | "calls" | "fin" => {
            ("read_conversations", "write_conversations")
        }
        "contacts" | "companies" | "notes" | "segments" | "subscriptions" | "visitors"
        | "banners" => ("read_users_companies", "read_write_users"),
        "tickets" | "ticket_types" => ("read_tickets", "write_tickets"),
        "tags" => ("read_tags", "write_tags"),
        "articles" | "internal_articles" | "help_center" => {
            ("read_articles_scope", "read_write_articles_scope")
        }
        "admins" | "teams" => ("read_admins", "update_admins"),
        "data_events" => ("read_events", "write_events"),
        "data_attributes" => ("read_users_companies", "write_data_attributes"),
        "data_export" => ("export_content_data", "export_content_data"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_told_apart() {
        let mut tokens = Tokens::default();
        tokens.give("good", 7001, None);
        tokens.give("gone", 7001, None);
        assert!(tokens.revoke("gone") && !tokens.revoke("unknown"));
        for (header, code) in [
            (None, "missing_authorization"),
            (Some("Bearer bad"), "unauthorized"),
            (Some("good"), "unauthorized"),
            (Some("Bearer gone"), "token_revoked"),
        ] {
            let fault = tokens.check(header).unwrap_err();
            assert_eq!((fault.status, fault.code), (401, code), "{header:?}");
        }
        assert_eq!(tokens.check(Some("bearer good")).unwrap().admin, 7001);
    }

    #[test]
    fn scopes_limit_what_a_token_does() {
        for (scopes, risk, allowed) in [
            (vec!["read_tags"], Risk::Read, true),
            (vec!["read_tags"], Risk::Write, false),
            (vec!["write_tags"], Risk::Destructive, true),
            (vec!["read_conversations"], Risk::Read, false),
        ] {
            let scopes = Some(scopes.into_iter().map(str::to_owned).collect());
            let grant = Grant {
                admin: 1,
                scopes,
                revoked: false,
                of_app: false,
            };
            assert_eq!(grant.allows("tags", risk).is_ok(), allowed);
        }
    }
}
