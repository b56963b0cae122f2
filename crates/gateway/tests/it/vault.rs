//! Keys and sealed credentials from outside: key files, and calls with a sealed token.

use crate::world::{World, fresh_folder};
use gateway::vault::{KeyState, Place, SealedCredential, TOKEN};
use gateway::{ConnectionId, Keyring, TenantId, VaultError};
use secrecy::{ExposeSecret, SecretString, zeroize::ZeroizeOnDrop};
use serde_json::json;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

pub(crate) const PLACE: Place<'static> = Place {
    tenant: "acme",
    row: "conn-1",
    column: TOKEN,
};
const CANARY: &str = "dG9rOmNhbmFyeS03ZjNh";

/// A key file of the test's own, not there yet.
pub(crate) fn key_file() -> PathBuf {
    fresh_folder().join("state/keys")
}

async fn ring(path: &Path) -> Keyring {
    Keyring::from_file(path, None).await.unwrap()
}

fn states(keyring: &Keyring) -> Vec<KeyState> {
    keyring.keys().into_iter().map(|(_, state)| state).collect()
}

#[tokio::test]
async fn a_missing_key_file_is_made_private_and_used_again() {
    let path = key_file();
    let first = ring(&path).await;
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let sealed = first.seal(&PLACE, &CANARY.to_owned().into()).await.unwrap();
    let again = ring(&path).await;
    let opened = again.open(&PLACE, &sealed).await.unwrap();
    assert_eq!(opened.expose_secret(), CANARY);
    assert_eq!(again.keys(), first.keys());
}

#[tokio::test]
async fn processes_that_start_at_once_share_one_key() {
    let path = key_file();
    let starts = (0..16).map(|_| ring(&path));
    let rings = futures_util::future::join_all(starts).await;
    assert!(rings.iter().all(|one| one.keys() == rings[0].keys()));
}

#[tokio::test]
async fn a_key_file_that_others_can_read_is_refused_with_the_cure() {
    let path = key_file();
    ring(&path).await;
    for mode in [0o644, 0o604, 0o620, 0o602] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let refused = Keyring::from_file(&path, None).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!(
                "{0} can be read or changed by others (mode {mode:o}): run `chmod 600 {0}`",
                path.display()
            )
        );
    }
    for mode in [0o400, 0o600, 0o640] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        ring(&path).await;
    }
}

#[tokio::test]
async fn bad_keys_are_refused_without_showing_them() {
    let secret = "c2VjcmV0IGtleSBvZiAzMiBieXRlcyEhISEhISEhISE";
    for (list, expected) in [
        (String::new(), "FRONTDESK_KEYS, key 1: a key is `id:base64`"),
        (
            format!("k1:{secret}"),
            "FRONTDESK_KEYS, key 1: the key must be 32 bytes",
        ),
        (
            format!("k/1:{secret}="),
            "FRONTDESK_KEYS, key 1: an id has letters",
        ),
        (
            format!("k1:{0}=,k1:{0}=", "A".repeat(43)),
            "FRONTDESK_KEYS, key 2: its id is there twice",
        ),
    ] {
        let error = Keyring::from_list(&list.into()).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
        assert!(!format!("{error:?}").contains(secret), "{error:?}");
    }
    let path = key_file();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, format!("primary k1 {secret}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let error = Keyring::from_file(&path, None).await.unwrap_err();
    let place = format!("{}:1: the key must be", path.display());
    assert!(error.to_string().starts_with(&place), "{error}");
    assert!(!format!("{error:?}").contains(secret), "{error:?}");
}

#[tokio::test]
async fn keys_of_the_environment_open_and_do_not_rotate() {
    let [new, old] = ["B", "A"].map(|letter| letter.repeat(42) + "A=");
    let list = |text: String| Keyring::from_list(&text.into()).unwrap();
    let before = list(format!("k1:{old}"));
    let sealed = before
        .seal(&PLACE, &CANARY.to_owned().into())
        .await
        .unwrap();
    let after = list(format!("k2:{new}, k1:{old}"));
    assert_eq!(states(&after), [KeyState::Primary, KeyState::Active]);
    assert!(after.open(&PLACE, &sealed).await.is_ok());
    let moved = after.rewrap(&PLACE, &sealed).await.unwrap().unwrap();
    assert_eq!(moved.key_id(), "k2");
    assert!(matches!(after.rotate().await, Err(VaultError::FixedKeys)));
}

#[tokio::test]
async fn a_wrong_key_under_a_known_id_is_noticed_at_start() {
    let keys = |letter: &str| format!("k1:{}A=", letter.repeat(42)).into();
    let right = Keyring::from_list(&keys("A")).unwrap();
    let (id, _) = right.keys().remove(0);
    let value = right.check_value(&id).unwrap();
    right.verify(&id, &value).unwrap();
    let wrong = Keyring::from_list(&keys("B")).unwrap();
    assert_eq!(
        wrong.verify(&id, &value).unwrap_err().to_string(),
        "the key `k1` is not the one that credentials were sealed under: restore the right key file, or set the right \
         FRONTDESK_KEYS"
    );
}

#[tokio::test]
async fn what_another_process_rotated_is_known_at_the_first_call() {
    let path = key_file();
    let (one, two) = (ring(&path).await, ring(&path).await);
    for _ in 0..10 {
        two.rotate().await.unwrap();
        let sealed = two.seal(&PLACE, &CANARY.to_owned().into()).await.unwrap();
        assert!(one.open(&PLACE, &sealed).await.is_ok());
        let sealed = one.seal(&PLACE, &CANARY.to_owned().into()).await.unwrap();
        assert_eq!(sealed.key_id(), two.keys()[0].0.as_str());
    }
    assert_eq!(one.keys(), two.keys());
}

#[tokio::test]
async fn two_that_rotate_at_once_lose_no_key() {
    let path = key_file();
    let rings = futures_util::future::join_all((0..4).map(|_| ring(&path))).await;
    futures_util::future::join_all(rings.iter().map(Keyring::rotate)).await;
    let keys = ring(&path).await.keys();
    assert_eq!(keys.len(), 5);
}

#[tokio::test]
async fn a_rotation_that_was_killed_leaves_the_old_keys_whole() {
    let path = key_file();
    let before = ring(&path).await.keys();
    let half = path.with_file_name("keys.new");
    fs::write(&half, "primary k").unwrap();
    assert_eq!(ring(&path).await.keys(), before);
    let keyring = ring(&path).await;
    keyring.rotate().await.unwrap();
    assert!(!half.exists() && ring(&path).await.keys() == keyring.keys());
}

#[tokio::test]
async fn a_broken_key_file_does_not_disturb_a_running_process() {
    let path = key_file();
    let keyring = ring(&path).await;
    let sealed = keyring
        .seal(&PLACE, &CANARY.to_owned().into())
        .await
        .unwrap();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, "primary").unwrap();
    assert!(keyring.refresh().await.is_err());
    assert!(keyring.open(&PLACE, &sealed).await.is_ok());
    assert!(
        keyring
            .seal(&PLACE, &CANARY.to_owned().into())
            .await
            .is_err(),
        "what would be sealed under a key that is perhaps retired is refused"
    );
    fs::write(&path, text).unwrap();
    keyring.refresh().await.unwrap();
}

#[tokio::test]
async fn a_sealed_token_serves_calls_and_a_swapped_one_does_not() {
    let world = World::sandbox().await;
    let vault = world.gateway.vault();
    let [tenant, rival] = ["default", "rival"].map(TenantId::new);
    let connection = ConnectionId::new("default");
    let token = "sandbox-token".to_owned().into();
    let sealed = vault.seal(&tenant, &connection, &token).await.unwrap();
    vault.keep_sealed(tenant.clone(), connection.clone(), sealed.clone());
    world.call("list_tags", json!({})).await;

    let locked = "This connection's stored access token cannot be opened: the server's log says why. Connecting again \
                  replaces it.";
    vault.keep_sealed(rival.clone(), connection.clone(), sealed);
    assert_eq!(world.refusal("list_tags", json!({})).await, locked);
    let theirs = vault.seal(&rival, &connection, &token).await.unwrap();
    vault.keep_sealed(tenant, connection.clone(), theirs);
    assert_eq!(world.refusal("list_tags", json!({})).await, locked);

    vault.forget(&connection);
    let refusal = world.refusal("list_tags", json!({})).await;
    assert!(refusal.contains("INTERCOM_ACCESS_TOKEN"), "{refusal}");
}

#[tokio::test]
async fn nothing_that_can_be_printed_holds_a_secret() {
    let path = key_file();
    let keyring = ring(&path).await;
    let file = fs::read_to_string(&path).unwrap();
    let key = file.rsplit("plain:").next().unwrap().trim();
    let secret = SecretString::from(CANARY);
    let sealed = keyring.seal(&PLACE, &secret).await.unwrap();
    let mut broken = sealed.as_bytes().to_vec();
    *broken.last_mut().unwrap() ^= 1;
    let broken = SealedCredential::from_bytes(broken).unwrap();
    let error = keyring.open(&PLACE, &broken).await.unwrap_err();
    let mut printed = format!("{keyring:?} {sealed:?} {secret:?} {error:?} {error}");
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        printed = format!("{printed} {inner} {inner:?}");
        cause = inner.source();
    }
    assert!(
        !printed.contains(CANARY) && !printed.contains(key),
        "{printed}"
    );
    let holds = |needle: &[u8]| sealed.as_bytes().windows(needle.len()).any(|w| w == needle);
    assert!(!holds(CANARY.as_bytes()), "sealed bytes hold the plaintext");
}

#[test]
fn plaintext_types_are_wiped_and_never_serialized() {
    wiped::<SecretString>();

    let serializes = [
        Serializes::<String>::SERIALIZES,
        Serializes::<SecretString>::SERIALIZES,
        Serializes::<SealedCredential>::SERIALIZES,
        Serializes::<intercom::Credential>::SERIALIZES,
    ];
    assert_eq!(serializes, [true, false, false, false]);
    let prints = [
        Prints::<String>::PRINTS,
        Prints::<intercom::Credential>::PRINTS,
    ];
    assert_eq!(prints, [true, false]);
}

fn wiped<T: ZeroizeOnDrop>() {}

// The inherent constant wins where the bound holds; else the trait's answers.
trait Otherwise {
    const SERIALIZES: bool = false;
    const PRINTS: bool = false;
}
struct Serializes<T>(std::marker::PhantomData<T>);
struct Prints<T>(std::marker::PhantomData<T>);
impl<T> Otherwise for Serializes<T> {}
impl<T> Otherwise for Prints<T> {}
impl<T: serde::Serialize> Serializes<T> {
    const SERIALIZES: bool = true;
}
impl<T: std::fmt::Debug> Prints<T> {
    const PRINTS: bool = true;
}
