//! The promise of the system in time: a gate of the pipeline. Exit code 1 where one is broken.

use common::settings::Limits;
use market_data::Book;
use std::hint::black_box;
use std::time::Instant;

const TURNS: u32 = 200_000;

/// The median of nine runs, in ns a turn: one that is disturbed by a neighbour does not decide.
fn median(mut turn: impl FnMut(u32)) -> f64 {
    let mut runs: Vec<f64> = (0..9)
        .map(|_| {
            let began = Instant::now();
            for i in 0..TURNS {
                turn(i);
            }
            began.elapsed().as_nanos() as f64 / f64::from(TURNS)
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    runs[4]
}

fn main() {
    let limits = Limits {
        max_position_size: 10_000.0,
        max_daily_loss: 5_000.0,
        max_open_positions: 5.0,
        circuit_breaker: true,
    };
    let mut book = Book::default();
    let update = median(|i| book.update(i % 2 == 0, 10_000 + u64::from(i % 64), u64::from(i % 7)));
    let check = median(|i| {
        black_box(risk_manager::refusal(
            black_box(&limits),
            100.0,
            1.0,
            f64::from(i % 100 + 1),
        ));
    });
    let mut broken = false;
    for (name, ns, most) in [
        ("order book update", update, 10_000.0),
        ("risk check", check, 5_000.0),
        ("both", update + check, 100_000.0),
    ] {
        println!("{name}: {ns:.0} ns, at most {most:.0} ns");
        broken |= ns > most;
    }
    std::process::exit(i32::from(broken));
}
