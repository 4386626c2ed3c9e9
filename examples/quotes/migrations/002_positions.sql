create table positions (
  symbol text primary key,
  quantity bigint not null default 0
);

insert into positions (symbol, quantity)
select symbol, sum(case side when 'buy' then quantity else -quantity end) from orders group by symbol;
