//! How long a credential takes to seal and to open.

use criterion::{Criterion, criterion_group, criterion_main};
use futures_util::future::FutureExt;
use gateway::Keyring;
use gateway::vault::{Place, TOKEN};
use secrecy::SecretString;
use std::hint::black_box;

const PLACE: Place<'static> = Place {
    tenant: "5f0c7e2a-acme",
    row: "9b1d3c44-connection",
    column: TOKEN,
};

fn vault(criterion: &mut Criterion) {
    let path = std::env::temp_dir().join(format!("frontdesk-bench-{}/keys", std::process::id()));
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else {
        return;
    };
    let Ok(keyring) = runtime.block_on(Keyring::from_file(path, None)) else {
        return;
    };
    // As long as Intercom's tokens are.
    let token = SecretString::from("dG9r".repeat(15));
    let Some(Ok(sealed)) = keyring.seal(&PLACE, &token).now_or_never() else {
        return;
    };
    criterion.bench_function("seal a credential", |bencher| {
        bencher.iter(|| {
            keyring
                .seal(black_box(&PLACE), black_box(&token))
                .now_or_never()
        });
    });
    criterion.bench_function("open a credential", |bencher| {
        bencher.iter(|| {
            keyring
                .open(black_box(&PLACE), black_box(&sealed))
                .now_or_never()
        });
    });
}

criterion_group!(benches, vault);
criterion_main!(benches);
