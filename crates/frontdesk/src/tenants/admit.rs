//! Who a token is: the door of all tenants.

use super::{Tenants, TokenKind, tokens};
use crate::auth::Refused;
use crate::oauth::{Scope, canonical};
use gateway::{EndpointId, Narrowing, Principal, TenantId, UserId};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};
use store::{Change, DEPLOYMENT, Hash, Role, StoreError, TenantScope, UserState};

/// The tokens that a request brought.
#[derive(Clone, Copy, Default)]
pub(crate) struct Entry<'a> {
    /// The one in the path, or the endpoint's id.
    pub(crate) path: Option<&'a str>,
    /// The one in the `Authorization` header.
    pub(crate) bearer: Option<&'a str>,
    /// Where this server is, for which access tokens must have been granted.
    pub(crate) base: &'a str,
}

/// What tokens were found to stand for, until something changes.
#[derive(Default)]
pub(super) struct Admitted {
    tokens: RwLock<HashMap<Hash, Meaning>>,
    /// Callers whose endpoint and connection in the gateway are as the store has them.
    at_hand: RwLock<HashSet<Principal>>,
    /// Counts the changes, so that what was read before one is not kept after it.
    age: AtomicU64,
}

/// What a token stands for, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Meaning {
    tenant: TenantId,
    user: Option<UserId>,
    /// None for an API key.
    endpoint: Option<EndpointId>,
    expires_at: Option<i64>,
    /// What an access token was granted for; none for other tokens.
    granted: Option<Granted>,
}

/// What a person granted to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Granted {
    /// The address that the token is for.
    resource: String,
    scope: Scope,
}

impl Granted {
    /// What the grant keeps every request to.
    fn narrowing(self) -> Option<Narrowing> {
        (self.scope == Scope::Read).then(|| Narrowing {
            read_only: true,
            ..Narrowing::default()
        })
    }
}

impl Admitted {
    /// Forgets all tokens, and whose things may be old: what the gateway holds is read again before their next call, and
    /// stays until then for calls that are just beginning.
    pub(super) fn forget(&self, changes: Option<&[Change]>) {
        // First, so that what is being read at this moment is not kept.
        self.age.fetch_add(1, Ordering::AcqRel);
        write(&self.tokens).clear();
        let mut at_hand = write(&self.at_hand);
        let Some(changes) = changes else {
            return at_hand.clear();
        };
        for change in changes {
            match change.kind.as_str() {
                "endpoint" => at_hand.retain(|who| who.endpoint.as_str() != change.subject),
                "connection" | "credential" | "tenant" | "user" => {
                    let all = change.tenant_id == DEPLOYMENT;
                    at_hand.retain(|who| !all && who.tenant.as_str() != change.tenant_id);
                }
                // Tokens and keys, which are forgotten already.
                _ => {}
            }
        }
    }

    /// Whether the caller's things are as the store has them.
    pub(super) fn has_at_hand(&self, who: &Principal) -> bool {
        read(&self.at_hand).contains(who)
    }

    /// Notes that they are, unless something changed since.
    pub(super) fn put_at_hand(&self, who: &Principal, age: u64) {
        let mut at_hand = write(&self.at_hand);
        if self.age() == age {
            at_hand.insert(who.clone());
        }
    }

    /// How many changes there were.
    pub(super) fn age(&self) -> u64 {
        self.age.load(Ordering::Acquire)
    }

    fn get(&self, hash: &Hash) -> Option<Meaning> {
        read(&self.tokens).get(hash).cloned()
    }

    fn keep(&self, hash: Hash, meaning: Meaning, age: u64) {
        let mut tokens = write(&self.tokens);
        if self.age() == age {
            tokens.insert(hash, meaning);
        }
    }
}

impl Tenants {
    /// Lets a request in as whom its tokens name; the endpoint and its connection are at hand afterwards.
    pub(crate) async fn admit(&self, entry: Entry<'_>) -> Result<Principal, Refused> {
        if !self.watch.sees().await {
            return Err(Refused::Unsure);
        }
        let (first, second) = self.brought_tokens(entry).await?;
        let endpoint = first.endpoint.clone().ok_or(Refused::Wrong)?;
        let fits = second.as_ref().is_none_or(|second| {
            second.tenant == first.tenant
                && second.endpoint.as_ref().is_none_or(|own| *own == endpoint)
                && (first.user.is_none() || second.user.is_none() || first.user == second.user)
        });
        if !fits {
            return Err(Refused::Wrong);
        }
        let own = |meaning: &Meaning| meaning.granted.clone();
        let granted = own(&first).or_else(|| second.as_ref().and_then(own));
        if let Some(granted) = &granted {
            let here = canonical(entry.base, entry.path.map(|_| endpoint.as_str()));
            if granted.resource != here {
                return Err(Refused::Wrong);
            }
        }
        let who = Principal {
            user: first
                .user
                .clone()
                .or_else(|| second.as_ref().and_then(|second| second.user.clone())),
            tenant: first.tenant,
            endpoint,
            narrowed: granted.and_then(Granted::narrowing),
        };
        let alone = first.user.is_none() && second.is_none();
        self.bring(&who, alone).await?;
        Ok(who)
    }

    /// What the tokens of a request stand for: the one that names the endpoint, and a second one beside it.
    async fn brought_tokens(
        &self,
        entry: Entry<'_>,
    ) -> Result<(Meaning, Option<Meaning>), Refused> {
        Ok(match (entry.path, entry.bearer) {
            // An id is no secret: the header alone opens, if it is that endpoint's.
            (Some(id), second) if TokenKind::of(id).is_none() => {
                let first = self.meaning(second.ok_or(Refused::Missing)?).await?;
                if first.endpoint.as_ref().map(EndpointId::as_str) != Some(id) {
                    return Err(Refused::Wrong);
                }
                (first, None)
            }
            (Some(address), second) => {
                let address = self.meaning(address).await?;
                if address.granted.is_some() {
                    // Clients send access tokens in the header; one in an address has been where it should not be.
                    return Err(Refused::Wrong);
                }
                match second {
                    Some(second) => (address, Some(self.meaning(second).await?)),
                    None => (address, None),
                }
            }
            (None, Some(token)) => (self.meaning(token).await?, None),
            (None, None) => return Err(Refused::Missing),
        })
    }

    /// The principal of a call that an API key makes for a person, with all that the call needs at hand.
    pub(crate) async fn principal(
        &self,
        tenant: &str,
        endpoint: &str,
        user: Option<&str>,
    ) -> Result<Principal, Refused> {
        let who = Principal {
            tenant: TenantId::new(tenant),
            user: user.map(UserId::new),
            endpoint: EndpointId::new(endpoint),
            narrowed: None,
        };
        self.bring(&who, false).await?;
        Ok(who)
    }

    /// What a token stands for; told apart by its beginning, so that one read is enough.
    async fn meaning(&self, token: &str) -> Result<Meaning, Refused> {
        let hash = tokens::hash(token);
        let age = self.admitted.age();
        let meaning = if let Some(known) = self.admitted.get(&hash) {
            known
        } else {
            let kind = TokenKind::of(token).ok_or(Refused::Wrong)?;
            let read = self
                .read(kind, hash)
                .await
                .map_err(|error| unsure(&error))?;
            let meaning = read.ok_or(Refused::Wrong)?;
            self.admitted.keep(hash, meaning.clone(), age);
            meaning
        };
        match meaning.expires_at {
            Some(end) if end <= store::now() => Err(Refused::Wrong),
            _ => Ok(meaning),
        }
    }

    async fn read(&self, kind: TokenKind, hash: Hash) -> Result<Option<Meaning>, StoreError> {
        let system = self.store.system();
        Ok(match kind {
            TokenKind::Endpoint => system.endpoint_token(hash).await?.map(|found| Meaning {
                tenant: TenantId::new(&found.tenant),
                user: None,
                endpoint: Some(EndpointId::new(&found.row.endpoint_id)),
                expires_at: found.row.expires_at,
                granted: None,
            }),
            TokenKind::Session => system
                .session(hash)
                .await?
                .filter(|found| found.row.revoked_at.is_none())
                .map(|found| Meaning {
                    tenant: TenantId::new(&found.tenant),
                    user: Some(UserId::new(&found.row.user_id)),
                    endpoint: Some(EndpointId::new(&found.row.endpoint_id)),
                    expires_at: Some(found.row.expires_at),
                    granted: None,
                }),
            TokenKind::ApiKey => system
                .api_key(hash)
                .await?
                // An auditor reads what was done, and does nothing.
                .filter(|found| found.row.revoked_at.is_none() && found.row.role != Role::Auditor)
                .map(|found| Meaning {
                    tenant: TenantId::new(&found.tenant),
                    user: None,
                    endpoint: None,
                    expires_at: found.row.expires_at,
                    granted: None,
                }),
            TokenKind::Access => system.access_token(hash).await?.map(|found| Meaning {
                tenant: TenantId::new(&found.tenant),
                user: Some(UserId::new(&found.row.user_id)),
                endpoint: Some(EndpointId::new(&found.row.endpoint_id)),
                expires_at: Some(found.row.expires_at),
                granted: Some(Granted {
                    scope: Scope::granted(&found.row.scope),
                    resource: found.row.resource,
                }),
            }),
            TokenKind::Refresh => None,
        })
    }

    /// Whether a person may be acted for.
    pub(super) async fn is_welcome(
        &self,
        scope: &TenantScope,
        user: &UserId,
    ) -> Result<bool, StoreError> {
        match scope.user(user.as_str()).await {
            Ok(user) => Ok(user.state == UserState::Active),
            Err(StoreError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// The database could not tell: nobody is let in on what it said before.
pub(super) fn unsure(error: &StoreError) -> Refused {
    tracing::warn!(%error, "a token could not be looked up");
    Refused::Unsure
}
