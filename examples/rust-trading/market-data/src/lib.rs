//! One side-by-side order book of price levels, kept sorted.

#[derive(Default)]
pub struct Book {
    bids: Vec<(u64, u64)>,
    asks: Vec<(u64, u64)>,
}

impl Book {
    /// Sets the quantity at a price (in hundredths); 0 removes the level.
    pub fn update(&mut self, bid: bool, price: u64, quantity: u64) {
        let levels = if bid { &mut self.bids } else { &mut self.asks };
        let found = levels.binary_search_by(|level| {
            if bid {
                price.cmp(&level.0)
            } else {
                level.0.cmp(&price)
            }
        });
        match (found, quantity) {
            (Ok(at), 0) => drop(levels.remove(at)),
            (Ok(at), _) => levels[at].1 = quantity,
            (Err(_), 0) => {}
            (Err(at), _) => levels.insert(at, (price, quantity)),
        }
    }

    /// The best bid and the best ask, in hundredths; None where a side is empty.
    pub fn best(&self) -> Option<(u64, u64)> {
        Some((self.bids.first()?.0, self.asks.first()?.0))
    }
}

#[cfg(test)]
mod tests {
    use super::Book;

    #[test]
    fn the_best_prices_come_first_whatever_the_order_of_the_updates() {
        let mut book = Book::default();
        assert_eq!(book.best(), None);
        for (bid, price) in [
            (true, 9_990),
            (false, 10_020),
            (true, 10_000),
            (false, 10_010),
        ] {
            book.update(bid, price, 5);
        }
        assert_eq!(book.best(), Some((10_000, 10_010)));
        book.update(true, 10_000, 0);
        assert_eq!(book.best(), Some((9_990, 10_010)));
    }
}
