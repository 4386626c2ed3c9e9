create index trade_by_symbol on trade (symbol, placed_at);
