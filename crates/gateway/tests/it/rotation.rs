//! Rotation over a store in memory: under load, with another process, and broken off at every step.

use crate::vault::key_file;
use gateway::vault::{
    Fault, KeyId, KeyState, SealedCredential, SealedRow, SealedStore, TOKEN, retire, rewrap,
};
use gateway::{Keyring, VaultError};
use secrecy::ExposeSecret;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

const ROTATIONS: usize = 10;

/// Rows in memory, and a step at which the store fails.
#[derive(Default)]
struct Rows {
    by_position: Mutex<BTreeMap<String, SealedRow>>,
    released: Mutex<BTreeSet<String>>,
    steps: AtomicUsize,
    fails_at: AtomicUsize,
}

impl Rows {
    async fn seeded(keyring: &Keyring, count: usize) -> Self {
        let rows = Self::default();
        rows.fails_at.store(usize::MAX, Ordering::SeqCst);
        for number in 0..count {
            rows.put(keyring, number, 0).await;
        }
        rows
    }

    /// Seals and stores version `version` of the row's secret.
    async fn put(&self, keyring: &Keyring, number: usize, version: usize) {
        let mut row = SealedRow {
            at: format!("{number:06}"),
            tenant: format!("tenant-{}", number % 7),
            row: format!("conn-{number}"),
            column: TOKEN.into(),
            sealed: SealedCredential::from_bytes([&[1, 1, b'k'][..], &[0; 88]].concat()).unwrap(),
        };
        let secret = format!("token {number} {version}").into();
        loop {
            row.sealed = keyring.seal(&row.place(), &secret).await.unwrap();
            let mut rows = self.locked();
            if !self.is_released(&row.sealed) {
                rows.insert(row.at.clone(), row);
                return;
            }
        }
    }

    fn get(&self, number: usize) -> SealedRow {
        self.locked()[&format!("{number:06}")].clone()
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<String, SealedRow>> {
        self.by_position.lock().unwrap()
    }

    fn is_released(&self, sealed: &SealedCredential) -> bool {
        self.released.lock().unwrap().contains(sealed.key_id())
    }

    fn under(rows: &BTreeMap<String, SealedRow>, key: &KeyId) -> u64 {
        let under = rows
            .values()
            .filter(|row| row.sealed.key_id() == key.as_str());
        under.count() as u64
    }

    fn step(&self) -> Result<(), Fault> {
        let step = self.steps.fetch_add(1, Ordering::SeqCst);
        if step == self.fails_at.load(Ordering::SeqCst) {
            return Err("the store is gone".into());
        }
        Ok(())
    }
}

impl SealedStore for Rows {
    async fn count(&self, key: &KeyId) -> Result<u64, Fault> {
        self.step()?;
        Ok(Self::under(&self.locked(), key))
    }

    async fn batch(
        &self,
        key: &KeyId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SealedRow>, Fault> {
        self.step()?;
        tokio::task::yield_now().await;
        let rows = self.locked();
        let next = rows.values().filter(|row| {
            row.sealed.key_id() == key.as_str() && after.is_none_or(|after| row.at.as_str() > after)
        });
        Ok(next.take(limit).cloned().collect())
    }

    async fn swap(&self, row: &SealedRow, sealed: &SealedCredential) -> Result<bool, Fault> {
        self.step()?;
        tokio::task::yield_now().await;
        let mut rows = self.locked();
        match rows.get_mut(&row.at) {
            Some(stored) if stored.sealed == row.sealed && !self.is_released(sealed) => {
                stored.sealed = sealed.clone();
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn release(&self, key: &KeyId) -> Result<u64, Fault> {
        self.step()?;
        let rows = self.locked();
        let under = Self::under(&rows, key);
        if under == 0 {
            self.released.lock().unwrap().insert(key.to_string());
        }
        Ok(under)
    }
}

async fn ring(path: &Path) -> Keyring {
    Keyring::from_file(path, None).await.unwrap()
}

async fn all_open(keyring: &Keyring, rows: &Rows, count: usize) {
    for number in 0..count {
        let row = rows.get(number);
        let secret = keyring.open(&row.place(), &row.sealed).await.unwrap();
        let expected = format!("token {number} ");
        assert!(secret.expose_secret().starts_with(&expected));
    }
}

#[tokio::test]
async fn a_rotation_moves_every_row_and_the_old_key_retires() {
    let path = key_file();
    let keyring = ring(&path).await;
    let rows = Rows::seeded(&keyring, 700).await;
    let (old, _) = keyring.keys().remove(0);
    let secrets: Vec<_> = (0..700).map(|n| rows.get(n).sealed).collect();
    let new = keyring.rotate().await.unwrap();

    let early = retire(&keyring, &rows, &old).await.unwrap_err();
    assert_eq!(
        early.to_string(),
        format!(
            "700 sealed credentials are still under the key `{old}`: run `frontdesk admin keys rotate` first, which \
             moves them"
        )
    );
    let report = rewrap(&keyring, &rows).await.unwrap();
    assert_eq!(
        (report.moved, report.overtaken, report.broken.len()),
        (700, 0, 0)
    );
    retire(&keyring, &rows, &old).await.unwrap();
    assert_eq!(
        keyring.keys(),
        [
            (new.clone(), KeyState::Primary),
            (old.clone(), KeyState::Retired)
        ]
    );
    all_open(&keyring, &rows, 700).await;
    all_open(&ring(&path).await, &rows, 700).await;

    let row = rows.get(0);
    let refused = keyring.open(&row.place(), &secrets[0]).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!("it is sealed under the key `{old}`, which is retired")
    );
    assert!(matches!(
        retire(&keyring, &rows, &new).await,
        Err(VaultError::StillPrimary(_))
    ));
    let stranger = KeyId::parse("stranger").unwrap();
    assert!(matches!(
        retire(&keyring, &rows, &stranger).await,
        Err(VaultError::NoSuchKey(_))
    ));
}

#[tokio::test]
async fn a_rotation_broken_off_at_any_step_goes_on_at_the_next_start() {
    const COUNT: usize = 9;
    let mut step = 0;
    loop {
        let path = key_file();
        let keyring = ring(&path).await;
        let rows = Rows::seeded(&keyring, COUNT).await;
        let (old, _) = keyring.keys().remove(0);
        keyring.rotate().await.unwrap();
        rows.fails_at.store(step, Ordering::SeqCst);
        let broken_off =
            rewrap(&keyring, &rows).await.is_err() || retire(&keyring, &rows, &old).await.is_err();
        rows.fails_at.store(usize::MAX, Ordering::SeqCst);
        drop(keyring);

        let next = ring(&path).await;
        all_open(&next, &rows, COUNT).await;
        rewrap(&next, &rows).await.unwrap();
        retire(&next, &rows, &old).await.unwrap();
        all_open(&next, &rows, COUNT).await;
        if !broken_off {
            break;
        }
        step += 1;
    }
    assert!(step > COUNT, "each swap was a step: {step}");
}

#[tokio::test]
async fn a_row_that_does_not_open_holds_up_no_other_and_keeps_its_key() {
    let keyring = ring(&key_file()).await;
    let rows = Rows::seeded(&keyring, 5).await;
    let (old, _) = keyring.keys().remove(0);
    let strange = rows.get(3).sealed;
    rows.locked().get_mut("000001").unwrap().sealed = strange;
    keyring.rotate().await.unwrap();
    let report = rewrap(&keyring, &rows).await.unwrap();
    assert_eq!((report.moved, report.broken.len()), (4, 1));
    assert_eq!(report.broken[0].0.at, "000001");
    assert!(matches!(report.broken[0].1, VaultError::Tampered));
    assert!(matches!(
        retire(&keyring, &rows, &old).await,
        Err(VaultError::StillUsed { rows: 1, .. })
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_rotations_fail_no_call_of_another_process() {
    const COUNT: usize = 60;
    let path = key_file();
    let admin = ring(&path).await;
    let rows = Arc::new(Rows::seeded(&admin, COUNT).await);
    let over = Arc::new(AtomicBool::new(false));
    let mut replicas = Vec::new();
    for replica in 0..3 {
        let (keyring, rows, over) = (ring(&path).await, rows.clone(), over.clone());
        replicas.push(tokio::spawn(async move {
            let mut calls = 0;
            while !over.load(Ordering::SeqCst) {
                let number = calls % COUNT;
                call(&keyring, &rows, number).await;
                if calls % 5 == replica {
                    rows.put(&keyring, number, calls).await;
                }
                calls += 1;
                tokio::task::yield_now().await;
            }
            calls
        }));
    }
    for _ in 0..ROTATIONS {
        let (old, _) = admin.keys().remove(0);
        admin.rotate().await.unwrap();
        rewrap(&admin, &*rows).await.unwrap();
        // What was sealed before the rotation may have been stored after the last look.
        while let Err(error) = retire(&admin, &*rows, &old).await {
            assert!(matches!(error, VaultError::StillUsed { .. }), "{error}");
            rewrap(&admin, &*rows).await.unwrap();
        }
    }
    over.store(true, Ordering::SeqCst);
    for replica in replicas {
        assert!(replica.await.unwrap() > 10, "calls went on");
    }
    let last = ring(&path).await;
    all_open(&last, &rows, COUNT).await;
    let retired = last
        .keys()
        .into_iter()
        .filter(|(_, state)| *state == KeyState::Retired);
    assert_eq!(retired.count(), ROTATIONS);
}

/// As the gateway opens: a row whose key was retired since it was read is read again.
async fn call(keyring: &Keyring, rows: &Rows, number: usize) {
    for _ in 0..=ROTATIONS {
        let row = rows.get(number);
        match keyring.open(&row.place(), &row.sealed).await {
            Err(VaultError::RetiredKey { .. }) => {}
            opened => {
                let secret = opened.unwrap();
                let expected = format!("token {number} ");
                assert!(secret.expose_secret().starts_with(&expected));
                return;
            }
        }
    }
    panic!("row {number} stays under a retired key");
}
