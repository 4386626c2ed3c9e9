use common::http::{serve, Request, Response};
use market_data::Book;
use std::sync::Mutex;

fn main() {
    let book = Mutex::new(Book::default());
    for step in 0..50 {
        let mut book = book.lock().unwrap();
        book.update(true, 10_000 - step, 100);
        book.update(false, 10_001 + step, 100);
    }
    serve(
        &common::address(),
        &common::variable("VERSION"),
        move |Request { path, .. }: &Request| match path.as_str() {
            "/health/ready" | "/health/live" => Response::new(200, "{}"),
            "/book" => match book.lock().unwrap().best() {
                Some((bid, ask)) => Response::new(200, format!("{{\"bid\":{bid},\"ask\":{ask}}}")),
                None => Response::new(503, "{\"error\":\"the book is empty\"}"),
            },
            _ => Response::new(404, "{}"),
        },
    )
}
