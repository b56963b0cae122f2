//! The keyring: the keys of a process and where they come from. It notices when another process has changed them.

use super::key::{Kek, KeyId, KeyState};
use super::keyfile::{self, Stamp};
use super::keytext::{Entry, KeyText, PLAIN, key_bytes};
use super::kms::KeyWrapper;
use super::ring::Ring;
use super::sealed::{Place, SealedCredential};
use super::{VaultError, cipher::new_key};
use secrecy::{ExposeSecret, SecretString};
use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

/// How long a process may go on with keys that another has changed.
const FRESH: Duration = Duration::from_secs(1);

/// Key-encryption keys by id; one seals, all but the retired open.
pub struct Keyring {
    ring: RwLock<Ring>,
    source: Source,
}

enum Source {
    /// From the environment: they change with a restart.
    Fixed,
    File(KeyFile),
}

struct KeyFile {
    path: PathBuf,
    service: Option<Arc<dyn KeyWrapper>>,
    looked: RwLock<Instant>,
    /// What was read last; held while reading, so that one reads for all who wait.
    read: tokio::sync::Mutex<Stamp>,
}

impl Keyring {
    /// The keys of `FRONTDESK_KEYS`: `id:base64,…`, the first of which is primary.
    pub fn from_list(list: &SecretString) -> Result<Self, VaultError> {
        let mut keys: Vec<Kek> = Vec::new();
        for (index, item) in list.expose_secret().split(',').enumerate() {
            let bad = |problem: &str| VaultError::BadKeys {
                whence: format!("FRONTDESK_KEYS, key {}", index + 1),
                problem: problem.into(),
            };
            let (id, key) = item
                .trim()
                .split_once(':')
                .ok_or_else(|| bad("a key is `id:base64`"))?;
            let id = KeyId::parse(id).ok_or_else(|| {
                bad("an id has letters, digits, `-`, `_` and `.`, at most 32 of them")
            })?;
            if keys.iter().any(|key| *key.id() == id) {
                return Err(bad("its id is there twice"));
            }
            keys.push(Kek::new(id, &*key_bytes(key).map_err(bad)?)?);
        }
        Ok(Self {
            ring: RwLock::new(ring(0, keys, Vec::new())?),
            source: Source::Fixed,
        })
    }

    /// The keys of a file, unwrapped once by `service` where one wraps them; a missing file is made with a new key.
    pub async fn from_file(
        path: impl Into<PathBuf>,
        service: Option<Arc<dyn KeyWrapper>>,
    ) -> Result<Self, VaultError> {
        let path = path.into();
        if !path
            .try_exists()
            .map_err(|source| unusable(&path, source))?
        {
            let entry = new_entry(service.as_deref()).await?;
            let file = path.clone();
            if on_disk(move || keyfile::create(&file, &KeyText::new(entry))).await? {
                tracing::warn!(
                    path = %path.display(),
                    "made a new key file: keep a copy of it apart from the database, for without it no stored credential opens"
                );
            }
        }
        let (ring, stamp) = load(&path, service.as_deref()).await?;
        Ok(Self {
            ring: RwLock::new(ring),
            source: Source::File(KeyFile {
                path,
                service,
                looked: RwLock::new(Instant::now()),
                read: tokio::sync::Mutex::new(stamp),
            }),
        })
    }

    /// Seals a secret for its place, under the key that is primary now, whoever made it so.
    pub async fn seal(
        &self,
        place: &Place<'_>,
        secret: &SecretString,
    ) -> Result<SealedCredential, VaultError> {
        self.refresh().await?;
        self.with(|ring| ring.seal(place, secret))
    }

    /// Opens what was sealed at this place. Where the key is unknown, the key file may have news of it.
    pub async fn open(
        &self,
        place: &Place<'_>,
        sealed: &SealedCredential,
    ) -> Result<SecretString, VaultError> {
        if self.stale()
            && let Err(error) = self.refresh().await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the key file cannot be read again; the keys stay as they are"
            );
        }
        match self.with(|ring| ring.open(place, sealed)) {
            Err(VaultError::UnknownKey { .. } | VaultError::RetiredKey { .. }) => {
                self.refresh().await?;
                self.with(|ring| ring.open(place, sealed))
            }
            opened => opened,
        }
    }

    /// Wraps a data key anew under the primary key, or none if it is already.
    pub async fn rewrap(
        &self,
        place: &Place<'_>,
        sealed: &SealedCredential,
    ) -> Result<Option<SealedCredential>, VaultError> {
        match self.with(|ring| ring.rewrap(place, sealed)) {
            Err(VaultError::UnknownKey { .. } | VaultError::RetiredKey { .. }) => {
                self.refresh().await?;
                self.with(|ring| ring.rewrap(place, sealed))
            }
            rewrapped => rewrapped,
        }
    }

    /// Ids and states; the primary first, the retired last.
    pub fn keys(&self) -> Vec<(KeyId, KeyState)> {
        self.with(Ring::keys)
    }

    /// Something to store beside the credentials, that only the same key can [verify](Self::verify) later.
    pub fn check_value(&self, id: &KeyId) -> Result<Vec<u8>, VaultError> {
        self.with(|ring| ring.key(id.as_str())?.check_value())
    }

    /// Whether the key of that id is still the one that made the check value; a start must stop if it is not.
    pub fn verify(&self, id: &KeyId, check_value: &[u8]) -> Result<(), VaultError> {
        self.with(|ring| ring.key(id.as_str())?.verify(check_value))
    }

    /// Adds a new key and makes it primary, in the file and here; the one before still opens.
    pub async fn rotate(&self) -> Result<KeyId, VaultError> {
        let file = self.file()?;
        let entry = new_entry(file.service.as_deref()).await?;
        let id = entry.id.clone();
        self.change(move |text| {
            text.add_primary(entry);
            Ok(())
        })
        .await?;
        Ok(id)
    }

    /// Makes a key active or retired, in the file and here; its bytes stay in the file.
    pub(super) async fn set(&self, id: &KeyId, state: KeyState) -> Result<(), VaultError> {
        let id = id.clone();
        self.change(move |text| {
            let entry = text
                .entry_mut(id.as_str())
                .ok_or_else(|| VaultError::NoSuchKey(id.to_string()))?;
            if entry.state == KeyState::Primary {
                return Err(VaultError::StillPrimary(id));
            }
            entry.state = state;
            Ok(())
        })
        .await
    }

    /// Has the service wrap every key of the file anew: plain ones for the first time, others under its newest key.
    pub async fn protect(&self) -> Result<usize, VaultError> {
        let file = self.file()?;
        let service = file.service.clone().ok_or_else(|| VaultError::BadKeys {
            whence: file.path.display().to_string(),
            problem: "no key management service is set, so none can wrap the keys".into(),
        })?;
        let (text, _) = keyfile::read(&file.path)?;
        let mut wrapped = Vec::new();
        for entry in text.entries() {
            let key = unwrap(entry, Some(&*service), &file.path).await?;
            wrapped.push((entry.id.clone(), wrap(&*service, &entry.id, &key).await?));
        }
        let count = wrapped.len();
        self.change(move |text| {
            for (id, material) in wrapped {
                if let Some(entry) = text.entry_mut(id.as_str()) {
                    service.scheme().clone_into(&mut entry.scheme);
                    entry.material = material;
                }
            }
            Ok(())
        })
        .await?;
        Ok(count)
    }

    /// Reads the key file again if it has changed.
    pub async fn refresh(&self) -> Result<(), VaultError> {
        let Source::File(file) = &self.source else {
            return Ok(());
        };
        let mut read = file.read.lock().await;
        if keyfile::stamp(&file.path)? != *read {
            let (ring, stamp) = load(&file.path, file.service.as_deref()).await?;
            *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
            *read = stamp;
        }
        Ok(())
    }

    fn with<T>(&self, act: impl FnOnce(&Ring) -> T) -> T {
        act(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn file(&self) -> Result<&KeyFile, VaultError> {
        match &self.source {
            Source::File(file) => Ok(file),
            Source::Fixed => Err(VaultError::FixedKeys),
        }
    }

    async fn change(
        &self,
        change: impl FnOnce(&mut KeyText) -> Result<(), VaultError> + Send + 'static,
    ) -> Result<(), VaultError> {
        let path = self.file()?.path.clone();
        on_disk(move || keyfile::edit(&path, change)).await?;
        self.refresh().await
    }

    /// Whether it is time to look whether the file has changed; true for one caller a second.
    fn stale(&self) -> bool {
        let Source::File(file) = &self.source else {
            return false;
        };
        let old = |looked: &Instant| looked.elapsed() >= FRESH;
        if !old(&file.looked.read().unwrap_or_else(PoisonError::into_inner)) {
            return false;
        }
        let mut looked = file.looked.write().unwrap_or_else(PoisonError::into_inner);
        let stale = old(&looked);
        if stale {
            *looked = Instant::now();
        }
        stale
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.keys()).finish()
    }
}

/// The keys of a file, ready for use. Retired ones are not even unwrapped.
async fn load(path: &Path, service: Option<&dyn KeyWrapper>) -> Result<(Ring, Stamp), VaultError> {
    let (text, stamp) = keyfile::read(path)?;
    let (mut primary, mut usable, mut retired) = (0, Vec::new(), Vec::new());
    for entry in text.entries() {
        match entry.state {
            KeyState::Retired => {
                retired.push(entry.id.clone());
                continue;
            }
            KeyState::Primary => primary = usable.len(),
            KeyState::Active => {}
        }
        let key = unwrap(entry, service, path).await?;
        usable.push(Kek::new(entry.id.clone(), &key)?);
    }
    Ok((ring(primary, usable, retired)?, stamp))
}

fn ring(primary: usize, usable: Vec<Kek>, retired: Vec<KeyId>) -> Result<Ring, VaultError> {
    Ring::new(primary, usable, retired).ok_or_else(|| VaultError::BadKeys {
        whence: "the keyring".into(),
        problem: "it holds no key".into(),
    })
}

async fn unwrap(
    entry: &Entry,
    service: Option<&dyn KeyWrapper>,
    path: &Path,
) -> Result<super::cipher::KeyBytes, VaultError> {
    let bad = |problem: String| VaultError::BadKeys {
        whence: format!("{}, key `{}`", path.display(), entry.id),
        problem,
    };
    if entry.scheme == PLAIN {
        return key_bytes(entry.material.expose_secret()).map_err(|problem| bad(problem.into()));
    }
    let service = service
        .filter(|service| service.scheme() == entry.scheme)
        .ok_or_else(|| {
            bad(format!(
                "it is wrapped by `{}`, which is not set up here",
                entry.scheme
            ))
        })?;
    service
        .unwrap(&entry.id, &entry.material)
        .await
        .map_err(|source| VaultError::Service {
            service: service.scheme(),
            what: "unwrap",
            key_id: entry.id.clone(),
            source,
        })
}

async fn wrap(
    service: &dyn KeyWrapper,
    id: &KeyId,
    key: &super::cipher::KeyBytes,
) -> Result<SecretString, VaultError> {
    service
        .wrap(id, key)
        .await
        .map_err(|source| VaultError::Service {
            service: service.scheme(),
            what: "wrap",
            key_id: id.clone(),
            source,
        })
}

async fn new_entry(service: Option<&dyn KeyWrapper>) -> Result<Entry, VaultError> {
    let (id, key) = (KeyId::fresh()?, new_key()?);
    let Some(service) = service else {
        return Ok(Entry::plain(KeyState::Primary, id, &key));
    };
    Ok(Entry {
        state: KeyState::Primary,
        material: wrap(service, &id, &key).await?,
        scheme: service.scheme().into(),
        id,
    })
}

/// Waits for the disk, and for the lock of another process, away from the threads that serve calls.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| VaultError::Library)?
}

fn unusable(path: &Path, source: io::Error) -> VaultError {
    VaultError::File {
        path: path.to_owned(),
        source,
    }
}
