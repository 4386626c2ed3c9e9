create table orders (
  id uuid primary key,
  symbol text not null,
  side text not null check (side in ('buy', 'sell')),
  quantity integer not null check (quantity > 0),
  price numeric(12, 2) not null check (price > 0),
  idempotency_key text,
  created_at timestamptz not null default now()
);

create unique index orders_idempotency_key on orders (idempotency_key);
