create table trade (
  id bigint generated always as identity primary key,
  symbol text not null,
  quantity integer not null,
  price double precision not null,
  placed_at timestamptz not null default now()
);
