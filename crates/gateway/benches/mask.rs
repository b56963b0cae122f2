//! How long masking an answer takes: a thread of about four kilobytes, with and without personal data.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gateway::MaskRules;
use std::hint::black_box;

const ALL: MaskRules = MaskRules {
    email: true,
    phone: true,
    card: true,
    fields: Vec::new(),
};

fn mask(criterion: &mut Criterion) {
    let plain =
        "The parcel of order 114-3941689-8772232 left on 2026-11-21 12:30, and arrives in 3 days. "
            .repeat(45);
    let full = plain.clone()
        + "Write to john@example.com, call +44 20 7946 0958, or charge 4111 1111 1111 1111.";
    let mut group = criterion.benchmark_group("mask a thread of 4 kB");
    for (name, text) in [("without personal data", &plain), ("with", &full)] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| ALL.text(black_box(text)).len());
        });
    }
    group.finish();
}

criterion_group!(benches, mask);
criterion_main!(benches);
